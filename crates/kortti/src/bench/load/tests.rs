use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use super::{Arrivals, Span, Workload, closed, closed_on, open};
use crate::{Failure, bench::requests::Live};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";

/// A server that answers the requests of all connections, which it counts from 1, as it is told; one that takes its time holds
/// up all others. It ends with the test.
fn server(answer: impl FnMut(usize) -> &'static str + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let state = Arc::new(Mutex::new((0, answer)));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, state) = (stream.unwrap(), Arc::clone(&state));
            thread::spawn(move || {
                while receive(&mut stream) {
                    let mut state = state.lock().unwrap();
                    state.0 += 1;
                    let count = state.0;
                    let answer = (state.1)(count);
                    drop(state);
                    stream.write_all(answer.as_bytes()).unwrap();
                }
            });
        }
    });
    address
}

/// Whether another request has come.
fn receive(stream: &mut TcpStream) -> bool {
    let (mut request, mut part) = (Vec::new(), [0; 1024]);
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut part) {
            Ok(count @ 1..) => request.extend_from_slice(&part[..count]),
            _ => return false,
        }
    }
    true
}

fn span(millis: u64) -> Span {
    Span { warm_up: Duration::ZERO, measure: Duration::from_millis(millis) }
}

/// Asks this often, whatever the time.
struct Times(usize);

impl Workload for Times {
    fn write_next(&mut self, request: &mut Vec<u8>) -> bool {
        let Some(left) = self.0.checked_sub(1) else { return false };
        self.0 = left;
        Live.write_next(request)
    }

    fn answered(&mut self, body: &[u8]) -> Result<(), Failure> {
        if body == b"ok" { Ok(()) } else { Err(Failure::new("not ok")) }
    }
}

#[test]
fn requests_due_while_the_server_stalls_are_charged() {
    let address = server(|count| {
        if count == 20 {
            thread::sleep(Duration::from_millis(50));
        }
        OK
    });
    // One request each millisecond. Those that come 21st to 49th are due at most 30 ms after the 20th was sent, and so wait
    // 20 ms at least. The load has fewer connections than that: what waits for one is charged like what waits for an answer.
    let measured = open(address, 4, Arrivals::even(1000), span(300), Live).unwrap().flawless().unwrap();
    assert_eq!(measured.latencies.count(), 299);
    assert!(measured.latencies.percentile_ms(1.0) >= 49.0);
    assert!(measured.latencies.percentile_ms(0.91) >= 20.0);
}

#[test]
fn open_load_sends_what_is_due_however_slow_the_server() {
    let address = server(|_| {
        thread::sleep(Duration::from_millis(2));
        OK
    });
    let measured = open(address, 64, Arrivals::poisson(1000, 1), span(200), Live).unwrap();
    let mut arrivals = Arrivals::poisson(1000, 1);
    let mut due = Duration::ZERO;
    let times = std::iter::from_fn(|| {
        due += arrivals.gap();
        (due < Duration::from_millis(200)).then_some(())
    });
    assert_eq!(measured.latencies.count(), times.count());
    // It answers at most one each two milliseconds.
    assert!(measured.per_second() <= 500.0);
}

#[test]
fn closed_load_ends_with_its_workload() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let address = server(move |count| {
        counter.store(count, Ordering::SeqCst);
        OK
    });
    let measured = closed(address, 8, Span::UNLIMITED, Times(100)).unwrap().flawless().unwrap();
    assert_eq!((measured.latencies.count(), asked.load(Ordering::SeqCst)), (100, 100));
    assert_eq!(measured.lateness.count(), 0);
}

#[test]
fn answer_that_is_no_success_is_a_failure_and_has_no_latency() {
    let address = server(|count| if count % 2 == 0 { OK } else { BUSY });
    let measured = closed(address, 1, Span::UNLIMITED, Times(10)).unwrap();
    assert_eq!((measured.latencies.count(), measured.failures()), (5, 5));
    assert!(measured.flawless().is_err_and(|failure| failure.to_string().contains("503")));
}

#[test]
fn answer_that_is_not_as_expected_is_a_failure() {
    let address = server(|count| match count {
        1 => "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno",
        _ => OK,
    });
    let measured = closed(address, 1, Span::UNLIMITED, Times(3)).unwrap();
    assert_eq!((measured.latencies.count(), measured.failures()), (2, 1));
}

#[test]
fn load_without_any_success_fails() {
    assert!(closed(server(|_| BUSY), 1, Span::UNLIMITED, Times(3)).is_err());
    assert!(closed(server(|_| "SSH-2.0-OpenSSH\r\n\r\n"), 1, Span::UNLIMITED, Times(3)).is_err());
}

#[test]
fn load_on_several_servers_asks_all_of_them() {
    let asked = [(), ()].map(|()| Arc::new(AtomicUsize::new(0)));
    let addresses = asked.each_ref().map(|asked| {
        let asked = Arc::clone(asked);
        server(move |count| {
            asked.store(count, Ordering::SeqCst);
            OK
        })
    });
    let measured = closed_on(&addresses, 8, span(100), Live).unwrap().flawless().unwrap();
    let [one, other] = asked.map(|asked| asked.load(Ordering::SeqCst));
    assert!(one > 0 && other > 0);
    assert!(measured.latencies.count() <= one + other);
}

#[test]
fn longest_gap_is_that_of_the_server_that_was_silent() {
    let silent = server(|count| {
        if count == 20 {
            thread::sleep(Duration::from_millis(150));
        }
        OK
    });
    let measured = closed_on(&[server(|_| OK), silent], 4, span(300), Live).unwrap().flawless().unwrap();
    assert!(measured.longest_gap >= Duration::from_millis(150));
}

#[test]
fn answer_that_is_no_success_ends_no_gap() {
    let address = server(|count| {
        if (5..15).contains(&count) {
            thread::sleep(Duration::from_millis(10));
            return BUSY;
        }
        OK
    });
    let measured = closed(address, 1, Span::UNLIMITED, Times(30)).unwrap();
    assert_eq!(measured.failures(), 10);
    assert!(measured.longest_gap >= Duration::from_millis(100));
}
