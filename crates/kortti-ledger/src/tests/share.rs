//! Several ledgers on one store that know each other.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Weak},
    time::Duration,
};

use kortti_core::{
    entry::Origin,
    id::{CardId, CustomerId, RequestId},
    view::View,
};
use kortti_store::{Lease, Store};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{
    given::{ACCOUNT, OURS, START, card, customer, disposable, keyed, origin, row},
    place::{Place, assert_same, entries, submit},
    probe::{Probe, full, unavailable},
    till::{authorise, transact},
};
use crate::{
    AskError, Asked, Clock, ClockMove, Ledger, LedgerError, Peers, STREAM,
    handover::{Ask, Told, to_bytes},
};

mod clock;
mod doubt;
mod outage;
mod questions;
mod signs;

/// A ledger, and the store under it.
type Member = (Weak<Ledger>, Arc<Probe>);

/// The ledgers that can be reached, by what they say of themselves.
#[derive(Default)]
pub struct Network {
    ledgers: Mutex<HashMap<Vec<u8>, Member>>,
    accidents: Mutex<VecDeque<Accident>>,
}

/// What happens to a question.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Accident {
    /// It arrives and is answered, but the process dies before the answer comes back.
    DiesAfter,
    /// The process dies before it gets to it.
    DiesBefore,
    /// The same, and everything was deleted at somebody's word.
    DiesAfterWipe,
    /// It arrives and is answered, but the connection is lost before the answer comes back; another one can be made.
    LosesAnswer,
    /// It does not arrive, nor does anything after it. The process lives, and shows it.
    IsCutOff,
    /// It arrives, and is never answered.
    IsSilent,
}

struct Line {
    name: Vec<u8>,
    network: Arc<Network>,
}

impl Peers for Line {
    fn own(&self) -> Vec<u8> {
        self.name.clone()
    }

    fn ask<'a>(&'a self, holder: &'a [u8], question: Vec<u8>) -> Asked<'a> {
        Box::pin(async move {
            let known = self.network.ledgers.lock().get(holder).cloned();
            let (ledger, probe) = known.ok_or(AskError::Unreachable)?;
            let ledger = ledger.upgrade().ok_or(AskError::Unreachable)?;
            let accident = self.network.accidents.lock().pop_front();
            match accident {
                None => return Ok(answer(&ledger, &question).await.into()),
                Some(Accident::LosesAnswer | Accident::DiesAfter) => drop(answer(&ledger, &question).await),
                Some(Accident::IsSilent) => std::future::pending().await,
                Some(Accident::DiesAfterWipe) => ledger.wipe().await.unwrap(),
                Some(Accident::DiesBefore | Accident::IsCutOff) => {}
            }
            if accident != Some(Accident::LosesAnswer) {
                self.network.ledgers.lock().remove(holder);
            }
            // Without a word: nothing is given back.
            if !matches!(accident, Some(Accident::LosesAnswer | Accident::IsCutOff)) {
                probe.fall_asleep();
            }
            Err(AskError::Lost)
        })
    }
}

/// What a process answers. It always does.
pub async fn answer(ledger: &Ledger, question: &[u8]) -> Told {
    asked(ledger, question).await
}

/// Asks it at once; what it answers comes later.
fn asked(ledger: &Ledger, question: &[u8]) -> impl Future<Output = Told> + use<> {
    let (tell, told) = oneshot::channel();
    ledger.answer(question, |answer| drop(tell.send(answer)));
    async { tokio::time::timeout(Duration::from_secs(60), told).await.unwrap().unwrap() }
}

impl Network {
    pub async fn join(self: &Arc<Self>, place: &Place, name: &str) -> Arc<Ledger> {
        self.join_with(place, name, Duration::from_secs(8)).await
    }

