use serde_json::{Value, json};

use crate::{
    http::Api,
    support::{MASTERCARD, Server, VISA, assert_members, card, events, issue},
};

fn patch(api: &Api, id: &str, body: &Value) {
    assert_eq!(api.patch(&format!("/card/v4/MC_VIRTUAL/{id}"), body).id(200), id);
}

#[test]
fn every_member_can_be_updated_and_the_others_stay() {
    let server = Server::sandbox();
    let api = server.client();
    let closing = json!({ "type": "TIMEBASED", "time": "2030-12-31T03:00:00.000Z" });
    let id = issue(&api, MASTERCARD, &json!({ "scheduledClosing": closing, "segment": "SEGMENT_A" }));
    let updates = [
        (json!({ "segment": "SEGMENT_C" }), json!({ "segment": "SEGMENT_C" })),
        (json!({ "pinStatus": "W" }), json!({ "pinStatus": "W" })),
        (json!({ "pinStatus": "D" }), json!({ "pinStatus": "D" })),
        (json!({ "digitalLayoutCode": "red" }), json!({ "digitalLayoutCode": "red" })),
        (
            json!({ "scheduledClosing": { "time": "2031-01-01T01:00:00+01:00" } }),
            json!({ "scheduledClosing": { "type": "TIMEBASED", "time": "2031-01-01T00:00:00.000Z" } }),
        ),
        (
            json!({ "additionalValues": [{ "key": "k", "value": "v" }] }),
            json!({ "additionalValues": [{ "key": "k", "value": "v" }] }),
        ),
        (json!({ "additionalValues": [] }), json!({ "additionalValues": [] })),
        (
            json!({ "status": "CARD_BLOCKED", "reason": "asked" }),
            json!({ "status": "CARD_BLOCKED", "reason": "asked" }),
        ),
        (json!({ "embossing": { "firstName": "Anna" } }), json!({ "/embossing/firstName": "Anna" })),
        (
            json!({ "regionAndEcommBlocking": { "asia": true } }),
            json!({ "/regionAndEcommBlocking/asia": true }),
        ),
        (
            json!({ "usageLimits": [{ "code": "24H", "values": [{ "code": "ATM", "count": 5 }] }] }),
            json!({ "/usageLimits/2/values/1/count": 5 }),
        ),
    ];
    for (sent, expected) in updates {
        let mut before = card(&api, &id);
        patch(&api, &id, &sent);
        let mut after = card(&api, &id);
        assert_members(&after, &expected);
        for member in sent.as_object().unwrap().keys().map(String::as_str).chain(["statusDate"]) {
            before[member].take();
            after[member].take();
        }
        assert_eq!(before, after, "{sent} changed something else");
    }
}

#[test]
fn null_and_absent_mean_unchanged() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(
        &api,
        MASTERCARD,
        &json!({ "segment": "SEGMENT_A", "additionalValues": [{ "key": "k", "value": "v" }] }),
    );
    let before = api.get(&format!("/card/v4/{id}")).expect(200).body;
    let journal = events(&api).len();
    let nulls = json!({
        "accountId": null, "customerId": null, "embossing": null, "reason": null, "segment": null, "status": null,
        "usageLimits": null, "pinStatus": null, "digitalLayoutCode": null, "scheduledClosing": null,
        "additionalValues": null, "regionAndEcommBlocking": null,
    });
    let inner = json!({
        "embossing": { "firstName": null, "physical": null }, "scheduledClosing": { "time": null },
        "regionAndEcommBlocking": { "asia": null }, "usageLimits": [], "unknownMember": [1, { "a": "b" }],
    });
    for body in [json!({}), nulls, inner] {
        patch(&api, &id, &body);
        assert_eq!(api.get(&format!("/card/v4/{id}")).expect(200).body, before, "{body}");
    }
    assert_eq!(events(&api).len(), journal, "no change is an event");
}

#[test]
fn any_status_may_follow_any() {
    let server = Server::sandbox();
    let api = server.client();
    let statuses = [
        "CARD_OK",
        "CARD_BLOCKED",
        "SUSPECTED_FRAUD",
        "CARD_CLOSED_DUE_TO_FRAUD",
        "CARD_NO_RENEWAL",
        "CARD_LOST",
        "CARD_STOLEN",
        "CARD_CLOSED",
    ];
    let id = issue(&api, MASTERCARD, &json!({}));
    for from in statuses {
        for to in statuses {
            patch(&api, &id, &json!({ "status": from }));
            patch(&api, &id, &json!({ "status": to, "reason": "testing" }));
            assert_members(&card(&api, &id), &json!({ "status": to, "reason": "testing" }));
        }
    }
    let path = format!("/card/v4/MC_VIRTUAL/{id}");
    api.patch(&path, &json!({ "status": "CARD_EXPIRED" })).refuses("status");
    api.patch(&path, &json!({ "reason": "x".repeat(33) })).refuses("reason");
}

