//! Questions of other processes: each is answered, whatever becomes of who is asked.

use super::*;
use crate::{engine::Message, handover::Done, reply::Reply};

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
async fn what_is_too_much_is_refused_at_once() {
    let place = Place::furnished().await;
    let (_network, leader, probe) = leader(&place).await;
    let (arrived, release) = probe.hold();
    let begun = asked(&leader, &issue(3001));
    arrived.recv().unwrap();
    while leader.messages.try_send(Message::CatchUp { reply: Reply::to_task().0 }).is_ok() {}
    assert_eq!(answer(&leader, &issue(3002)).await.0, Err(LedgerError::Unavailable));
    assert_eq!(leader.waiting(), 1);
    release.send(()).unwrap();
    assert!(begun.await.0.is_ok());
}
