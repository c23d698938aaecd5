//! Commands whose answer does not come.

use super::*;

#[tokio::test]
async fn silent_leader_is_replaced_and_its_command_in_doubt_is_done_once() {
    for accident in [Accident::DiesAfter, Accident::DiesBefore] {
        let place = Place::furnished().await;
        let (network, leader, follower) = two(&place).await;
        submit(&leader, card(3001)).await.unwrap();
        network.accidents.lock().push_back(accident);
        let outcome =
            follower.submit(OURS, requested(7), transact(authorise(3001, 100)), Vec::new()).await.unwrap();
        assert_eq!((outcome.sequence, outcome.repeated), (5, false));
        assert_eq!(outcome.transaction.unwrap().transaction.account, Some(ACCOUNT));
        assert_eq!(entries(&follower).len(), 5);
        // With a key it need not be looked for.
        tokio::task::spawn_blocking(move || follower.stop()).await.unwrap();
        let (network, leader, third) = two(&place).await;
        network.accidents.lock().push_back(accident);
        let keyed = third.submit(OURS, keyed(9), card(3002), Vec::new()).await.unwrap();
        assert_eq!((keyed.id, keyed.repeated), (3002, accident == Accident::DiesAfter));
        assert_eq!(entries(&third).len(), 6);
        drop(leader);
        place.verify(third.state());
    }
}

#[tokio::test]
async fn process_that_is_cut_off_loses_the_stream_and_a_command_in_doubt_is_done_once() {
    let place = Place::furnished().await;
    let (network, leader, follower) = two(&place).await;
    submit(&leader, card(3001)).await.unwrap();
    network.accidents.lock().push_back(Accident::IsCutOff);
    let paid = transact(authorise(3001, 100));
    let outcome = follower.submit(OURS, requested(7), paid, Vec::new()).await.unwrap();
    assert_eq!((outcome.sequence, outcome.repeated), (5, false));
    assert!(follower.is_leading());
    follower.catch_up().await.unwrap();
    assert_eq!(entries(&follower).len(), 5);
    place.verify(follower.state());
}

#[tokio::test]
async fn lost_answer_is_found_in_the_journal() {
    let place = Place::furnished().await;
    let (network, leader, follower) = two(&place).await;
    submit(&leader, card(3001)).await.unwrap();
    network.accidents.lock().push_back(Accident::LosesAnswer);
    let paid = transact(authorise(3001, 100));
    let outcome = follower.submit(OURS, requested(7), paid, Vec::new()).await.unwrap();
    assert_eq!((outcome.sequence, outcome.repeated), (5, false));
    assert_eq!(outcome.transaction.unwrap().transaction.account, Some(ACCOUNT));
    // Whoever did it goes on leading.
    assert!(leader.is_leading());
    place.verify(leader.state());
}

#[tokio::test]
async fn lost_answer_that_is_found_and_not_confirmed_is_not_given() {
    let place = Place::furnished().await;
    let (network, leader, follower) = two(&place).await;
    network.accidents.lock().push_back(Accident::LosesAnswer);
    network.probe("follower").confirm_nothing(true);
    let asked = follower.submit(OURS, requested(7), card(3001), Vec::new()).await;
    assert_eq!(asked, Err(LedgerError::Unknown));
    assert_eq!(entries(&leader).len(), 4);
}

#[tokio::test]
async fn lost_answer_is_not_looked_for_in_another_journal() {
    let place = Place::furnished().await;
    let (network, _leader, follower) = two(&place).await;
    // The second is whether the process can be reached at all.
    network.accidents.lock().extend([Accident::LosesAnswer, Accident::DiesAfterWipe]);
    let asked = follower.submit(OURS, requested(7), customer(CustomerId(1002), "C-2"), Vec::new()).await;
    assert_eq!(asked, Err(LedgerError::Unknown));
    assert_eq!(follower.end().unwrap(), 0, "it is not done once more");
}

#[tokio::test]
async fn process_that_never_answers_is_not_waited_for_for_ever() {
    let place = Place::furnished().await;
    let network = Arc::new(Network::default());
    let _leader = network.join(&place, "leader").await;
    let follower = network.join_with(&place, "follower", Duration::from_millis(1)).await;
    network.accidents.lock().push_back(Accident::IsSilent);
    let asked = follower.submit(OURS, keyed(1), card(3001), Vec::new());
    let answer = tokio::time::timeout(Duration::from_secs(60), asked).await.unwrap();
    assert_eq!(answer, Err(LedgerError::Unknown));
}
