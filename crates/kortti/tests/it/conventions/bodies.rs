use serde_json::{Value, json};

use super::document::{Named, Operation, operations};
use crate::{
    http::{Api, audited},
    support::{Server, card, events},
};

fn with_bodies(api: &Api) -> Vec<Operation> {
    let found: Vec<Operation> = operations(api).into_iter().filter(Operation::takes_body).collect();
    assert!(found.len() >= 25, "only {} operations take a body", found.len());
    found
}

#[test]
fn what_is_no_body_is_refused_by_every_operation() {
    let server = Server::sandbox();
    let api = server.client();
    let named = Named::new(&api);
    let nested = format!(r#"{{"a":{}{}}}"#, "[".repeat(60), "]".repeat(60));
    let deep = "[".repeat(20_000);
    let objects = r#"{"a":"#.repeat(10_000);
    let bodies: [&[u8]; 24] = [
        b"",
        b" ",
        b"{",
        b"}",
        b"{]",
        b"nonsense",
        b"null",
        b"true",
        b"17",
        b"\"text\"",
        b"[]",
        b"[{}]",
        b"{} {}",
        b"{}x",
        b"{'a':1}",
        b"{\"a\":1,}",
        b"{\"a\":01}",
        b"{\"a\":NaN}",
        b"{\"a\":\"\xff\"}",
        b"\xef\xbb\xbf{}",
        br#"{"a":1,"a":2}"#,
        nested.as_bytes(),
        deep.as_bytes(),
        objects.as_bytes(),
    ];
    let (before, journal) = (card(&api, &named.card), events(&api).len());
    for operation in with_bodies(&api) {
        let target = audited(&operation.target(&named));
        for body in bodies {
            let reply =
                api.send(&operation.method, &target, &[("content-type", "application/json")], Some(body));
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]);
            assert_eq!(reply.status, 400, "{} of {shown}: {}", operation.name(), reply.text());
            reply.problem(400);
        }
    }
    assert_eq!(card(&api, &named.card), before);
    assert_eq!(events(&api).len(), journal);
}

#[test]
fn large_bodies_and_other_media_types_are_refused_by_every_operation() {
    let server = Server::sandbox();
    let api = server.client();
    let named = Named::new(&api);
    let journal = events(&api).len();
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(70 * 1024));
    for operation in with_bodies(&api) {
        let target = audited(&operation.target(&named));
        let reply = api.send(
            &operation.method,
            &target,
            &[("content-type", "application/json")],
            Some(large.as_bytes()),
        );
        reply.problem(413);
        for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
            let reply = api.send(&operation.method, &target, &[("content-type", media_type)], Some(b"{}"));
            reply.problem(415);
        }
        api.send(&operation.method, &target, &[], Some(b"{}")).problem(415);
        let packed = [("content-type", "application/json"), ("content-encoding", "gzip")];
        api.send(&operation.method, &target, &packed, Some(b"{}")).problem(415);
    }
    assert_eq!(events(&api).len(), journal);
    let target = audited(crate::support::VISA);
    for media_type in ["application/json; charset=utf-8", "Application/JSON"] {
        api.send("POST", &target, &[("content-type", media_type)], Some(b"{}")).id(201);
    }
}

#[test]
fn a_key_given_twice_is_named_however_deep_it_is() {
    let server = Server::sandbox();
    let api = server.client();
    let target = audited(crate::support::VISA);
    let refused = [
        (r#"{"segment":"SEGMENT_A","segment":"SEGMENT_B"}"#, "segment"),
        (r#"{"embossing":{"firstName":"A","firstName":"A"}}"#, "embossing.firstName"),
        (r#"{"additionalValues":[{"key":"a"},{"key":"a","key":"b"}]}"#, "additionalValues[1].key"),
        (r#"{"unknown":{"inner":1,"inner":2}}"#, "unknown.inner"),
    ];
    for (body, field) in refused {
        api.send("POST", &target, &[("content-type", "application/json")], Some(body.as_bytes()))
            .refuses(field);
    }
}

#[test]
fn no_value_of_any_member_is_more_than_the_server_can_take() {
    let server = Server::sandbox();
    let api = server.client();
    let named = Named::new(&api);
    let text = "x".repeat(5000);
    let nested = (0..12).fold(json!(1), |inner, _| json!([inner]));
    let huge: Value = serde_json::from_str("1e308").unwrap();
    let values = [
        json!(true),
        json!(-1),
        json!(1.5),
        huge,
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!("\u{0}"),
        json!("\u{202e}x"),
        json!("''; DROP TABLE journal; --"),
        json!(text),
        json!([]),
        json!([null]),
        json!([[]]),
        nested,
        json!({}),
        json!({ "": null }),
        json!([{ "code": 1 }]),
    ];
    for operation in with_bodies(&api) {
        if operation.path == "/sandbox/v1/clock/advance" {
            continue;
        }
        let target = audited(&operation.target(&named));
        let members = operation.body_schema()["properties"].as_object().unwrap().clone();
        for member in members.keys() {
            for value in &values {
                let mut body = operation.sample();
                body[member] = value.clone();
                let reply = api.send_json(&operation.method, &target, &[], &body);
                assert_answered(&operation, member, value, &reply);
            }
        }
    }
    server.stop();
}

/// Whatever was sent, it was done, or refused with the name of the member.
fn assert_answered(operation: &Operation, member: &str, value: &Value, reply: &crate::http::Reply) {
    let shown: String = value.to_string().chars().take(60).collect();
    let what = format!("{} {member} = {shown}: {}", operation.name(), reply.text());
    match reply.status {
        200 | 201 => {}
        400 | 404 | 409 => {
            let problem = reply.problem(reply.status);
            let message = problem["message"].as_str().unwrap();
            // Why an encrypted number is refused is told to nobody, and a card may lack what it takes to do as asked.
            let told = message.starts_with(member) || member == "encryptedData" || reply.status != 400;
            assert!(told || problem["errorType"] == "DYNAMIC_VALIDATION_ERROR", "{what}");
            assert!(
                !message.contains("DROP") && !message.contains("xxxxx"),
                "what was sent is repeated: {what}"
            );
        }
        _ => panic!("{what}"),
    }
}
