//! The clock of the sandbox, which goes forward and takes everything with it.

use std::fs;

use serde_json::json;

use crate::support::{Place, Server, VISA, advance, assert_members, card, events, issue, now, wait_until};

#[test]
fn the_clock_moves_by_seconds_and_to_an_instant() {
    let server = Server::sandbox();
    let api = server.client();
    assert_eq!(&advance(&api, &json!({ "to": "2040-01-01T00:00:00Z" }))[..16], "2040-01-01T00:00");
    let later = advance(&api, &json!({ "seconds": 86_400 }));
    assert_eq!(&later[..10], "2040-01-02");
    assert_eq!(&advance(&api, &json!({ "to": "2040-01-03T12:00:00+02:00" }))[..13], "2040-01-03T10");
    assert!(now(&api) >= later);
    for _ in 0..500 {
        assert!(advance(&api, &json!({ "seconds": 0 })) >= later);
    }
    let id = issue(&api, VISA, &json!({}));
    assert_eq!(&card(&api, &id)["statusDate"].as_str().unwrap()[..13], "2040-01-03T10");
    let problem = api.get("/card/v4/424242").problem(404);
    assert_eq!(&problem["timestamp"].as_str().unwrap()[..13], "2040-01-03T10");
}

#[test]
fn the_clock_goes_on_by_itself() {
    let server = Server::sandbox();
    let api = server.client();
    let before = advance(&api, &json!({ "to": "2040-01-01T00:00:00Z" }));
    wait_until("the clock has gone on", || now(&api) > before);
}

#[test]
fn the_clock_stays_where_it_was_moved_after_a_restart() {
    let place = Place::new();
    let server = place.serve();
    let before = advance(&server.client(), &json!({ "to": "2040-01-01T00:00:00Z" }));
    server.kill();
    let server = place.serve();
    assert!(now(&server.client()) >= before);
    assert_eq!(&now(&server.client())[..10], "2040-01-01");
}

#[test]
fn what_the_clock_cannot_do_is_refused_and_leaves_it_alone() {
    let server = Server::sandbox();
    let api = server.client();
    advance(&api, &json!({ "to": "2040-01-01T00:00:00Z" }));
    let journal = events(&api).len();
    let refused = [
        json!({ "to": "2039-12-31T23:59:59Z" }),
        json!({ "to": "1970-01-01T00:00:00Z" }),
        json!({ "to": "9999-12-31T23:59:59Z" }),
        json!({ "to": "tomorrow" }),
        json!({ "to": "2041-01-01" }),
        json!({ "to": "2041-01-01 00:00:00Z" }),
        json!({ "to": 5 }),
        json!({ "seconds": -1 }),
        json!({ "seconds": 1.5 }),
        json!({ "seconds": "60" }),
        json!({ "seconds": i64::MAX }),
        json!({ "seconds": 6_311_520_001_i64 }),
        json!({ "seconds": 1, "to": "2041-01-01T00:00:00Z" }),
        json!({}),
    ];
    for body in refused {
        let reply = api.post("/sandbox/v1/clock/advance", &body);
        assert_eq!(reply.status, 400, "{body}: {}", reply.text());
        reply.problem(400);
    }
    // What was sent is named, not what it comes to.
    let far = json!({ "seconds": 6_311_520_000_i64 });
    let far = api.post("/sandbox/v1/clock/advance", &far).problem(400);
    assert!(far["message"].as_str().unwrap().starts_with("seconds: "), "{far}");
    assert_eq!(events(&api).len(), journal);
    assert_eq!(&now(&api)[..10], "2040-01-01");
}

