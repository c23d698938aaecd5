//! Verification: the journal from its first entry, and the state that a server would start with against a full replay.

use std::{collections::BTreeMap, num::Wrapping};

use kortti_core::{
    decide::decide,
    entry::Entry,
    event::Event,
    id::{IdempotencyKey, InstitutionId},
    reference::Currency,
    time::Timestamp,
    transaction::Book,
    usage::ROLLING_MS,
    view::{self, View},
};
use kortti_store::{Head, Store};

use crate::{
    HotState, STREAM,
    batch::Batch,
    journal::{self, JournalError},
    recall::Recall,
    replay,
    reversals::is_remembered,
    snapshot::{self, Dirty, Flaw},
    start::tail,
    transactions::Transactions,
};

const CHUNK: usize = 4096;

/// A journal that holds.
pub struct Verified {
    /// Where it ends.
    pub head: Head,
    /// The state it folds to.
    pub state: HotState,
}

/// Follows the whole chain, calling `visit` for every entry, and compares what it folds to with what a server would start from.
/// Others may go on writing meanwhile: what they write after the end that this finds is not looked at.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify_journal(
    store: &dyn Store,
    visit: &mut dyn FnMut(&Entry) -> Result<(), JournalError>,
) -> Result<Verified, JournalError> {
    let state = HotState::default();
    let begun = follow_chain(store, (Head::EMPTY, Timestamp(i64::MIN)), &state, visit)?;
    let started = HotState::default();
    let snapshot = match snapshot::try_read(store, STREAM, &started)? {
        Ok(sequence) => sequence,
        // A start would go on without it, but it says something of the disk.
        Err(Flaw::Damaged) => return Err(JournalError::Snapshot),
        Err(_) => 0,
    };
    // No row of it knows more than the journal does by now.
    let (head, _) = follow_chain(store, begun, &state, visit)?;
    if snapshot > head.sequence {
        return Err(JournalError::entry(snapshot, "is in the snapshot and not in the journal"));
    }
    tail(store, snapshot, head.sequence, &started, &mut Dirty::default())?;
    check_books(&state).map_err(|what| JournalError::entry(head.sequence, what))?;
    align_windows(&state, &started);
    match first_difference(&state, &started) {
        None => Ok(Verified { head, state }),
        Some(what) => Err(JournalError::entry(head.sequence, format!("{what} differs from a full replay"))),
    }
}

/// Follows the chain from where it stood at some time to its end, and returns that with its time.
fn follow_chain(
    store: &dyn Store,
    (mut head, mut last_at): (Head, Timestamp),
    state: &HotState,
    visit: &mut dyn FnMut(&Entry) -> Result<(), JournalError>,
) -> Result<(Head, Timestamp), JournalError> {
    loop {
        let records = store.read(STREAM, head.sequence, CHUNK)?;
        let mut batch = Batch::over(state, Recall::Nowhere);
        for record in &records {
            let entry = journal::check_link(record, STREAM, &mut head)?;
            if entry.at < last_at {
                return Err(JournalError::entry(record.sequence, "is earlier than the entry before it"));
            }
            check_decision(&entry, store, &mut batch)?;
            journal::apply(&entry, &mut batch)?;
            visit(&entry)?;
            last_at = entry.at;
        }
        batch.into_changes().merge_into(state, &mut Dirty::default());
        if records.len() < CHUNK {
            return Ok((head, last_at));
        }
    }
}

/// Visits what others have written behind `head`.
///
/// # Errors
/// When it does not go on from there.
pub fn visit_behind(
    store: &dyn Store,
    mut head: Head,
    visit: &mut dyn FnMut(&Entry),
) -> Result<(), JournalError> {
    loop {
        let records = store.read(STREAM, head.sequence, CHUNK)?;
        for record in &records {
            visit(&journal::check_link(record, STREAM, &mut head)?);
        }
        if records.len() < CHUNK {
            return Ok(());
        }
    }
}

/// A transaction is decided again on the state before it: approval, amounts, postings and every check with its numbers must
/// come out as they were recorded.
fn check_decision<'a>(
    entry: &Entry,
    store: &'a dyn Store,
    batch: &mut Batch<'a>,
) -> Result<(), JournalError> {
    let Event::Transacted(recorded) = &entry.event else { return Ok(()) };
    let fail = |what: &str| Err(JournalError::entry(entry.sequence, what));
    if recorded.postings.iter().map(|posting| i128::from(posting.minor)).sum::<i128>() != 0 {
        return fail("has postings that do not add up to zero");
    }
    let Some(institution) = entry.origin.institution else { return fail("belongs to no institution") };
    batch.recall_through(Recall::AsOf { store, last: recorded.previous });
    view::expire_uses(entry.at, batch);
    let command = replay::command(entry, recorded);
    let decided = decide(&command, institution, entry.at, &*batch);
    if let Some(error) = batch.take_failure() {
        return Err(error);
    }
    match decided.as_ref().map(|decision| decision.events.as_slice()) {
        Ok([Event::Transacted(again)]) if again == recorded => Ok(()),
        Ok(_) => fail("is decided differently when it is decided again"),
        Err(refusal) => fail(&format!("is refused when it is decided again: {refusal}")),
    }
}

