//! Clocks that go wrong while a process runs.

use std::{sync::Arc, time::Duration};

use kortti_core::time::DAY_MS;
use kortti_store::Store;

use super::{Network, two, wait_for_lead, wait_until};
use crate::{
    STREAM,
    tests::{
        given::{START, card, disposable},
        place::{Place, entries, submit},
    },
};

#[tokio::test]
async fn leader_whose_clock_goes_wrong_hands_over_until_it_is_right() {
    let place = Place::furnished().await;
    let (network, leader, follower) = two(&place).await;
    network.probe("leader").set_clock_ahead(DAY_MS);
    wait_for_lead(&follower).await;
    assert!(!leader.has_store(), "it is ready although it can decide nothing");
    assert!(follower.has_store());
    // What it is asked it still hands over.
    submit(&leader, card(3001)).await.unwrap();
    assert!(!leader.is_leading());
    network.probe("leader").set_clock_ahead(0);
    wait_until(|| leader.has_store()).await;
    tokio::task::spawn_blocking(move || follower.stop()).await.unwrap();
    submit(&leader, card(3002)).await.unwrap();
    assert!(leader.is_leading());
    place.verify(leader.state());
}

#[tokio::test]
async fn stream_is_left_free_by_a_process_whose_clock_is_wrong() {
    let place = Place::furnished().await;
    let (network, leader, follower) = two(&place).await;
    network.probe("follower").set_clock_ahead(-DAY_MS);
    wait_until(|| !follower.has_store()).await;
    tokio::task::spawn_blocking(move || leader.stop()).await.unwrap();
    // Long enough to look twice.
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(place.store().lease(STREAM).unwrap().holder, b"");
    let third = network.join(&place, "third").await;
    submit(&third, card(3001)).await.unwrap();
    assert_eq!((follower.is_leading(), third.is_leading()), (false, true));
}

#[tokio::test]
async fn engine_of_a_leader_whose_clock_goes_wrong_does_nothing_that_is_due() {
    let place = Place::furnished().await;
    let network = Arc::new(Network::default());
    let leader = network.join(&place, "leader").await;
    submit(&leader, disposable(3001, START.plus_ms(10))).await.unwrap();
    network.probe("leader").set_clock_ahead(DAY_MS);
    wait_until(|| !leader.is_leading()).await;
    // As if it had been set.
    leader.clock().set_ahead_ms(DAY_MS);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(leader.end().unwrap(), 4);
    assert!(!leader.is_led());
}

/// Its clock has been ahead: uses have left its windows that the journal still counts.
#[tokio::test]
async fn process_for_which_too_much_time_has_passed_does_not_decide() {
    let place = Place::furnished().await;
    let (network, leader, follower) = two(&place).await;
    follower.state().note_time(START.plus_ms(DAY_MS));
    tokio::task::spawn_blocking(move || leader.stop()).await.unwrap();
    wait_until(|| place.store().lease(STREAM).unwrap().holder == b"follower").await;
    let third = network.join(&place, "third").await;
    submit(&third, card(3001)).await.unwrap();
    assert_eq!((follower.is_leading(), third.is_leading()), (false, true));
    assert!(entries(&third).iter().all(|entry| entry.at == START));
}