#[test]
fn everything_that_falls_due_has_happened_in_order_when_the_answer_comes() {
    let server = Server::sandbox();
    let api = server.client();
    advance(&api, &json!({ "to": "2040-03-01T00:00:00Z" }));
    let close_on =
        |day: u32| json!({ "scheduledClosing": { "time": format!("2040-03-{day:02}T00:00:00Z") } });
    let mut cards: Vec<(u32, String)> =
        [9, 3, 20, 5, 14, 2, 27].map(|day| (day, issue(&api, VISA, &close_on(day)))).into();
    cards.sort();
    let before = events(&api).len();
    advance(&api, &json!({ "to": "2040-03-20T00:00:00Z" }));
    let fresh = events(&api).split_off(before);
    let closed: Vec<&str> = fresh
        .iter()
        .filter(|event| event["cause"] == "SCHEDULED_CLOSING")
        .map(|event| event["subjectId"].as_str().unwrap())
        .collect();
    let expected: Vec<&str> = cards[..6].iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(closed, expected);
    for (day, id) in &cards[..6] {
        let since = format!("2040-03-{day:02}T00:00:00");
        assert_members(&card(&api, id), &json!({ "status": "CARD_CLOSED", "statusDate": since }));
    }
    assert_members(&card(&api, &cards[6].1), &json!({ "status": "CARD_OK" }));
    let times: Vec<&str> = fresh.iter().map(|event| event["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{}", times.join(" "));
}

#[test]
fn starting_over_brings_the_fixtures_back_and_nothing_else() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, VISA, &json!({}));
    advance(&api, &json!({ "to": "2040-01-01T00:00:00Z" }));
    let reply = api.send("DELETE", "/sandbox/v1/data", &[], None);
    assert_eq!((reply.status, reply.body.len()), (204, 0));
    api.get(&format!("/card/v4/{id}")).problem(404);
    assert_eq!(api.get("/card/v4/customer/1001").expect(200).json(), json!([]));
    assert_members(
        &api.get("/account/v4/2001").expect(200).json(),
        &json!({ "balance": 1000, "currency": "EUR" }),
    );
    assert!(now(&api).as_str() < "2040");
    assert_eq!(events(&api)[0]["sequence"], 1);
    issue(&api, VISA, &json!({}));
    let place = server.place.clone();
    server.stop();
    place.assert_verifies();
}

#[test]
fn without_the_sandbox_there_is_no_clock_and_no_starting_over() {
    let place = Place::new();
    let server = place.serve_with(&[], &[]);
    let client = server.new_client("admin", "all", "1");
    client.get("/kortti/v1/events").expect(200);
    for (method, path) in
        [("GET", "/sandbox/v1/clock"), ("POST", "/sandbox/v1/clock/advance"), ("DELETE", "/sandbox/v1/data")]
    {
        client.send(method, path, &[], None).problem(404);
    }
    let document = server.api.get("/openapi.json").expect(200).text();
    assert!(!document.contains("/sandbox/"));
    server.client().get("/kortti/v1/events").problem(401);
}

#[test]
fn a_sandbox_and_a_real_system_never_share_a_store() {
    let place = Place::new();
    place.serve().stop();
    let output = place.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("sandbox"));
    let output = Place::new().run(&["serve", "--sandbox", "--listen", "0.0.0.0:0"]);
    assert!(!output.status.success(), "a sandbox must not listen where others reach it");
}

#[test]
fn a_sandbox_takes_no_store_that_has_products() {
    let place = Place::new();
    let file = place.data().with_file_name("kortti.toml");
    let product = r#"
        [[products]]
        code = "VISA"
        template = "VISA_VIRTUAL"
        ranges = ["400000"]
        home = "FIN"
    "#;
    fs::write(&file, fs::read_to_string(&file).unwrap_or_default() + product).unwrap();
    place.serve_with(&[], &[]).stop();
    let said = place.try_serve().err();
    assert!(said.is_some_and(|said| said.contains("not a sandbox's store")));
}

#[test]
fn who_is_no_sandbox_works_no_more_when_its_store_has_become_ones() {
    let place = Place::new();
    let server = place.serve_with(&[], &[]);
    let _sandbox = place.serve();
    wait_until("the server knows the client", || server.client().get("/kortti/v1/events").status != 401);
    server.client().get("/kortti/v1/events").problem(503);
    server.api.get("/health/ready").expect(503);
}
