use std::fs;

use serde_json::json;

use super::document::{Named, operations};
use crate::{
    http::audited,
    support::{Server, VISA, card, card_number, encrypt, events, issue},
};

#[test]
fn without_credentials_or_with_wrong_ones_nobody_gets_in() {
    let server = Server::sandbox();
    let named = Named::new(&server.client());
    let strangers = [server.api.clone(), server.api.with_credentials("sandbox", "wrong")];
    for operation in operations(&server.api) {
        if operation.is_public() {
            operation.call(&server.api, &named).expect(200);
            continue;
        }
        for stranger in &strangers {
            let reply = operation.call(stranger, &named);
            let problem = reply.problem(401);
            assert_eq!(problem["errorType"], "SECURITY_ERROR", "{}", operation.name());
            let challenge = reply.header("www-authenticate").unwrap();
            assert!(challenge.starts_with("Basic "), "{challenge}");
        }
    }
}

#[test]
fn credentials_of_nobody_and_malformed_ones_are_a_401() {
    let server = Server::sandbox();
    for (name, secret) in
        [("sandbox", ""), ("nobody", "sandbox"), ("", ""), ("SANDBOX", "sandbox"), ("sandbox", "sandbox ")]
    {
        server.api.with_credentials(name, secret).get("/kortti/v1/events").problem(401);
    }
    for value in ["Basic", "Basic ", "Basic !!!", "Basic c2FuZGJveA==", "Bearer abc", "Basic /w==", "x"] {
        let reply = server.api.send("GET", "/kortti/v1/events", &[("authorization", value)], None);
        reply.problem(401);
    }
}

#[test]
fn each_operation_needs_its_scope() {
    let server = Server::sandbox();
    let named = Named::new(&server.client());
    let (readers, writers) =
        ("cards:read,customers:read,accounts:read", "cards:write,customers:write,accounts:write");
    let (readers, writers) = (
        format!("{readers},sandbox,transactions:read"),
        format!("{writers},events:read,authorizations:write,transactions:write"),
    );
    let reader = server.new_client("reader", &readers, "1");
    let writer = server.new_client("writer", &writers, "1");
    let before = events(&server.client()).len();
    for operation in operations(&server.api).iter().filter(|operation| !operation.is_public()) {
        let has = |scopes: &str| scopes.split(',').any(|scope| scope == operation.scope());
        let (may, may_not) = match (has(&readers), has(&writers)) {
            (true, false) => (&reader, &writer),
            (false, true) => (&writer, &reader),
            _ => panic!("{} of {} is in neither list", operation.scope(), operation.name()),
        };
        let problem = operation.call(may_not, &named).problem(403);
        assert_eq!(problem["errorType"], "SECURITY_ERROR", "{}", operation.name());
        if !operation.starts_over() && operation.method == "GET" {
            operation.call(may, &named).expect(200);
        }
    }
    assert_eq!(events(&server.client()).len(), before);
}

#[test]
fn another_institution_finds_nothing_of_ours() {
    let server = Server::sandbox();
    let api = server.client();
    let named = Named::new(&api);
    let other = server.new_client("other", "all", "2");
    let (before, journal) = (card(&api, &named.card), events(&api).len());
    for operation in operations(&api).iter().filter(|operation| !operation.path_parameters().is_empty()) {
        let reply = operation.call(&other, &named);
        assert_eq!(reply.status, 404, "{}: {}", operation.name(), reply.text());
        reply.problem(404);
    }
    let number = card_number("411111", 1);
    let path = "/card/v4/VISA_VIRTUAL/customer/1001/account/2001/MAIN";
    let taken = api.post(path, &json!({ "encryptedData": encrypt(&api, &number) })).id(201);
    other
        .post("/card/v4/card/cardnumber", &json!({ "encryptedData": encrypt(&other, &number) }))
        .problem(404);
    let known = [named.card.as_str(), &taken].map(|id| format!("\"{id}\""));
    let seen = events(&other).iter().map(ToString::to_string).collect::<String>();
    assert!(known.iter().all(|id| !seen.contains(id)), "{seen}");
    assert_eq!(card(&api, &named.card), before);
    assert_eq!(events(&api).len(), journal + 1);
}

#[test]
fn a_revoked_client_is_out() {
    let server = Server::sandbox();
    let client = server.new_client("guest", "all", "1");
    client.get("/card/v4/customer/1001").expect(200);
    assert!(server.place.run(&["client", "revoke", "guest"]).status.success());
    crate::support::wait_until("the client is out", || client.get("/card/v4/customer/1001").status == 401);
}

