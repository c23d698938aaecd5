use std::sync::Arc;

use kortti_core::{
    decide::{Command, IssueCard, Refusal},
    entry::Origin,
    id::{CardId, IdempotencyKey},
    view::View,
};
use tokio::{
    sync::oneshot,
    task::{JoinHandle, JoinSet},
};

use super::{
    given::{OURS, card, issue, keyed, origin},
    place::{Place, entries, submit},
};
use crate::{Ledger, LedgerError, Outcome};

const CALLERS: i64 = 64;

/// Submits all commands at once and gives what each came to.
pub async fn all_at_once(
    ledger: &Arc<Ledger>,
    commands: impl IntoIterator<Item = Command>,
) -> Vec<Result<Outcome, LedgerError>> {
    let mut callers = JoinSet::new();
    for command in commands {
        let ledger = Arc::clone(ledger);
        callers.spawn(async move { submit(&ledger, command).await });
    }
    callers.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_wins_the_same_number() {
    let place = Place::furnished().await;
    let ledger = Arc::new(place.ledger());
    let commands = (1..=CALLERS)
        .map(|id| Command::IssueCard(IssueCard { pan_index: issue(0).pan_index, ..issue(3000 + id) }));
    let (won, lost): (Vec<_>, Vec<_>) =
        all_at_once(&ledger, commands).await.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), ledger.state().card_count(), entries(&ledger).len()), (1, 1, 4));
    assert!(lost.iter().all(|lost| *lost == Err(LedgerError::Refused(Refusal::NumberTaken))));
    let id = won[0].as_ref().unwrap().id;
    assert_eq!(ledger.state().card_by_number(OURS, issue(0).pan_index), Some(CardId(id)));
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_are_all_kept() {
    let place = Place::furnished().await;
    let ledger = Arc::new(place.ledger());
    let outcomes = all_at_once(&ledger, (1..=CALLERS).map(|id| card(3000 + id))).await;
    let mut sequences: Vec<u64> = outcomes.into_iter().map(|outcome| outcome.unwrap().sequence).collect();
    sequences.sort_unstable();
    assert!(sequences.into_iter().eq(4..68));
    assert_eq!(ledger.state().card_count(), 64);
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_never_see_what_is_not_on_the_disk() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    let ledger = Arc::new(ledger);
    let (arrived, release) = probe.hold();
    let caller = Arc::clone(&ledger);
    let answer = tokio::spawn(async move { caller.submit(OURS, keyed(1), card(3001), Vec::new()).await });
    arrived.recv().unwrap();

    let state = ledger.state();
    assert_eq!(state.card(CardId(3001)), None);
    assert_eq!(state.card_by_number(OURS, issue(3001).pan_index), None);
    assert_eq!(state.card_by_reference(issue(3001).reference), None);
    assert!(state.cards_of_customer(issue(3001).customer, 0, 9).is_empty());
    assert_eq!(ledger.find_answered(IdempotencyKey([1; 16])).await, Ok(None));
    assert_eq!((*ledger.committed().borrow(), entries(&ledger).len()), (3, 3));
    assert!(!answer.is_finished());

    release.send(()).unwrap();
    assert_eq!(answer.await.unwrap().unwrap().id, 3001);
    assert!(state.card(CardId(3001)).is_some());
    assert_eq!(
        ledger.find_answered(IdempotencyKey([1; 16])).await.unwrap().map(|found| found.id),
        Some(3001)
    );
}

#[tokio::test]
async fn commands_gather_while_a_batch_is_written() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    let ledger = Arc::new(ledger);
    let (arrived, release) = probe.hold();
    let first = spawn(&ledger, card(3000)).await;
    arrived.recv().unwrap();

    let mut waiting = Vec::new();
    for id in 1..=CALLERS {
        waiting.push(spawn(&ledger, card(3000 + id)).await);
    }
    release.send(()).unwrap();
    first.await.unwrap().unwrap();
    for caller in waiting {
        caller.await.unwrap().unwrap();
    }
    assert_eq!(probe.appends(), 2);
}

/// Submits a command and returns when it waits in the ledger's queue. Only for tests on one thread.
pub async fn spawn(ledger: &Arc<Ledger>, command: Command) -> JoinHandle<Result<Outcome, LedgerError>> {
    spawn_as(ledger, origin(), command).await
}

/// The same on behalf of `origin`.
pub async fn spawn_as(
    ledger: &Arc<Ledger>,
    origin: Origin,
    command: Command,
) -> JoinHandle<Result<Outcome, LedgerError>> {
    let (ledger, (started, running)) = (Arc::clone(ledger), oneshot::channel());
    let task = tokio::spawn(async move {
        let _ = started.send(());
        // From here to the queue nothing waits, so nothing else runs.
        ledger.submit(OURS, origin, command, Vec::new()).await
    });
    running.await.unwrap();
    task
}
