//! Two ends of a connection in one process.

#![expect(clippy::unwrap_used, reason = "a step that fails must fail the test")]

use std::{sync::Arc, time::Duration};

use kortti_peer::{AskError, Identity, Peers, Way, serve};
use rcgen::{CertificateParams, KeyPair, PKCS_ED25519};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
    time::timeout,
};

const NAME: &str = "kortti.internal";

/// A process of an installation: with another certificate than the next one, of the same key.
fn identity(key: &KeyPair) -> Identity {
    let params = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
    let certificate = params.self_signed(key).unwrap();
    Identity::new(key.serialized_der(), certificate.der(), NAME).unwrap()
}

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ED25519).unwrap()
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// Answers each question with itself twice.
async fn doubling(identity: Identity) -> (String, JoinHandle<()>) {
    let (listener, address) = listener().await;
    let double = |question: &[u8], way: Way<Vec<u8>>| way.give(question.repeat(2));
    (address, tokio::spawn(serve(listener, identity, double)))
}

#[tokio::test]
async fn many_questions_share_a_connection() {
    let key = key();
    let (address, _server) = doubling(identity(&key)).await;
    let peers = Arc::new(Peers::new(identity(&key)));
    let ask = |number: u32| {
        let (peers, address) = (Arc::clone(&peers), address.clone());
        tokio::spawn(async move {
            let question = vec![number as u8; number as usize * 100];
            assert_eq!(peers.ask(&address, question.clone()).await.unwrap(), question.repeat(2));
        })
    };
    let asked: Vec<_> = (0..500).map(ask).collect();
    for one in asked {
        one.await.unwrap();
    }
}

#[tokio::test]
async fn answers_find_who_asked_in_whatever_order_they_are_given() {
    const MANY: u32 = 300;
    let key = key();
    let (listener, address) = listener().await;
    let (ask, asked) = std::sync::mpsc::channel();
    let answer = move |question: &[u8], way| ask.send((question.to_vec(), way)).unwrap();
    let _server = tokio::spawn(serve(listener, identity(&key), answer));
    // By a thread that is none of the runtime's, and the last first.
    let answering = std::thread::spawn(move || {
        let open: Vec<(Vec<u8>, Way<Vec<u8>>)> = asked.iter().take(MANY as usize).collect();
        open.into_iter().rev().for_each(|(question, way)| way.give(question));
    });
    let peers = Arc::new(Peers::new(identity(&key)));
    let ask = |number: u32| {
        let (peers, address) = (Arc::clone(&peers), address.clone());
        let question = number.to_be_bytes().to_vec();
        tokio::spawn(async move { (peers.ask(&address, question.clone()).await, question) })
    };
    for one in (0..MANY).map(ask).collect::<Vec<_>>() {
        let (answer, question) = one.await.unwrap();
        assert_eq!(answer, Ok(question));
    }
    answering.join().unwrap();
}

#[tokio::test]
async fn slow_answer_holds_no_other_up() {
    let key = key();
    let (listener, address) = listener().await;
    let (hold, held) = std::sync::mpsc::channel();
    let answer = move |question: &[u8], way: Way<Vec<u8>>| {
        let question = question.to_vec();
        if question == b"slow" { hold.send((way, question)).unwrap() } else { way.give(question) }
    };
    let _server = tokio::spawn(serve(listener, identity(&key), answer));
    let peers = Peers::new(identity(&key));
    let slow = peers.ask(&address, b"slow".to_vec());
    let quick = async {
        assert_eq!(peers.ask(&address, b"quick".to_vec()).await.unwrap(), b"quick");
        let (way, question) = held.recv().unwrap();
        way.give(question);
    };
    let (slow, ()) = tokio::join!(slow, quick);
    assert_eq!(slow.unwrap(), b"slow");
}

#[tokio::test]
async fn stranger_is_not_answered_and_gives_no_answers() {
    let (ours, theirs) = (key(), key());
    let (address, _server) = doubling(identity(&ours)).await;
    let stranger = Peers::new(identity(&theirs));
    // In TLS 1.3 a client hears only afterwards that it was not let in.
    assert!(stranger.ask(&address, b"who".to_vec()).await.is_err());
    let (address, _server) = doubling(identity(&theirs)).await;
    assert_eq!(Peers::new(identity(&ours)).ask(&address, b"who".to_vec()).await, Err(AskError::Unreachable));
}

