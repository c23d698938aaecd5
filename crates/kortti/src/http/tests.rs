use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    thread,
    time::Duration,
};

use super::{Answer, Client, Head};

const ANSWER: &[u8] =
    b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\nContent-Length: 4\r\n\r\nbody";

#[test]
fn whole_answer_has_status_and_body() {
    let head = Head::parse(ANSWER).unwrap().unwrap();
    assert_eq!((head.status, head.body), (201, 4));
    assert_eq!(head.body_of(ANSWER), Some(&b"body"[..]));
}

#[test]
fn answer_in_any_two_pieces_is_whole_only_at_the_end() {
    for cut in 0..ANSWER.len() {
        let head = Head::parse(&ANSWER[..cut]).unwrap();
        assert!(head.is_none_or(|head| head.body_of(&ANSWER[..cut]).is_none()), "whole after {cut} bytes");
    }
}

#[test]
fn answer_without_content_may_lack_a_length() {
    let head = Head::parse(b"HTTP/1.1 204 No Content\r\nx: y\r\n\r\n").unwrap().unwrap();
    assert_eq!((head.status, head.body), (204, 0));
}

#[test]
fn answer_of_unknown_length_is_refused() {
    assert!(Head::parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    assert!(Head::parse(b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n").is_err());
}

#[test]
fn what_is_not_http_is_refused() {
    assert!(Head::parse(b"SSH-2.0-OpenSSH\r\n\r\n").is_err());
    assert!(Head::parse(&[b'x'; 20_000]).is_err());
}

#[test]
fn only_a_success_is_one() {
    let head = |status| Head { status, length: 0, body: 0 };
    assert!([200, 201, 204].into_iter().all(|status| head(status).check(b"").is_ok()));
    assert!([199, 302, 400, 429, 503].into_iter().all(|status| head(status).check(b"").is_err()));
    assert_eq!(head(503).check(b"later").unwrap_err().to_string(), "a request was answered 503: later");
}

/// A server that answers each connection with these parts, one after the other, and hangs up.
fn server(connections: Vec<Vec<&'static str>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for parts in connections {
            let (mut stream, _) = listener.accept().unwrap();
            for part in parts {
                let _ = stream.read(&mut [0; 1000]).unwrap();
                stream.write_all(part.as_bytes()).unwrap();
            }
        }
    });
    address
}

#[test]
fn a_client_goes_on_with_a_new_connection_after_an_answer_that_was_cut_off() {
    let whole = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let torn = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no";
    let mut client = Client::new(server(vec![vec![whole, torn], vec![whole]]), Duration::from_secs(60));
    let ok = Answer { status: 200, body: b"ok".to_vec() };
    assert_eq!(client.ask(b"GET / HTTP/1.1\r\n\r\n").unwrap(), ok);
    assert!(client.ask(b"GET / HTTP/1.1\r\n\r\n").is_err());
    assert_eq!(client.ask(b"GET / HTTP/1.1\r\n\r\n").unwrap(), ok);
}