#[test]
fn the_same_status_again_keeps_its_date() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, MASTERCARD, &json!({}));
    patch(&api, &id, &json!({ "status": "CARD_BLOCKED", "reason": "one" }));
    let before = card(&api, &id);
    crate::support::advance(&api, &json!({ "seconds": 60 }));
    patch(&api, &id, &json!({ "status": "CARD_BLOCKED", "reason": "two" }));
    let after = card(&api, &id);
    assert_eq!(after["statusDate"], before["statusDate"]);
    assert_eq!(after["reason"], "two");
    patch(&api, &id, &json!({ "status": "CARD_OK" }));
    assert_ne!(card(&api, &id)["statusDate"], before["statusDate"]);
}

#[test]
fn blocks_and_embossing_merge_member_by_member() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(
        &api,
        MASTERCARD,
        &json!({ "embossing": { "companyName": "Acme", "firstName": "A", "lastName": "B" } }),
    );
    patch(&api, &id, &json!({ "regionAndEcommBlocking": { "ecomm": true, "home": true } }));
    patch(&api, &id, &json!({ "regionAndEcommBlocking": { "home": false, "oceania": true } }));
    let blocks = json!({
        "ecomm": true, "africa": false, "asia": false, "europe": false, "home": false, "northAmerica": false,
        "oceania": true, "southAmerica": false,
    });
    patch(&api, &id, &json!({ "embossing": { "firstName": "Anna", "physical": true } }));
    assert_members(
        &card(&api, &id),
        &json!({
            "regionAndEcommBlocking": blocks, "/embossing/companyName": "Acme", "/embossing/firstName": "Anna",
            "/embossing/lastName": "B", "/embossing/physical": true,
        }),
    );
    // The two names are held to their length together, also when one of them stays.
    patch(&api, &id, &json!({ "embossing": { "lastName": "y".repeat(22) } }));
    let path = format!("/card/v4/MC_VIRTUAL/{id}");
    api.patch(&path, &json!({ "embossing": { "firstName": "Annan" } })).refuses("embossing");
}

#[test]
fn a_closing_time_can_be_moved_only_where_there_is_one() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, MASTERCARD, &json!({}));
    let later = json!({ "scheduledClosing": { "time": "2030-12-31T03:00:00.000Z" } });
    api.patch(&format!("/card/v4/MC_VIRTUAL/{id}"), &later).refuses("scheduledClosing");
}

#[test]
fn one_bad_member_changes_nothing() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, VISA, &json!({ "segment": "SEGMENT_A" }));
    let path = format!("/card/v4/VISA_VIRTUAL/{id}");
    let good = json!({
        "status": "CARD_BLOCKED", "reason": "x", "segment": "SEGMENT_B", "pinStatus": "W", "digitalLayoutCode": "new",
        "embossing": { "firstName": "Anna" }, "additionalValues": [{ "key": "k", "value": "v" }],
        "regionAndEcommBlocking": { "home": true },
        "usageLimits": [{ "code": "DAILY", "values": [{ "code": "ALL", "sumAmount": 10 }] }],
    });
    let bad = [
        json!({ "accountId": "999999" }),
        json!({ "accountId": "2003" }),
        json!({ "accountId": "x" }),
        json!({ "customerId": "999999" }),
        json!({ "embossing": { "lastName": "Ж" } }),
        json!({ "reason": "x".repeat(33) }),
        json!({ "segment": "SEGMENT_Z" }),
        json!({ "status": "CARD_EXPIRED" }),
        json!({ "pinStatus": "S" }),
        json!({ "digitalLayoutCode": "" }),
        json!({ "scheduledClosing": { "time": "2099-12-31T03:00:00.000Z" } }),
        json!({ "additionalValues": [{ "key": "toolongkey", "value": "v" }] }),
        json!({ "regionAndEcommBlocking": { "asia": "yes" } }),
        json!({ "usageLimits": [{ "code": "DAILY", "values": [{ "code": "ALL", "sumAmount": 0.001 }] }] }),
        json!({ "usageLimits": [{ "code": "YEARLY", "values": [] }] }),
    ];
    let before = api.get(&format!("/card/v4/{id}")).expect(200).body;
    let journal = events(&api).len();
    for wrong in bad {
        let mut body = good.clone();
        body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        let status = api.patch(&path, &body).status;
        assert!([400, 404].contains(&status), "{status} for {wrong}");
        assert_eq!(api.get(&format!("/card/v4/{id}")).expect(200).body, before, "{wrong}");
    }
    assert_eq!(events(&api).len(), journal);
    assert_eq!(api.patch(&path, &good).id(200), id);
}

#[test]
fn third_version_updates_cards_of_any_template() {
    let server = Server::sandbox();
    let api = server.client();
    for path in [VISA, MASTERCARD] {
        let id = issue(&api, path, &json!({}));
        assert_eq!(api.patch(&format!("/card/v3/{id}"), &json!({ "segment": "SEGMENT_D" })).id(200), id);
        assert_members(&card(&api, &id), &json!({ "segment": "SEGMENT_D" }));
    }
}