/// The books of each institution and currency add up to zero, and those that accounts have are the sums of the accounts'.
fn check_books(state: &HotState) -> Result<(), String> {
    let mut sums: BTreeMap<(InstitutionId, Currency), [Wrapping<i64>; 3]> = BTreeMap::new();
    for ((institution, currency, book), minor) in &*state.transactions.books.read() {
        let minor = Wrapping(*minor);
        let [all, balance, held] = sums.entry((*institution, *currency)).or_default();
        *all += minor;
        match book {
            Book::Balance => *balance += minor,
            Book::Held => *held += minor,
            _ => {}
        }
    }
    let mut orphan = None;
    state.transactions.accounts.for_each(|id, activity| match state.account(*id) {
        None => orphan = orphan.or(Some(*id)),
        Some(account) => {
            let [_, balance, held] = sums.entry((account.institution, account.currency)).or_default();
            *balance -= Wrapping(activity.funds.balance);
            *held -= Wrapping(activity.funds.held);
        }
    });
    if let Some(id) = orphan {
        return Err(format!("account {id} has transactions and does not exist"));
    }
    match sums.into_iter().find(|(_, sums)| *sums != [Wrapping(0); 3]) {
        None => Ok(()),
        Some(((institution, currency), _)) => {
            Err(format!("the books of institution {institution} in {} do not add up", currency.code()))
        }
    }
}

/// Brings the rolling windows of two states to the same time: what has left one of them has left it by time alone. What is still
/// in both stays, so that a sum that was wrong is wrong afterwards.
pub(crate) fn align_windows(one: &HotState, other: &HotState) {
    let oldest = |state: &HotState| state.transactions.uses.lock().front().map(|oldest| oldest.at);
    let to = match (oldest(one), oldest(other)) {
        (Some(one), Some(other)) => one.max(other).plus_ms(ROLLING_MS - 1),
        _ => Timestamp::MAX,
    };
    for state in [one, other] {
        let mut batch = Batch::over(state, Recall::Nowhere);
        view::expire_uses(to, &mut batch);
        batch.into_changes().merge_into(state, &mut Dirty::default());
    }
}

/// The first thing in which two states differ.
pub(crate) fn first_difference(one: &HotState, other: &HotState) -> Option<String> {
    let mut difference = None;
    let mut note = |differs: bool, what: &str, id: i64| {
        if differs && difference.is_none() {
            difference = Some(format!("{what} {id}"));
        }
    };
    one.cards.for_each(|id, card| note(other.card(*id).as_ref() != Some(card), "card", id.0));
    other.cards.for_each(|id, _| note(one.card(*id).is_none(), "card", id.0));
    one.accounts.for_each(|id, account| note(other.account(*id).as_ref() != Some(account), "account", id.0));
    other.accounts.for_each(|id, _| note(one.account(*id).is_none(), "account", id.0));
    one.customers.for_each(|id, found| note(other.customer(*id).as_ref() != Some(found), "customer", id.0));
    other.customers.for_each(|id, _| note(one.customer(*id).is_none(), "customer", id.0));
    // A replay knows every answer ever given, a server those that may still be repeated, and some others.
    let now = one.decided_at().max(other.decided_at());
    for (state, other) in [(one, other), (other, one)] {
        state.answered.for_each(|key, found| {
            let is_known = found.is_known_at(now, |id| state.transactions.is_open(id));
            note(is_known && other.answered.find(key) != Some(*found), "answer", found.id);
        });
    }
    note(*one.products.read() != *other.products.read(), "product list", 0);
    note(*one.clients.read() != *other.clients.read(), "client list", 0);
    note(one.keys() != other.keys(), "key list", 0);
    note(one.clock_ahead_ms() != other.clock_ahead_ms(), "clock", 0);
    let (money, others) = (&one.transactions, &other.transactions);
    let what = "what was done with card";
    money.cards.for_each(|id, found| note(others.cards.find(id).as_ref() != Some(found), what, id.0));
    others.cards.for_each(|id, _| note(money.cards.find(id).is_none(), what, id.0));
    let what = "what was done with account";
    money.accounts.for_each(|id, found| note(others.accounts.find(id).as_ref() != Some(found), what, id.0));
    others.accounts.for_each(|id, _| note(money.accounts.find(id).is_none(), what, id.0));
    money
        .open
        .for_each(|id, found| note(others.open.find(id).as_ref() != Some(found), "authorisation", id.0));
    others.open.for_each(|id, _| note(money.open.find(id).is_none(), "authorisation", id.0));
    note(*money.books.read() != *others.books.read(), "book", 0);
    let (reversals, other_reversals) = (remembered(money, now), remembered(others, now));
    note(reversals != other_reversals, "list of reversals before their messages", 0);
    let (uses, other_uses) = (money.uses.lock(), others.uses.lock());
    uses.iter().zip(other_uses.iter()).for_each(|(use_, other)| note(use_ != other, "use", use_.id.0));
    note(uses.len() != other_uses.len(), "number of uses", 0);
    difference
}

/// The reversals that came before their messages and count at `now`.
fn remembered(money: &Transactions, now: Timestamp) -> BTreeMap<IdempotencyKey, Timestamp> {
    let reversals = money.reversals.read();
    let remembered = reversals.iter().filter(|(_, at)| is_remembered(**at, now));
    remembered.map(|(message, at)| (*message, *at)).collect()
}
