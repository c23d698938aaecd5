//! The journal from outside: nothing missing, nothing twice, nobody unnamed.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::{
    http::Api,
    support::{
        MASTERCARD, Place, Server, VISA, advance, assert_members, card, events, issue, new_account,
        new_customer,
    },
};

/// Does a bit of everything.
pub fn live(api: &Api) -> [String; 3] {
    let customer = new_customer(api, "C-1");
    let account = new_account(api, &customer, &json!({ "name": "Travel", "number": "A-1" }));
    let path = format!("/card/v4/VISA_VIRTUAL/customer/{customer}/account/{account}/MAIN");
    let id = issue(api, &path, &json!({ "segment": "SEGMENT_A", "embossing": { "firstName": "Monica" } }));
    api.patch(&format!("/customer/v3/PRIVATE/{customer}"), &json!({ "lastName": "Virtanen" })).id(200);
    api.patch(&format!("/account/v4/PREPAID/{account}"), &json!({ "name": "Food" })).id(200);
    api.patch(&format!("/card/v4/VISA_VIRTUAL/{id}"), &json!({ "segment": "SEGMENT_B" })).id(200);
    [customer, account, id]
}

/// The change of `field` in an event.
#[track_caller]
fn change<'a>(event: &'a Value, field: &str) -> &'a Value {
    let changes = event["changes"].as_array().unwrap();
    changes.iter().find(|change| change["field"] == field).unwrap_or_else(|| panic!("no {field} in {event}"))
}

#[test]
fn sequences_have_no_gap_and_each_hash_is_the_next_ones_previous() {
    let server = Server::sandbox();
    let api = server.client();
    live(&api);
    advance(&api, &json!({ "seconds": 3600 }));
    let events = events(&api);
    assert!(events.len() >= 20, "{}", events.len());
    let mut previous = "0".repeat(64);
    let mut times = Vec::new();
    for (event, expected) in events.iter().zip(1_u64..) {
        assert_eq!(event["sequence"], expected);
        assert_eq!(event["stream"], 0);
        assert_eq!(event["previousHash"], previous, "{event}");
        previous = event["hash"].as_str().unwrap().to_owned();
        assert!(previous.len() == 64 && previous.bytes().all(|byte| byte.is_ascii_hexdigit()), "{previous}");
        times.push(event["at"].as_str().unwrap().to_owned());
    }
    assert!(times.is_sorted(), "{}", times.join(" "));
}

#[test]
fn pages_go_on_where_the_last_one_ended() {
    let server = Server::sandbox();
    let api = server.client();
    live(&api);
    let all = events(&api);
    let page = |query: &str| {
        let page = api.get(&format!("/kortti/v1/events{query}")).expect(200).json();
        (page["events"].as_array().unwrap().clone(), page["next"].as_str().unwrap().to_owned())
    };
    let (mut seen, mut after) = (Vec::new(), "0".to_owned());
    loop {
        let (events, next) = page(&format!("?after={after}&limit=3"));
        assert!(events.len() <= 3);
        if events.is_empty() {
            assert_eq!(next, after, "an empty page goes nowhere");
            break;
        }
        seen.extend(events);
        after = next;
    }
    assert_eq!(seen, all);
    issue(&api, VISA, &json!({}));
    let (fresh, _) = page(&format!("?after={after}"));
    assert_eq!(fresh.len(), 1);
    assert_eq!(fresh[0]["type"], "CARD_ISSUED");
    assert_eq!(page("?limit=1").0, all[..1]);
    assert_eq!(page("").0, [all, fresh].concat());
}

#[test]
fn a_page_of_very_long_events_ends_early() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, VISA, &json!({}));
    let merchants = |first: char| vec![first.to_string().repeat(64); 100];
    for first in ['A', 'B'].repeat(150) {
        let lists = json!({ "merchants": { "allow": merchants(first), "block": merchants(first) } });
        api.patch(&format!("/card/v4/VISA_VIRTUAL/{id}"), &json!({ "controls": lists })).id(200);
    }
    let page = api.get("/kortti/v1/events?limit=1000").expect(200);
    assert!(page.body.len() < 5 << 20, "{} bytes", page.body.len());
    let page = page.json();
    let shown = page["events"].as_array().unwrap();
    assert_eq!(page["next"], shown.last().unwrap()["sequence"].to_string());
    let all = events(&api);
    assert!(shown.len() < all.len(), "the events are not long enough for this test");
    assert!(all.iter().zip(1..).all(|(event, sequence)| event["sequence"] == sequence));
    assert_eq!(all.last().unwrap()["subjectId"], json!(id));
}

