use std::{
    future::pending,
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use axum::{Router, routing::get};
use tokio::{net::TcpListener, runtime::Runtime};

use super::serve_with;

/// More than fits into the buffers of a connection whose other end reads nothing.
const LARGE: usize = 32 << 20;
/// Far more than anything here takes: it only keeps a test that fails from hanging for ever.
const LONG: Duration = Duration::from_secs(60);

/// A connection to a server that waits this long for whoever takes nothing of an answer, and has asked for a large one.
fn asked(patience: Duration) -> (Runtime, TcpStream) {
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client.set_read_timeout(Some(LONG)).unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nHost: kortti\r\nConnection: close\r\n\r\n").unwrap();
    let router = Router::new().route("/", get(|| async { vec![b'x'; LARGE] }));
    runtime.spawn(serve_with(listener, router, 8, pending(), patience));
    (runtime, client)
}

#[test]
fn who_takes_nothing_of_an_answer_loses_the_connection() {
    let (_runtime, mut client) = asked(Duration::from_millis(50));
    let begin = Instant::now();
    // Whoever sends on a connection that the other side has given up is told so.
    let lost = loop {
        match client.write(b" ") {
            Err(error) => break error.kind(),
            Ok(_) => assert!(begin.elapsed() < LONG, "the connection is kept"),
        }
        thread::sleep(Duration::from_millis(5));
    };
    assert!(matches!(lost, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{lost}");
}

#[test]
fn who_takes_an_answer_slowly_gets_all_of_it() {
    let (_runtime, mut client) = asked(LONG);
    let (mut part, mut read) = (vec![0; LARGE / 16], 0);
    loop {
        match client.read(&mut part).unwrap() {
            0 => break,
            some => read += some,
        }
        thread::yield_now();
    }
    assert!(read > LARGE);
}
