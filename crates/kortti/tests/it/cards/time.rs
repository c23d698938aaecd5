use serde_json::json;

use crate::support::{MASTERCARD, Server, VISA, advance, assert_members, card, events, issue};

/// Far behind every time in these tests.
const MORNING: &str = "2040-03-01T08:00:00.000Z";

#[test]
fn a_card_closes_at_its_time_and_not_before() {
    let server = Server::sandbox();
    let api = server.client();
    advance(&api, &json!({ "to": MORNING }));
    let closing = json!({ "scheduledClosing": { "time": "2040-03-01T09:00:00Z" } });
    let id = issue(&api, VISA, &closing);
    let lost = issue(&api, VISA, &closing);
    api.patch(&format!("/card/v4/VISA_VIRTUAL/{lost}"), &json!({ "status": "CARD_LOST" })).id(200);
    advance(&api, &json!({ "to": "2040-03-01T08:50:00Z" }));
    assert_members(&card(&api, &id), &json!({ "status": "CARD_OK" }));
    advance(&api, &json!({ "seconds": 600 }));
    assert_members(
        &card(&api, &id),
        &json!({ "status": "CARD_CLOSED", "statusDate": "2040-03-01T09:00:00" }),
    );
    assert_members(&card(&api, &lost), &json!({ "status": "CARD_LOST" }));
}

#[test]
fn a_card_expires_after_the_grace_and_stays_expired() {
    let server = Server::sandbox();
    let api = server.client();
    advance(&api, &json!({ "to": MORNING }));
    let id = issue(&api, MASTERCARD, &json!({ "expiration": { "year": 2040, "month": 3 } }));
    advance(&api, &json!({ "to": "2040-05-15T23:50:00Z" }));
    assert_members(&card(&api, &id), &json!({ "status": "CARD_OK" }));
    advance(&api, &json!({ "seconds": 600 }));
    assert_members(
        &card(&api, &id),
        &json!({ "status": "CARD_EXPIRED", "statusDate": "2040-05-16T00:00:00" }),
    );
    let path = format!("/card/v4/MC_VIRTUAL/{id}");
    api.patch(&path, &json!({ "status": "CARD_OK" })).refuses("status");
    assert_members(&card(&api, &id), &json!({ "status": "CARD_EXPIRED" }));
}

#[test]
fn one_leap_closes_and_expires_in_the_order_of_time() {
    let server = Server::sandbox();
    let api = server.client();
    advance(&api, &json!({ "to": MORNING }));
    let month = json!({ "year": 2040, "month": 3 });
    let late = issue(&api, VISA, &json!({ "scheduledClosing": { "time": "2040-03-03T00:00:00Z" } }));
    let expiring = issue(&api, VISA, &json!({ "expiration": month }));
    let early = issue(&api, VISA, &json!({ "scheduledClosing": { "time": "2040-03-02T00:00:00Z" } }));
    let before = events(&api).len();
    advance(&api, &json!({ "to": "2040-12-01T00:00:00Z" }));
    let jobs: Vec<_> = events(&api).split_off(before);
    let position = |id: &str| {
        let of = |event: &&serde_json::Value| event.to_string().contains(&format!("\"{id}\""));
        jobs.iter()
            .position(|event| of(&event))
            .unwrap_or_else(|| panic!("no event of {id} in {}", json!(jobs)))
    };
    assert!(position(&early) < position(&late) && position(&late) < position(&expiring), "{}", json!(jobs));
    for (id, since) in
        [(&early, "2040-03-02T00:00:00"), (&late, "2040-03-03T00:00:00"), (&expiring, "2040-05-16T00:00:00")]
    {
        assert_members(&card(&api, id), &json!({ "statusDate": since }));
    }
}

#[test]
fn the_product_decides_how_long_a_card_lives() {
    let server = Server::sandbox();
    let api = server.client();
    advance(&api, &json!({ "to": MORNING }));
    let id = issue(&api, VISA, &json!({}));
    assert_members(&card(&api, &id), &json!({ "expiration": { "year": 2043, "month": 3 } }));
}