#[test]
fn each_change_stands_there_once_with_who_when_and_what() {
    let server = Server::sandbox();
    let api = server.client();
    let before = events(&api).len();
    let created = api.post(
        &format!("{VISA}?auditUser=alice"),
        &json!({ "segment": "SEGMENT_A", "embossing": { "firstName": "A" } }),
    );
    let id = created.clone().id(201);
    let update = json!({
        "segment": "SEGMENT_B", "status": "CARD_BLOCKED", "reason": "asked", "embossing": { "firstName": "B" },
        "regionAndEcommBlocking": { "asia": true },
        "usageLimits": [{ "code": "24H", "values": [{ "code": "ATM", "sumAmount": 12.5 }] }],
    });
    let updated = api.patch(&format!("/card/v4/VISA_VIRTUAL/{id}?auditUser=bob"), &update);
    assert_eq!(updated.clone().id(200), id);
    let fresh = events(&api).split_off(before);
    assert_eq!(fresh.len(), 2, "{}", json!(fresh));
    for (event, reply, kind, user) in
        [(&fresh[0], &created, "CARD_ISSUED", "alice"), (&fresh[1], &updated, "CARD_UPDATED", "bob")]
    {
        let request = reply.header("x-request-id").unwrap();
        assert_members(
            event,
            &json!({
                "type": kind, "subjectId": id, "client": "sandbox", "auditUser": user, "requestId": request,
            }),
        );
        assert!(event["at"].as_str().unwrap().ends_with('Z'));
    }
    assert_members(change(&fresh[0], "segment"), &json!({ "before": null, "after": "SEGMENT_A" }));
    assert_members(change(&fresh[0], "embossing.firstName"), &json!({ "before": null, "after": "A" }));
    assert_members(&fresh[1], &json!({ "cause": "REQUEST" }));
    assert_members(change(&fresh[1], "segment"), &json!({ "before": "SEGMENT_A", "after": "SEGMENT_B" }));
    assert_members(change(&fresh[1], "embossing.firstName"), &json!({ "before": "A", "after": "B" }));
    let status = change(&fresh[1], "status");
    assert_members(
        status,
        &json!({ "/before/status": "CARD_OK", "/after/status": "CARD_BLOCKED", "/after/reason": "asked" }),
    );
    let blocks = change(&fresh[1], "regionAndEcommBlocking");
    assert_members(blocks, &json!({ "/before/asia": false, "/after/asia": true, "/after/home": false }));
    assert_members(
        change(&fresh[1], "usageLimits"),
        &json!({ "before": [], "/after/0/rule/sumMinor": 1250 }),
    );
    assert_eq!(fresh[1]["changes"].as_array().unwrap().len(), 5, "{}", fresh[1]);
}

#[test]
fn customers_and_accounts_stand_there_too() {
    let server = Server::sandbox();
    let api = server.client();
    let before = events(&api).len();
    let [customer, account, id] = live(&api);
    let fresh = events(&api).split_off(before);
    let told: Vec<(String, String)> = fresh
        .iter()
        .map(|event| (event["type"].as_str().unwrap().into(), event["subjectId"].as_str().unwrap().into()))
        .collect();
    let expected = [
        ("CUSTOMER_CREATED", &customer),
        ("ACCOUNT_OPENED", &account),
        ("CARD_ISSUED", &id),
        ("CUSTOMER_UPDATED", &customer),
        ("ACCOUNT_UPDATED", &account),
        ("CARD_UPDATED", &id),
    ];
    assert_eq!(told, expected.map(|(kind, id)| (kind.to_owned(), id.clone())));
    assert_members(change(&fresh[0], "lastName"), &json!({ "before": null, "after": "Liikamaa" }));
    assert_members(change(&fresh[3], "lastName"), &json!({ "before": "Liikamaa", "after": "Virtanen" }));
    assert_members(change(&fresh[4], "name"), &json!({ "before": "Travel", "after": "Food" }));
}

