use std::{
    collections::HashSet,
    io::{Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use serde_json::json;

use super::document::{Named, operations};
use crate::{
    http::audited,
    support::{Place, Server, VISA, card, wait_until},
};

#[test]
fn every_answer_has_a_request_id_of_its_own() {
    let server = Server::sandbox();
    let api = server.client();
    let named = Named::new(&api);
    let mut seen = HashSet::new();
    for operation in operations(&api).iter().filter(|operation| !operation.starts_over()) {
        for client in [&api, &server.api] {
            let reply = operation.call(client, &named);
            let id = reply.header("x-request-id").unwrap_or_else(|| panic!("{} has none", operation.name()));
            assert_eq!(id.len(), 36);
            assert!(seen.insert(id.to_owned()), "{id} comes twice");
        }
    }
}

#[test]
fn a_client_that_sends_too_much_is_told_to_wait() {
    let server = Place::new().serve_with(&["--sandbox", "--rate-limit-per-second", "5"], &[]);
    let api = server.client();
    let other = server.api.with_credentials("other", &server.place.add_client("other", "all", "1"));
    wait_until("the other client is known", || other.get("/kortti/v1/events").status == 200);
    let replies: Vec<_> = (0..40).map(|_| api.get("/card/v4/customer/1001")).collect();
    assert!(replies.iter().filter(|reply| reply.status == 200).count() >= 5);
    let refused = replies.iter().find(|reply| reply.status == 429).unwrap();
    refused.problem(429);
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    // What one client does is not held against another, nor against health checks.
    wait_until("the other client gets through", || other.get("/kortti/v1/events").status == 200);
    server.api.get("/health/live").expect(200);
    wait_until("the client gets through again", || api.get("/card/v4/customer/1001").status == 200);
}

#[test]
fn a_request_in_flight_is_answered_before_the_server_ends() {
    let place = Place::new();
    let server = place.serve();
    let mut streams: Vec<TcpStream> = (0..8)
        .map(|_| {
            let mut stream = TcpStream::connect(server.api.address()).unwrap();
            let head = format!(
                "POST {} HTTP/1.1\r\nhost: x\r\nauthorization: Basic c2FuZGJveDpzYW5kYm94\r\ncontent-type: application/json\r\n\
                 content-length: 2\r\nexpect: 100-continue\r\n\r\n",
                audited(VISA)
            );
            stream.write_all(head.as_bytes()).unwrap();
            let mut interim = [0; 25];
            stream.read_exact(&mut interim).unwrap();
            assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
            stream
        })
        .collect();
    let address = server.api.address();
    server.ask_to_stop();
    wait_until("the server takes no more connections", || TcpStream::connect(address).is_err());
    let mut ids = HashSet::new();
    for stream in &mut streams {
        stream.write_all(b"{}").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("HTTP/1.1 201"), "{text}");
        let body: serde_json::Value = serde_json::from_str(text.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        ids.insert(body["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(server.wait().code(), Some(0));
    place.assert_verifies();
    let api = place.serve();
    ids.iter().for_each(|id| drop(card(&api.client(), id)));
    assert_eq!(ids.len(), 8);
}

#[test]
fn a_stop_under_load_breaks_no_answer_and_loses_none() {
    let place = Place::new();
    let server = place.serve();
    let api = server.client();
    let stopping = AtomicBool::new(false);
    let writer = |_| {
        let mut ids = Vec::new();
        loop {
            let body = json!({ "segment": "SEGMENT_A" }).to_string();
            let headers = [("content-type", "application/json")];
            match api.try_send("POST", audited(VISA).as_bytes(), &headers, Some(body.as_bytes())) {
                Ok(reply) => ids.push(reply.id(201)),
                Err(error) => {
                    assert!(stopping.load(Ordering::SeqCst), "{error}");
                    return ids;
                }
            }
        }
    };
    let ids: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|i| scope.spawn(move || writer(i))).collect();
        wait_until("there is load", || {
            api.get("/card/v4/customer/1001?page=1&size=50").json()[0].is_object()
        });
        stopping.store(true, Ordering::SeqCst);
        server.ask_to_stop();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(server.wait().code(), Some(0));
    place.assert_verifies();
    let server = place.serve();
    ids.iter().for_each(|id| drop(card(&server.client(), id)));
    assert!(ids.len() > 50);
}
