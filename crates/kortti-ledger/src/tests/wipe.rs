use kortti_core::{
    id::{CardId, IdempotencyKey},
    time::DAY_MS,
    view::View,
};
use kortti_store::ColdTable;

use super::{
    given::{ANN, OURS, START, account, card, customer, disposable, keyed, origin, product, row},
    place::{Place, assert_same, entries, submit},
};
use crate::ClockMove;
use crate::HotState;

#[tokio::test]
async fn wiped_ledger_is_as_new() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    ledger.submit(OURS, keyed(1), card(3001), row(3001, b"number")).await.unwrap();
    submit(&ledger, disposable(3002, START.plus_ms(2 * DAY_MS))).await.unwrap();
    ledger.advance(ClockMove::To(START.plus_ms(DAY_MS / 2)), origin()).await.unwrap();
    assert_eq!(ledger.state().lives(), 0);
    ledger.wipe().await.unwrap();

    let state = ledger.state();
    assert_eq!(state.lives(), 1);
    assert_same(state, &HotState::default());
    assert_eq!((state.ids().cards.take(), state.ids().customers.take()), (3001, 1001));
    assert_eq!(ledger.clock().now(), START);
    assert_eq!(ledger.find_answered(IdempotencyKey([1; 16])).await, Ok(None));
    assert_eq!(ledger.cold(ColdTable::CardPan, 3001).unwrap(), None);
    assert_eq!((*ledger.committed().borrow(), entries(&ledger).len()), (0, 0));
    ledger.stop();
    drop(ledger);
    assert_eq!(place.snapshot_sequence(), 0);
    assert_same(place.ledger().state(), &HotState::default());
}

#[tokio::test]
async fn wipe_that_fails_leaves_everything() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    submit(&ledger, card(3001)).await.unwrap();
    probe.fail_wipes();
    assert_eq!(ledger.wipe().await, Err(crate::LedgerError::Unavailable));
    submit(&ledger, card(3002)).await.unwrap();
    ledger.stop();
    assert_eq!(place.snapshot_sequence(), 5);
    assert_same(place.ledger().state(), ledger.state());
    place.verify(ledger.state());
}

#[tokio::test]
async fn wiped_ledger_goes_on() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    submit(&ledger, card(3001)).await.unwrap();
    ledger.wipe().await.unwrap();
    for command in [product(), customer(ANN, "C-9"), account(), card(3005)] {
        submit(&ledger, command).await.unwrap();
    }
    let first = &entries(&ledger)[0];
    assert_eq!((first.sequence, first.previous), (1, [0; 32]));
    ledger.stop();
    drop(ledger);
    let ledger = place.ledger();
    assert!(ledger.state().card(CardId(3005)).is_some());
    assert_eq!(ledger.state().card_count(), 1);
    place.verify(ledger.state());
}