#[tokio::test]
async fn what_is_no_tls_is_shut_out() {
    let key = key();
    let (address, _server) = doubling(identity(&key)).await;
    let mut plain = TcpStream::connect(&address).await.unwrap();
    plain.write_all(&[0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1, 7]).await.unwrap();
    let mut said = Vec::new();
    // An alert at most, and then the end.
    let _ = plain.read_to_end(&mut said).await;
    assert!(said.len() <= 7, "{said:?}");
    assert_eq!(Peers::new(identity(&key)).ask(&address, vec![1]).await.unwrap(), [1, 1]);
}

#[tokio::test]
async fn strangers_who_say_nothing_are_in_nobody_s_way() {
    let key = key();
    let (address, _server) = doubling(identity(&key)).await;
    let mut strangers = Vec::new();
    for _ in 0..300 {
        strangers.push(TcpStream::connect(&address).await.unwrap());
    }
    let peers = Peers::new(identity(&key));
    assert_eq!(peers.ask(&address, vec![1]).await, Ok(vec![1, 1]));
}

#[tokio::test]
async fn lost_connection_is_told_to_all_who_wait_and_made_again() {
    let key = key();
    let (listener, address) = listener().await;
    let never = |_: &[u8], way: Way<Vec<u8>>| drop(way);
    let server = tokio::spawn(serve(listener, identity(&key), never));
    let peers = Arc::new(Peers::new(identity(&key)));
    let ask = || {
        let (peers, address) = (Arc::clone(&peers), address.clone());
        tokio::spawn(async move { peers.ask(&address, vec![1]).await })
    };
    let waiting = [ask(), ask(), ask()];
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.abort();
    for one in waiting {
        let answer = one.await.unwrap();
        assert!(matches!(answer, Err(AskError::Lost | AskError::Unreachable)), "{answer:?}");
    }
    assert_eq!(peers.ask(&address, vec![1]).await, Err(AskError::Unreachable));
    let listener = TcpListener::bind(&address).await.unwrap();
    let _server = tokio::spawn(serve(listener, identity(&key), |question: &[u8], way: Way<Vec<u8>>| {
        way.give(question.to_vec())
    }));
    while peers.ask(&address, vec![1]).await != Ok(vec![1]) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn question_that_is_too_large_ends_the_connection_only() {
    let key = key();
    let (address, _server) = doubling(identity(&key)).await;
    let peers = Peers::new(identity(&key));
    assert_eq!(peers.ask(&address, vec![0; 9 * 1024 * 1024]).await, Err(AskError::Lost));
    assert_eq!(peers.ask(&address, vec![1]).await.unwrap(), [1, 1]);
}

#[tokio::test]
async fn answer_that_is_too_large_ends_the_connection_only() {
    let key = key();
    let (listener, address) = listener().await;
    let answer = |question: &[u8], way: Way<Vec<u8>>| match question {
        [1] => way.give(vec![1]),
        _ => way.give(vec![0; 9 * 1024 * 1024]),
    };
    let _server = tokio::spawn(serve(listener, identity(&key), answer));
    let peers = Peers::new(identity(&key));
    let asked = timeout(Duration::from_secs(20), peers.ask(&address, vec![0]));
    assert_eq!(asked.await.unwrap(), Err(AskError::Lost));
    assert_eq!(peers.ask(&address, vec![1]).await.unwrap(), [1]);
}

/// Nobody says that the connection has ended, but nothing that is sent on it arrives any more.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn connection_on_which_nothing_arrives_any_more_is_lost() {
    let key = key();
    let (behind, _server) = doubling(identity(&key)).await;
    let (before, address) = listener().await;
    let silence = Arc::new(Notify::new());
    let silent = Arc::clone(&silence);
    let _way = tokio::spawn(async move {
        let (mut near, _) = before.accept().await.unwrap();
        let mut far = TcpStream::connect(behind).await.unwrap();
        tokio::select! {
            _ = copy_bidirectional(&mut near, &mut far) => {}
            () = silent.notified() => std::future::pending().await,
        }
    });
    let peers = Arc::new(Peers::new(identity(&key)));
    assert_eq!(peers.ask(&address, vec![1]).await.unwrap(), [1, 1]);
    silence.notify_one();
    // More than the system keeps for somebody who does not read.
    let ask = || {
        let (peers, address) = (Arc::clone(&peers), address.clone());
        tokio::spawn(async move { peers.ask(&address, vec![0; 4 * 1024 * 1024]).await })
    };
    for one in [(); 8].map(|()| ask()) {
        let answer = timeout(Duration::from_secs(60), one).await.unwrap().unwrap();
        assert_eq!(answer, Err(AskError::Lost));
    }
}
