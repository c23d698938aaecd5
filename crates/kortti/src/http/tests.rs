use super::Head;

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