#[test]
fn audit_user_is_required_where_the_document_says_so_and_checked_where_it_is_taken() {
    let server = Server::sandbox();
    let api = server.client();
    let named = Named::new(&api);
    let before = events(&api).len();
    let (mut required, mut offered) = (0, 0);
    for operation in operations(&api).iter().filter(|operation| operation.has_parameter("query", "auditUser"))
    {
        let target = operation.target(&named);
        let long = format!("?auditUser={}", "x".repeat(256));
        for query in ["?auditUser=", "?auditUser=%20", &long] {
            operation.call_at(&api, &format!("{target}{query}")).refuses("auditUser");
        }
        if !operation.requires_parameter("auditUser") {
            offered += 1;
            continue;
        }
        for query in ["", "?audituser=me"] {
            operation.call_at(&api, &format!("{target}{query}")).refuses("auditUser");
        }
        required += 1;
    }
    assert!(required >= 30 && offered >= 10, "only {required} and {offered} operations");
    assert_eq!(events(&api).len(), before);
    let card_operations =
        operations(&api).into_iter().filter(|operation| operation.path.starts_with("/card/"));
    for operation in card_operations {
        assert!(operation.requires_parameter("auditUser"), "{}", operation.name());
    }
}

#[test]
fn a_client_that_names_nobody_stands_for_itself() {
    let server = Server::sandbox();
    let api = server.client();
    let load = json!({ "type": "DP", "amount": 1, "currency": "EUR" });
    api.send_json("POST", "/transaction/v3/account/2001", &[], &load).id(201);
    api.post("/transaction/v3/account/2001?auditUser=Aino", &load).id(201);
    let events = events(&api);
    let users: Vec<&str> =
        events.iter().rev().take(2).map(|event| event["auditUser"].as_str().unwrap()).collect();
    assert_eq!(users, ["Aino", "sandbox"]);
}

#[test]
fn a_header_that_counts_is_there_once() {
    let server = Server::sandbox();
    let api = server.client();
    let body = json!({}).to_string();
    let json = ("content-type", "application/json");
    let twice = [
        ("authorization", "Basic eDp5", vec![json]),
        ("content-type", "text/plain", vec![json]),
        ("x-idempotency-key", "second", vec![json, ("x-idempotency-key", "first")]),
    ];
    for (name, value, mut headers) in twice {
        headers.push((name, value));
        api.send("POST", &audited(VISA), &headers, Some(body.as_bytes())).refuses(name);
    }
    assert_eq!(api.get("/card/v4/customer/1001").expect(200).json(), json!([]));
}

#[test]
fn the_log_tells_who_read_what_and_has_every_error() {
    let server = Server::sandbox();
    let api = server.client();
    let card = issue(&api, VISA, &json!({}));
    api.get(&format!("/card/v4/{card}?auditUser=alice")).expect(200);
    let number = card_number("411111", 1);
    let numbered = issue(&api, VISA, &json!({ "encryptedData": encrypt(&api, &card_number("411111", 2)) }));
    let body = json!({ "encryptedData": encrypt(&api, &card_number("411111", 2)) });
    api.post("/card/v4/card/cardnumber?auditUser=carol", &body).expect(200);
    let missed = [
        api.get(&format!("/card/v4/{number}?auditUser=bob")).problem(404),
        api.get("/nowhere").problem(404),
        api.send("PUT", "/card/v4/1", &[], None).problem(405),
    ];
    let place = server.place.clone();
    server.stop();
    let log = fs::read_to_string(place.log()).unwrap();
    let read = log.lines().find(|line| line.contains("alice")).unwrap();
    for part in ["sandbox".to_owned(), format!("/card/v4/{card}")] {
        assert!(read.contains(&part), "{read}");
    }
    let found = log.lines().find(|line| line.contains("carol")).unwrap();
    assert!(found.contains(&numbered), "{found}");
    let refused = log.lines().find(|line| line.contains(missed[0]["id"].as_str().unwrap())).unwrap();
    assert!(refused.contains("sandbox") && !refused.contains("bob"), "{refused}");
    for problem in missed {
        let id = problem["id"].as_str().unwrap();
        let code = problem["errorCode"].as_str().unwrap();
        assert!(log.lines().any(|line| line.contains(id) && line.contains(code)), "{problem}");
    }
    assert!(!log.contains(&number), "a number in place of an id is written down");
}
