use super::document::{Named, operations};
use crate::{
    http::audited,
    support::{Server, events},
};

#[test]
fn ids_that_are_none_are_refused_by_every_operation() {
    let server = Server::sandbox();
    let api = server.client();
    let named = Named::new(&api);
    let journal = events(&api).len();
    let ids = [
        "0x10",
        "-1",
        "+1",
        "1e3",
        "1.0",
        "%201001",
        "1001%20",
        "%00",
        "1001%00",
        "%ff",
        "%c3%28",
        "null",
        "%2e%2e",
        "1234567890123456789",
        "99999999999999999999999999999999999999",
        "%EF%BC%91",
        "..%2f..%2fetc%2fpasswd",
        "'",
        "%0a",
    ];
    for operation in operations(&api) {
        for name in operation.path_parameters() {
            for id in ids {
                let target = audited(&operation.target_with(&named, name, id));
                let reply = operation.call_at(&api, &target);
                let refused = [400, 404].contains(&reply.status);
                assert!(refused, "{} {target}: {} {}", operation.method, reply.status, reply.text());
                reply.problem(reply.status);
            }
        }
    }
    assert_eq!(events(&api).len(), journal);
}

#[test]
fn ids_of_nothing_are_not_found() {
    let server = Server::sandbox();
    let api = server.client();
    let named = Named::new(&api);
    for operation in operations(&api) {
        for name in
            operation.path_parameters().into_iter().filter(|name| name.ends_with("Id") || *name == "id")
        {
            for id in ["424242", "999999999999999999"] {
                operation.call_at(&api, &audited(&operation.target_with(&named, name, id))).problem(404);
            }
        }
    }
}

#[test]
fn unknown_paths_and_methods_get_the_envelope_too() {
    let server = Server::sandbox();
    let api = server.client();
    let unknown = [
        "/",
        "//",
        "/nothing",
        "/card",
        "/card/",
        "/card/v4",
        "/card/v9/1",
        "/card/v4/NO_TEMPLATE/customer/1/account/1/MAIN",
        "/Card/v4/1",
        "/kortti/v1/none",
        "/openapi.json/",
        "/card/v4/1/",
        "/%00",
        "/%ff",
    ];
    for path in unknown {
        let reply = api.send("GET", &audited(path), &[], None);
        let problem = reply.problem(404);
        assert_eq!(problem["errorType"], "STATIC_VALIDATION_ERROR", "{path}");
        assert!(reply.header("x-request-id").is_some(), "{path}");
    }
    for operation in operations(&api) {
        let named =
            Named { card: "1".into(), reference: "1111110999723837".into(), authorization: "1".into() };
        let reply = api.send("PUT", &audited(&operation.target(&named)), &[], None);
        reply.problem(405);
        assert!(reply.header("x-request-id").is_some(), "{}", operation.name());
    }
    api.send("TRACE", "/openapi.json", &[], None).problem(405);
    api.send("NONSENSE", "/card/v4/1", &[], None).problem(405);
}

#[test]
fn odd_queries_are_refused_by_name_or_ignored() {
    let server = Server::sandbox();
    let api = server.client();
    let get = |target: &str| api.send("GET", target, &[], None);
    let list = "/card/v4/customer/1001";
    get(&format!("{list}?auditUser=me&unknown={}", "x".repeat(4000))).expect(200);
    get(&format!("{list}?auditUser={}", "x".repeat(10_000))).refuses("auditUser");
    get(&format!("{list}?auditUser=me&page=1&page=2")).problem(400);
    get(&format!("{list}?auditUser=me&auditUser=you")).problem(400);
    get(&format!("{list}?auditUser=me&size=99999999999999999999")).refuses("size");
    for query in ["auditUser=%ff", "auditUser=%00", "auditUser=a%0ab"] {
        get(&format!("{list}?{query}")).problem(400);
    }
    get("/kortti/v1/events?after=x").refuses("after");
    get("/kortti/v1/events?limit=0").refuses("limit");
    get("/kortti/v1/events?limit=1001").refuses("limit");
    get("/kortti/v1/events?after=99999999999999999999").refuses("after");
    // A cursor from another journal would miss all that is written until then.
    get("/kortti/v1/events?after=9223372036854775807").refuses("after");
}

#[test]
fn what_is_hardly_http_does_not_bring_the_server_down() {
    let server = Server::sandbox();
    let api = server.client();
    let head = "GET /card/v4/1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
    let many = format!("{head}{}\r\n", "x-a: b\r\n".repeat(5000));
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(100_000));
    let requests: [&[u8]; 9] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
        many.as_bytes(),
        long.as_bytes(),
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\nzz\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ];
    for request in requests {
        if let Ok(raw) = api.exchange(request) {
            let status =
                String::from_utf8_lossy(&raw).split(' ').nth(1).and_then(|status| status.parse::<u16>().ok());
            let shown = String::from_utf8_lossy(&request[..request.len().min(40)]);
            assert!(status.is_some_and(|status| (400..500).contains(&status)), "{shown}");
        }
    }
    api.get("/health/ready").expect(200);
}