#[test]
fn a_telephone_stands_there_with_its_country() {
    let server = Server::sandbox();
    let api = server.client();
    let path = "/customer/v3/PRIVATE/1001";
    let phone = |country| json!({ "country": country, "number": "0401234567" });
    for name in ["phoneNumber", "mobileNumber"] {
        api.patch(path, &json!({ name: phone("FIN") })).id(200);
        api.patch(path, &json!({ name: phone("SWE") })).id(200);
        let fresh = events(&api).pop().unwrap();
        assert_members(change(&fresh, name), &json!({ "before": phone("FIN"), "after": phone("SWE") }));
    }
}

#[test]
fn what_time_does_stands_there_with_its_cause() {
    let server = Server::sandbox();
    let api = server.client();
    advance(&api, &json!({ "to": "2040-03-01T08:00:00Z" }));
    let id = issue(&api, MASTERCARD, &json!({ "scheduledClosing": { "time": "2040-03-02T00:00:00Z" } }));
    let before = events(&api).len();
    advance(&api, &json!({ "to": "2040-03-05T00:00:00Z" }));
    let fresh = events(&api).split_off(before);
    let closed = fresh.iter().find(|event| event["type"] == "CARD_UPDATED").unwrap();
    assert_members(
        closed,
        &json!({ "subjectId": id, "cause": "SCHEDULED_CLOSING", "client": "kortti", "requestId": null }),
    );
    assert_members(
        change(closed, "status"),
        &json!({ "/after/status": "CARD_CLOSED", "/after/statusDate": "2040-03-02T00:00:00" }),
    );
    let moved: Vec<_> = fresh.iter().filter(|event| event["type"] == "CLOCK_MOVED").collect();
    assert_eq!(moved.len(), 1);
}

#[test]
fn the_events_of_a_card_add_up_to_what_it_shows() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, VISA, &json!({ "pinStatus": "W" }));
    let path = format!("/card/v4/VISA_VIRTUAL/{id}");
    for body in [
        json!({ "segment": "SEGMENT_C", "pinStatus": "D" }),
        json!({ "digitalLayoutCode": "red", "embossing": { "firstName": "X", "companyName": "Acme" } }),
        json!({ "segment": "SEGMENT_D", "accountId": "2002" }),
        json!({ "embossing": { "firstName": "Y" }, "additionalValues": [{ "key": "k", "value": "v" }] }),
    ] {
        api.patch(&path, &body).id(200);
    }
    let mut folded: HashMap<String, Value> = HashMap::new();
    for event in events(&api)
        .iter()
        .filter(|event| event["subjectId"] == id && event["type"].as_str().unwrap().starts_with("CARD"))
    {
        for change in event["changes"].as_array().unwrap() {
            let field = change["field"].as_str().unwrap().to_owned();
            assert_eq!(*folded.get(&field).unwrap_or(&Value::Null), change["before"], "{field} in {event}");
            folded.insert(field, change["after"].clone());
        }
    }
    let shown = card(&api, &id);
    for field in [
        "segment",
        "pinStatus",
        "digitalLayoutCode",
        "accountId",
        "customerId",
        "additionalValues",
        "referenceNumber",
        "maskedCardNumber",
    ] {
        assert_eq!(folded[field], shown[field], "{field}");
    }
    for line in ["firstName", "lastName", "companyName", "physical"] {
        assert_eq!(folded[&format!("embossing.{line}")], shown["embossing"][line], "{line}");
    }
}

#[test]
fn a_whole_store_passes_also_after_a_restart() {
    let place = Place::new();
    let server = place.serve();
    live(&server.client());
    let before = events(&server.client());
    server.stop();
    place.assert_verifies();
    let server = place.serve();
    assert_eq!(events(&server.client()), before, "starting again is no event");
    server.stop();
    place.assert_verifies();
}
