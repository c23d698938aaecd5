use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use kortti_core::{
    customer::{Customer, CustomerKind},
    id::{BlindIndex, CustomerId},
    view::View,
};

use super::{
    concurrency::spawn,
    given::{ANN, OURS, card, customer, renamed},
    place::{Place, submit},
};
use crate::HotState;

fn ann(personal_revision: u32) -> Arc<Customer> {
    let (number, registration) = ("C-1".into(), BlindIndex([1; 16]));
    let kind = CustomerKind::Private;
    Arc::new(Customer { id: ANN, institution: OURS, kind, number, registration, personal_revision })
}

#[test]
fn customer_is_found_at_every_moment_of_an_update() {
    let state = HotState::default();
    state.commit_customer(ann(0));
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut missed = 0;
            while !ended.load(Ordering::Relaxed) {
                missed += u32::from(state.customer_by_number(OURS, "C-1").is_none());
                missed += u32::from(state.customer_by_registration(OURS, BlindIndex([1; 16])).is_none());
            }
            missed
        });
        (1..200_000).for_each(|revision| state.commit_customer(ann(revision)));
        ended.store(true, Ordering::Relaxed);
        assert_eq!(reader.join().unwrap(), 0);
    });
}

#[tokio::test]
async fn numbers_change_hands_within_one_batch() {
    let place = Place::furnished().await;
    let (bob, carl) = (CustomerId(1002), CustomerId(1003));
    let (probe, ledger) = place.probed();
    let ledger = Arc::new(ledger);
    submit(&ledger, customer(bob, "C-2")).await.unwrap();
    let (arrived, release) = probe.hold();
    let plug = spawn(&ledger, card(3000)).await;
    arrived.recv().unwrap();
    // Ann and Bob exchange their numbers by way of a third, which Carl gets in the end.
    let commands = [renamed(ANN, "C-3"), renamed(bob, "C-1"), renamed(ANN, "C-2"), customer(carl, "C-3")];
    let mut waiting = Vec::new();
    for command in commands {
        waiting.push(spawn(&ledger, command).await);
    }
    release.send(()).unwrap();
    plug.await.unwrap().unwrap();
    for caller in waiting {
        caller.await.unwrap().unwrap();
    }
    assert_eq!(probe.appends(), 3, "the four were one batch");
    let holder = |number| ledger.state().customer_by_number(OURS, number);
    assert_eq!((holder("C-1"), holder("C-2"), holder("C-3")), (Some(bob), Some(ANN), Some(carl)));
    ledger.stop();
    place.verify(ledger.state());
}
