//! Batches that are decided while the one below them is being written.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use kortti_core::transaction::Request;
use kortti_store::StoreError;
use tokio::task::JoinHandle;

use super::{
    concurrency::{spawn, spawn_as},
    given::{HOUR_MS, START, origin},
    place::{Place, entries},
    probe::{Probe, full, unavailable},
    till::{
        ONE, OTHER, assert_same_money, authorise, clear, funds, load, message, nth, reverse, send, transact,
        with_money,
    },
};
use crate::{ClockMove, Ledger, LedgerError, Outcome};

type Caller = JoinHandle<Result<Outcome, LedgerError>>;

/// A ledger that is writing a batch of eight authorisations of 10.00 each, stopped by the store.
struct Stage {
    place: Place,
    probe: Arc<Probe>,
    ledger: Arc<Ledger>,
    lower: Vec<Caller>,
    verdict: mpsc::Sender<Result<(), StoreError>>,
}

impl Stage {
    async fn set(minor: i64) -> Self {
        let place = with_money(minor).await;
        let (probe, ledger) = place.probed();
        let ledger = Arc::new(ledger);
        // One command alone is written by the engine; meanwhile enough gather to be handed over.
        let (plugged, unplug) = probe.hold();
        let plug = spawn(&ledger, transact(load(1))).await;
        plugged.recv().unwrap();
        let (arrive, arrived) = mpsc::channel();
        let (verdict, judged) = mpsc::channel();
        probe.on_append(move |store, append| {
            arrive.send(append.records.len()).unwrap();
            judged.recv().unwrap()?;
            store.append(append)
        });
        let mut lower = Vec::new();
        for id in 1..=8 {
            lower.push(send_from(&ledger, id, authorise(ONE, 1000)).await);
        }
        unplug.send(()).unwrap();
        plug.await.unwrap().unwrap();
        assert_eq!(arrived.recv().unwrap(), 8);
        Self { place, probe, ledger, lower, verdict }
    }

    /// Sends messages and returns when they have been decided.
    async fn decide(&self, requests: impl IntoIterator<Item = (u8, Request)>) -> Vec<Caller> {
        let mut upper = Vec::new();
        for (id, request) in requests {
            upper.push(send_from(&self.ledger, id, request).await);
        }
        let taken = async {
            while !self.ledger.messages.is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), taken).await.unwrap();
        upper
    }

    /// What is in the store and in memory agrees, and the account has these funds.
    fn check(self, expected: (i64, i64)) {
        assert_eq!(funds(self.ledger.state()), expected);
        self.ledger.stop();
        assert_same_money(self.place.ledger().state(), self.ledger.state());
        self.place.verify(self.ledger.state());
    }
}

async fn send_from(ledger: &Arc<Ledger>, id: u8, request: Request) -> Caller {
    let (origin, command) = message(id, request);
    spawn_as(ledger, origin, command).await
}

/// How many were approved, declined, and refused as unavailable.
async fn outcomes(callers: Vec<Caller>) -> (usize, usize, usize) {
    let mut counts = (0, 0, 0);
    for caller in callers {
        match caller.await.unwrap() {
            Ok(outcome) if outcome.transaction.as_ref().unwrap().transaction.approved => counts.0 += 1,
            Ok(_) => counts.1 += 1,
            Err(LedgerError::Unavailable) => counts.2 += 1,
            Err(other) => panic!("{other}"),
        }
    }
    counts
}

fn five() -> impl Iterator<Item = (u8, Request)> {
    (11..=15).map(|id| (id, authorise(OTHER, 1000)))
}

#[tokio::test]
async fn batch_is_decided_on_the_one_that_is_being_written() {
    let stage = Stage::set(10_000).await;
    let upper = stage.decide(five()).await;
    assert!(upper.iter().chain(&stage.lower).all(|caller| !caller.is_finished()));
    assert_eq!((funds(stage.ledger.state()), entries(&stage.ledger).len()), ((10_001, 0), 7));
    stage.verdict.send(Ok(())).unwrap();
    assert_eq!(outcomes(upper).await, (2, 3, 0));
    assert_eq!(stage.probe.appends(), 3);
    stage.check((10_001, 10_000));
}

#[tokio::test]
async fn what_stood_on_a_refused_batch_is_decided_again() {
    for error in [full, unavailable] {
        let mut stage = Stage::set(10_000).await;
        let upper = stage.decide(five()).await;
        stage.verdict.send(Err(error())).unwrap();
        assert_eq!(outcomes(std::mem::take(&mut stage.lower)).await, (0, 0, 8));
        assert_eq!(outcomes(upper).await, (5, 0, 0));
        stage.check((10_001, 5000));
    }
}

#[tokio::test]
async fn both_batches_are_decided_again_when_another_wrote_first() {
    let mut stage = Stage::set(10_000).await;
    let upper = stage.decide(five()).await;
    let other = stage.place.ledger();
    assert!(send(&other, authorise(OTHER, 5000)).await.transaction.approved);
    other.stop();
    stage.verdict.send(Ok(())).unwrap();
    let (approved, declined, _) = outcomes(std::mem::take(&mut stage.lower)).await;
    assert_eq!((approved, declined), (5, 3));
    assert_eq!(outcomes(upper).await, (0, 5, 0));
    stage.check((10_001, 10_000));
}

#[tokio::test]
async fn message_is_known_while_it_is_being_written() {
    let stage = Stage::set(10_000).await;
    let again = stage.decide([(3, authorise(ONE, 1000)), (20, load(1)), (20, load(1))]).await;
    stage.verdict.send(Ok(())).unwrap();
    let mut found = Vec::new();
    for caller in again {
        let outcome = caller.await.unwrap().unwrap();
        found.push((outcome.sequence, outcome.repeated));
    }
    assert_eq!(found, [(10, true), (16, false), (16, true)]);
    stage.check((10_002, 8000));
}

#[tokio::test]
async fn authorisation_goes_on_while_it_is_being_written() {
    let stage = Stage::set(10_000).await;
    // The plug is entry 7, so the eight begin with entry 8.
    let upper = stage
        .decide([
            (21, reverse(nth(8), None)),
            (22, clear(nth(9), 800, true)),
            (23, reverse(nth(9), None)),
            (24, authorise(OTHER, 3200)),
        ])
        .await;
    stage.verdict.send(Ok(())).unwrap();
    for caller in upper {
        assert!(caller.await.unwrap().is_ok());
    }
    stage.check((9201, 6000 + 3200));
}

#[tokio::test]
async fn clock_moves_only_when_all_before_it_is_written() {
    let stage = Stage::set(10_000).await;
    let upper = stage.decide(five()).await;
    let to = START.plus_ms(8 * 24 * HOUR_MS);
    let advance = stage.ledger.advance(ClockMove::To(to), origin());
    stage.verdict.send(Ok(())).unwrap();
    assert_eq!(advance.await, Ok(to));
    assert_eq!(outcomes(upper).await, (2, 3, 0));
    stage.check((10_001, 0));
}
