//! A wire to the server that can be cut, in either direction and at a chosen moment.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What happens to the next thing that the client says on any connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Fate {
    /// It arrives, and so does the answer.
    Passes,
    /// It arrives; when the server answers, the answer is dropped and the wire is cut.
    AnswerIsCut,
    /// It is dropped and the wire is cut.
    RequestIsCut,
    /// It arrives, but from then on nothing comes back, and the wire stays.
    AnswerIsSwallowed,
}

/// Listens on a port of its own and hands everything on to the server.
pub struct Proxy {
    port: u16,
    fate: Arc<AtomicUsize>,
}

impl Proxy {
    pub fn to(server: u16) -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let fate = Arc::new(AtomicUsize::new(Fate::Passes as usize));
        let chosen = Arc::clone(&fate);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), Ok(server)) = (client, TcpStream::connect((Ipv4Addr::LOCALHOST, server)))
                else {
                    continue;
                };
                join(client, server, &chosen);
            }
        });
        Proxy { port, fate }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Decides what happens to the next thing said, and to all after it.
    pub fn choose(&self, fate: Fate) {
        self.fate.store(fate as usize, Ordering::SeqCst);
    }
}

/// Carries both directions, each on a thread that ends with the wire.
fn join(client: TcpStream, server: TcpStream, fate: &Arc<AtomicUsize>) {
    let (from_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    // Whether a request went out whose answer must not come back. Set before the request is sent on.
    let doomed = Arc::new(AtomicUsize::new(Fate::Passes as usize));
    let (fate, doom) = (Arc::clone(fate), Arc::clone(&doomed));
    thread::spawn(move || {
        carry(from_client, to_server, || {
            let fate = fate.load(Ordering::SeqCst);
            doom.store(fate, Ordering::SeqCst);
            if fate == Fate::RequestIsCut as usize { Step::Cut } else { Step::Pass }
        });
    });
    thread::spawn(move || {
        carry(server, client, || match doomed.load(Ordering::SeqCst) {
            doom if doom == Fate::AnswerIsCut as usize => Step::Cut,
            doom if doom == Fate::AnswerIsSwallowed as usize => Step::Swallow,
            _ => Step::Pass,
        });
    });
}

enum Step {
    Pass,
    Swallow,
    Cut,
}

fn carry(mut from: TcpStream, mut to: TcpStream, decide: impl Fn() -> Step) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count) = from.read(&mut bytes) {
        let is_over = match decide() {
            _ if count == 0 => true,
            Step::Pass => to.write_all(&bytes[..count]).is_err(),
            Step::Swallow => false,
            Step::Cut => true,
        };
        if is_over {
            break;
        }
    }
    // Both, so that the other direction ends as well.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
