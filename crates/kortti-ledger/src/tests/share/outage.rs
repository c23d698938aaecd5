//! The store goes away.

use kortti_core::id::IdempotencyKey;

use super::{super::durable::server_that_was_behind, *};

#[tokio::test]
async fn what_the_leader_could_not_do_is_not_in_doubt_where_it_was_asked() {
    let place = Place::furnished().await;
    let (network, leader, follower) = two(&place).await;
    network.probe("leader").set_gone(true);
    network.probe("follower").set_gone(true);
    assert_eq!(submit(&leader, card(3001)).await, Err(LedgerError::Unavailable));
    assert_eq!(submit(&follower, card(3001)).await, Err(LedgerError::Unavailable));
    network.probe("leader").set_gone(false);
    network.probe("follower").set_gone(false);
    submit(&follower, card(3001)).await.unwrap();
    place.verify(leader.state());
}

#[tokio::test]
async fn refusal_of_another_process_holds_although_the_journal_cannot_be_followed() {
    let place = Place::furnished().await;
    let (network, leader, follower) = two(&place).await;
    submit(&leader, card(3001)).await.unwrap();
    network.probe("follower").set_gone(true);
    let refused = submit(&follower, card(3001)).await;
    assert!(matches!(refused, Err(LedgerError::Refused(_))), "{refused:?}");
    // What was done is another matter: here it cannot be seen.
    assert_eq!(submit(&follower, card(3002)).await, Err(LedgerError::Unknown));
}

#[tokio::test]
async fn nobody_is_kept_waiting_for_a_leader_where_the_store_has_gone_as_well() {
    let place = Place::furnished().await;
    let network = Arc::new(Network::default());
    let _leader = network.join(&place, "leader").await;
    let follower = network.join_with(&place, "follower", Duration::from_secs(6000)).await;
    network.ledgers.lock().remove(&b"leader"[..]);
    let probe = network.probe("follower");
    probe.set_gone(true);
    let asked = submit(&follower, card(3001));
    let answer = tokio::time::timeout(Duration::from_secs(60), asked).await.unwrap();
    assert_eq!(answer, Err(LedgerError::Unavailable));
    // That it is back is found out a moment later, and then the stream is taken.
    probe.set_gone(false);
    while submit(&follower, card(3001)).await == Err(LedgerError::Unavailable) {}
    assert!(follower.is_leading());
}

#[tokio::test]
async fn follower_misses_what_its_clients_were_told_and_no_more() {
    for (is_told, in_common, is_missed) in [(true, 3, true), (true, 4, false), (false, 3, false)] {
        let place = Place::furnished().await;
        let (network, leader, follower) = two(&place).await;
        let asked = if is_told { &follower } else { &leader };
        submit(asked, card(3001)).await.unwrap();
        // Of this the follower's clients hear nothing in either case.
        submit(&leader, card(3002)).await.unwrap();
        follower.catch_up().await.unwrap();
        let (_behind, successor) = server_that_was_behind(&place, in_common).await;
        network.probe("follower").fail_over(Arc::clone(&successor.store));
        let expected = if is_missed { Err(LedgerError::Unavailable) } else { Ok(()) };
        assert_eq!(follower.catch_up().await, expected);
        assert_eq!(follower.has_store(), !is_missed);
    }
}

#[tokio::test]
async fn follower_misses_what_its_clients_were_told_after_it_was_read_or_before() {
    for is_read_first in [true, false] {
        let place = Place::furnished().await;
        let (network, leader, follower) = two(&place).await;
        submit(&leader, card(3001)).await.unwrap();
        let paid = || transact(authorise(3001, 100));
        if is_read_first {
            leader.submit(OURS, keyed(1), paid(), Vec::new()).await.unwrap();
            follower.catch_up().await.unwrap();
        }
        let told = follower.submit(OURS, keyed(1), paid(), Vec::new()).await.unwrap();
        assert_eq!((told.sequence, told.repeated), (5, is_read_first));
        submit(&leader, card(3002)).await.unwrap();
        follower.catch_up().await.unwrap();
        let (_behind, successor) = server_that_was_behind(&place, 4).await;
        network.probe("follower").fail_over(Arc::clone(&successor.store));
        assert_eq!(follower.catch_up().await, Err(LedgerError::Unavailable));
    }
}

#[tokio::test]
async fn what_was_lost_is_not_vouched_for_by_what_has_its_place_now() {
    let place = Place::furnished().await;
    let (network, leader, follower) = two(&place).await;
    leader.submit(OURS, keyed(1), card(3001), Vec::new()).await.unwrap();
    follower.catch_up().await.unwrap();
    let (behind, _) = server_that_was_behind(&place, 3).await;
    let successor = network.join(&behind, "successor").await;
    // The follower hears of the new entries from the one that decides now, and has not followed that yet.
    let probe = network.probe("successor");
    network.ledgers.lock().insert(b"leader".to_vec(), (Arc::downgrade(&successor), probe));
    let told = follower.submit(OURS, keyed(2), transact(authorise(4001, 100)), Vec::new()).await.unwrap();
    assert_eq!(told.sequence, 5);
    network.probe("follower").fail_over(behind.store());
    // Nobody was told of the first on this server, so it is not known there.
    assert_eq!(follower.find_answered(IdempotencyKey([1; 16])).await, Ok(None));
    assert_same(follower.state(), successor.state());
    assert!(follower.has_store());
}