    async fn join_with(self: &Arc<Self>, place: &Place, name: &str, patience: Duration) -> Arc<Ledger> {
        let probe = Probe::over(place.store());
        let store = Arc::clone(&probe) as Arc<dyn Store>;
        let line = Line { name: name.into(), network: Arc::clone(self) };
        let ledger = Ledger::start_to_share(store, Clock::fixed(START)).unwrap();
        let ledger = Arc::new(ledger.share_with(Arc::new(line), patience).unwrap());
        self.ledgers.lock().insert(name.into(), (Arc::downgrade(&ledger), probe));
        ledger.led().await.unwrap();
        ledger
    }

    fn probe(&self, name: &str) -> Arc<Probe> {
        Arc::clone(&self.ledgers.lock()[name.as_bytes()].1)
    }
}

async fn two(place: &Place) -> (Arc<Network>, Arc<Ledger>, Arc<Ledger>) {
    let network = Arc::new(Network::default());
    let leader = network.join(place, "leader").await;
    let follower = network.join(place, "follower").await;
    assert_eq!((leader.is_leading(), follower.is_leading()), (true, false));
    (network, leader, follower)
}

async fn wait_until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn wait_for_lead(ledger: &Ledger) {
    wait_until(|| ledger.is_leading()).await;
}

fn requested(id: u8) -> Origin {
    Origin { request: Some(RequestId([id; 16])), ..origin() }
}

#[tokio::test]
async fn follower_hands_commands_over_and_sees_what_they_came_to() {
    let place = Place::furnished().await;
    let (_network, leader, follower) = two(&place).await;
    let outcome = follower.submit(OURS, origin(), card(3001), row(3001, b"pan")).await.unwrap();
    assert_eq!((outcome.id, outcome.sequence), (3001, 4));
    assert!(follower.state().card(CardId(3001)).is_some());
    assert_eq!(follower.cold(kortti_store::ColdTable::CardPan, 3001).unwrap().as_deref(), Some(&b"pan"[..]));
    submit(&leader, card(3002)).await.unwrap();
    follower.refresh().await.unwrap();
    assert!(follower.state().card(CardId(3002)).is_some());
    // Everything in a purchase is in the answer.
    let paid = submit(&follower, transact(authorise(3001, 100))).await.unwrap();
    assert_eq!(paid.transaction.as_ref().unwrap().transaction.account, Some(ACCOUNT));
    let again = follower.submit(OURS, keyed(1), card(3003), Vec::new()).await.unwrap();
    let repeated = leader.submit(OURS, keyed(1), card(3003), Vec::new()).await.unwrap();
    assert_eq!((repeated.id, repeated.sequence, repeated.repeated), (again.id, again.sequence, true));
    follower.catch_up().await.unwrap();
    assert_same(leader.state(), follower.state());
    place.verify(leader.state());
}

#[tokio::test]
async fn refusal_of_another_process_shows_why() {
    let place = Place::furnished().await;
    let (_network, leader, follower) = two(&place).await;
    submit(&leader, card(3001)).await.unwrap();
    let refused = submit(&follower, card(3001)).await;
    assert!(matches!(refused, Err(LedgerError::Refused(_))), "{refused:?}");
    // What it was refused for can be read, so that the caller can do better.
    assert!(follower.state().card(CardId(3001)).is_some());
    assert_eq!(follower.state().ids().cards.take(), 3002);
}

#[tokio::test]
async fn clock_and_wipe_go_to_whoever_decides() {
    let place = Place::furnished().await;
    let (_network, leader, follower) = two(&place).await;
    submit(&leader, disposable(3001, START.plus_ms(10))).await.unwrap();
    let to = START.plus_ms(50);
    assert_eq!(follower.advance(ClockMove::To(to), origin()).await, Ok(to));
    assert_eq!((leader.clock().now(), follower.clock().now()), (to, to));
    // The closing and the move, once.
    assert_eq!(entries(&leader).len(), 6);
    follower.wipe().await.unwrap();
    assert_eq!((leader.state().card_count(), follower.state().card_count()), (0, 0));
    assert_eq!(follower.clock().now(), START);
    assert_eq!(leader.end().unwrap(), 0);
}

