//! Questions of other processes: each is answered, whatever becomes of who is asked.

use super::*;
use crate::{QUEUE, engine::Message, handover::Done, reply::Reply};

fn issue(id: i64) -> Vec<u8> {
    let command = Box::new(card(id));
    to_bytes(&Ask::Submit { institution: OURS, origin: origin(), command, cold: Vec::new() })
}

async fn leader(place: &Place) -> (Arc<Network>, Arc<Ledger>, Arc<Probe>) {
    let network = Arc::new(Network::default());
    let leader = network.join(place, "leader").await;
    let probe = network.probe("leader");
    (network, leader, probe)
}

async fn wait_for_queue(ledger: &Ledger, length: usize) {
    wait_until(|| ledger.messages.len() == length).await;
}

#[tokio::test]
async fn many_are_answered_and_count_until_they_are() {
    let place = Place::furnished().await;
    let (_network, leader, probe) = leader(&place).await;
    let (_arrived, release) = probe.hold();
    let open: Vec<_> = (3001..3201).map(|id| (id, asked(&leader, &issue(id)))).collect();
    assert_eq!(leader.waiting(), 200);
    release.send(()).unwrap();
    for (id, answer) in open {
        let Ok(Done::Outcome(outcome)) = answer.await.0 else { panic!("{id} was not issued") };
        assert_eq!(outcome.id, id);
    }
    assert_eq!(leader.waiting(), 0);
    place.verify(leader.state());
}

#[tokio::test]
async fn who_stops_sends_to_another_what_it_has_not_begun() {
    let place = Place::furnished().await;
    let (_network, leader, probe) = leader(&place).await;
    let (arrived, release) = probe.hold();
    let begun = asked(&leader, &issue(3001));
    arrived.recv().unwrap();
    let stopping = Arc::clone(&leader);
    let stopped = tokio::task::spawn_blocking(move || stopping.stop());
    wait_for_queue(&leader, 1).await;
    let behind = asked(&leader, &issue(3002));
    release.send(()).unwrap();
    assert!(begun.await.0.is_ok());
    assert_eq!(behind.await.0, Err(LedgerError::Elsewhere));
    stopped.await.unwrap();
    assert_eq!(answer(&leader, &issue(3003)).await.0, Err(LedgerError::Elsewhere));
    assert_eq!((leader.waiting(), leader.end().unwrap()), (0, 4));
}

#[tokio::test]
async fn who_ends_by_a_fault_does_not_know_what_it_has_done() {
    let place = Place::furnished().await;
    let (_network, leader, probe) = leader(&place).await;
    let (release, released) = std::sync::mpsc::channel::<()>();
    probe.on_append(move |_, _| {
        let _ = released.recv();
        panic!("as by a fault in the program")
    });
    let begun = asked(&leader, &issue(3001));
    wait_for_queue(&leader, 0).await;
    let behind = asked(&leader, &issue(3002));
    release.send(()).unwrap();
    for open in [begun, behind] {
        assert_eq!(open.await.0, Err(LedgerError::Unknown), "another may not do it again");
    }
    wait_until(|| !leader.is_running()).await;
    // This one it has certainly not begun.
    assert_eq!(answer(&leader, &issue(3003)).await.0, Err(LedgerError::Elsewhere));
    assert_eq!(leader.waiting(), 0);
}

#[tokio::test]
async fn what_is_too_much_is_refused_at_once() {
    let place = Place::furnished().await;
    let (_network, leader, probe) = leader(&place).await;
    let (arrived, release) = probe.hold();
    let begun = asked(&leader, &issue(3001));
    arrived.recv().unwrap();
    for _ in 0..QUEUE {
        leader.messages.send(Message::CatchUp { reply: Reply::to_task().0 }).unwrap();
    }
    assert_eq!(answer(&leader, &issue(3002)).await.0, Err(LedgerError::Unavailable));
    assert_eq!(leader.waiting(), 1);
    release.send(()).unwrap();
    assert!(begun.await.0.is_ok());
}