#[tokio::test]
async fn stopped_leader_hands_over() {
    let place = Place::furnished().await;
    let (_network, leader, follower) = two(&place).await;
    submit(&follower, card(3001)).await.unwrap();
    tokio::task::spawn_blocking(move || leader.stop()).await.unwrap();
    submit(&follower, card(3002)).await.unwrap();
    assert!(follower.is_leading());
    assert_eq!(place.store().lease(STREAM).unwrap().epoch, 2);
    place.verify(follower.state());
}

#[tokio::test]
async fn leader_that_stops_hands_over_before_its_last_snapshot_is_written() {
    let place = Place::furnished().await;
    let (network, leader, follower) = two(&place).await;
    submit(&leader, card(3001)).await.unwrap();
    let (arrived, release) = network.probe("leader").hold_first_row();
    let stopped = tokio::task::spawn_blocking(move || leader.stop());
    tokio::task::spawn_blocking(move || arrived.recv().unwrap()).await.unwrap();
    submit(&follower, card(3002)).await.unwrap();
    assert!(follower.is_leading());
    drop(release);
    stopped.await.unwrap();
    assert_eq!(place.snapshot_sequence(), 4, "what it had decided");
    submit(&follower, card(3003)).await.unwrap();
    tokio::task::spawn_blocking(move || {
        follower.stop();
        place.verify(follower.state());
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn leader_that_is_replaced_while_it_moves_the_clock_writes_nothing_in_another_epoch() {
    let place = Place::furnished().await;
    let (network, leader, follower) = two(&place).await;
    submit(&leader, disposable(3001, START.plus_ms(10))).await.unwrap();
    let probe = network.probe("leader");
    probe.on_append(|store, append| {
        let seen = store.lease(STREAM)?;
        store.replace_lease(STREAM, &seen, &Lease { epoch: 2, beat: 0, holder: b"third".to_vec() })?;
        store.append(append)
    });
    let (tell, told) = std::sync::mpsc::channel();
    probe.on_append(move |store, append| {
        tell.send(append.epoch).unwrap();
        store.append(append)
    });
    let to = START.plus_ms(100);
    assert_eq!(leader.advance(ClockMove::To(to), origin()).await, Ok(to));
    assert!(!told.try_iter().any(|epoch| epoch == 2), "that was another's");
    follower.catch_up().await.unwrap();
    leader.catch_up().await.unwrap();
    assert_eq!(entries(&follower).len(), 6);
    assert_same(leader.state(), follower.state());
}

#[tokio::test]
async fn process_that_cannot_follow_the_journal_does_not_keep_the_stream() {
    let place = Place::furnished().await;
    let (network, leader, second) = two(&place).await;
    network.probe("follower").before_read(|| Err(unavailable()));
    submit(&leader, card(3001)).await.unwrap();
    tokio::task::spawn_blocking(move || leader.stop()).await.unwrap();
    wait_until(|| place.store().lease(STREAM).unwrap().holder == b"follower").await;
    let third = network.join(&place, "third").await;
    submit(&third, card(3002)).await.unwrap();
    assert_eq!((second.is_leading(), third.is_leading()), (false, true));
    place.verify(third.state());
}

#[tokio::test]
async fn process_that_can_decide_no_more_does_not_keep_the_stream() {
    let place = Place::furnished().await;
    let (network, leader, follower) = two(&place).await;
    network.probe("leader").on_append(|_, _| panic!("as by a fault in the program"));
    assert_eq!(submit(&leader, card(3001)).await, Err(LedgerError::Unknown), "another may not do it again");
    wait_until(|| !leader.is_running()).await;
    submit(&follower, card(3002)).await.unwrap();
    assert!(follower.is_leading());
    place.verify(follower.state());
}

#[tokio::test]
async fn leader_that_was_asleep_can_write_nothing_and_hands_its_commands_over() {
    let place = Place::furnished().await;
    let (network, leader, follower) = two(&place).await;
    let probe = network.probe("leader");
    probe.fall_asleep();
    wait_for_lead(&follower).await;
    // It does not know of it, and the journal ends where it thinks.
    assert!(leader.is_leading());
    let ask = Ask::Submit {
        institution: OURS,
        origin: origin(),
        command: Box::new(card(3001)),
        cold: row(3001, b""),
    };
    assert_eq!(answer(&leader, &to_bytes(&ask)).await.0, Err(LedgerError::Elsewhere));
    assert_eq!(follower.end().unwrap(), 3);
    probe.wake_up();
    let late = submit(&leader, card(3002)).await.unwrap();
    assert_eq!((late.sequence, leader.is_leading()), (4, false));
    assert_same(leader.state(), follower.state());
    place.verify(follower.state());
}

#[tokio::test]
async fn process_that_cannot_be_reached_loses_the_stream_although_it_shows_life() {
    let place = Place::furnished().await;
    let (network, leader, follower) = two(&place).await;
    network.ledgers.lock().remove(&b"leader"[..]);
    submit(&follower, card(3001)).await.unwrap();
    assert!(follower.is_leading());
    submit(&leader, card(3002)).await.unwrap();
    place.verify(leader.state());
}

#[tokio::test]
async fn what_is_due_is_done_once() {
    let place = Place::furnished().await;
    let (_network, leader, follower) = two(&place).await;
    for id in 3001..3011 {
        submit(&follower, disposable(id, START.plus_ms(10))).await.unwrap();
    }
    leader.advance(ClockMove::To(START.plus_ms(100)), origin()).await.unwrap();
    submit(&follower, card(3011)).await.unwrap();
    // Each card is closed once, and the clock moved once.
    assert_eq!(entries(&follower).len(), 3 + 10 + 10 + 1 + 1);
    assert_same(leader.state(), follower.state());
}

#[tokio::test]
async fn stream_of_a_process_that_is_gone_is_taken() {
    let place = Place::furnished().await;
    let store = place.store();
    let held = Lease { epoch: 5, beat: 0, holder: b"elsewhere".to_vec() };
    assert!(store.replace_lease(STREAM, &Lease::FREE, &held).unwrap());
    let network = Arc::new(Network::default());
    let ledger = network.join(&place, "late").await;
    // It shows no sign of life, so its stream is taken.
    submit(&ledger, card(3001)).await.unwrap();
    assert_eq!(store.lease(STREAM).unwrap().epoch, 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn leader_that_finds_no_room_for_records_is_not_ready_because_it_shows_life() {
    let place = Place::furnished().await;
    let (network, leader, _follower) = two(&place).await;
    network.probe("leader").on_append(|_, _| Err(full()));
    assert_eq!(submit(&leader, card(3001)).await, Err(LedgerError::Unavailable));
    let shown = place.store().lease(STREAM).unwrap().beat;
    wait_until(|| place.store().lease(STREAM).unwrap().beat >= shown + 2).await;
    assert!(!leader.has_store());
    submit(&leader, card(3001)).await.unwrap();
    assert!(leader.has_store());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn leader_whose_journal_has_lost_its_end_leaves_the_stream_and_shows_nothing() {
    let place = Place::furnished().await;
    let network = Arc::new(Network::default());
    let leader = network.join(&place, "leader").await;
    submit(&leader, card(3001)).await.unwrap();
    submit(&leader, card(3002)).await.unwrap();
    network.probe("leader").cut_journal(4);
    assert!(submit(&leader, card(3003)).await.is_err());
    wait_until(|| place.store().lease(STREAM).unwrap().holder.is_empty()).await;
    assert!(!leader.is_leading() && !leader.has_store());
    assert_eq!(leader.refresh().await, Err(LedgerError::Unavailable));
    let other = network.join(&place, "other").await;
    wait_for_lead(&other).await;
    submit(&other, card(3003)).await.unwrap();
}
