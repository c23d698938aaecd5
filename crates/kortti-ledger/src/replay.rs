//! Replay: the decisions of the journal taken again, under the rules of today or under others.

mod under;

use std::{collections::BTreeMap, ops::ControlFlow};

use kortti_core::{
    calendar::Zone,
    card::Blocks,
    controls::Controls,
    decide::{Command, Refusal, Transact, decide},
    entry::Entry,
    event::Event,
    id::{AccountId, CardId, InstitutionId},
    limit::Limits,
    product::{ByMcc, Product, Terms},
    transaction::{CheckKind, Transaction},
    view::{self, View},
};
use kortti_store::{Head, Store};

use self::under::Under;
use crate::{
    HotState, Recorded, STREAM, batch::Batch, journal, journal::JournalError, recall::Recall, snapshot,
    snapshot::Dirty, start::tail,
};

/// How many entries are read at once.
const CHUNK: usize = 4096;

/// Rules in place of those of today.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Of products.
    pub products: BTreeMap<(InstitutionId, Box<str>), ProductRules>,
    /// Limits of cards.
    pub cards: BTreeMap<CardId, Limits>,
    /// Limits of accounts.
    pub accounts: BTreeMap<AccountId, AccountRules>,
}

/// Rules of a product; what is absent stays as it is today.
#[derive(Clone, Debug, Default)]
pub struct ProductRules {
    /// The limits of cards that have none of their own.
    pub limits: Option<Limits>,
    /// Blocks of every card, in place of its own.
    pub blocks: Option<Blocks>,
    /// Where the days of limits begin.
    pub zone: Option<Zone>,
    /// For how many days authorisations hold money.
    pub hold_days: Option<Vec<ByMcc<u16>>>,
    /// By how many percent a clearing may exceed its authorisation.
    pub tolerance_percent: Option<Vec<ByMcc<u16>>>,
    /// Controls of cards that have none of their own.
    pub controls: Option<Controls>,
}

impl ProductRules {
    fn apply(&self, product: &mut Product) {
        let mut terms = product.terms.take().map_or_else(Terms::default, |terms| *terms);
        fn put<T: Clone>(place: &mut T, rule: Option<&T>) {
            if let Some(rule) = rule {
                place.clone_from(rule);
            }
        }
        put(&mut product.limits, self.limits.as_ref());
        put(&mut terms.zone, self.zone.as_ref());
        put(&mut terms.hold_days, self.hold_days.as_ref());
        put(&mut terms.tolerance_percent, self.tolerance_percent.as_ref());
        put(&mut terms.controls, self.controls.as_ref());
        product.terms = (terms != Terms::default()).then(|| Box::new(terms));
    }
}

/// Rules of an account; what is absent stays as it is today.
#[derive(Clone, Debug, Default)]
pub struct AccountRules {
    /// Its limits.
    pub limits: Option<Limits>,
    /// What its holder may owe, in minor units.
    pub credit_limit: Option<i64>,
}

impl Rules {
    /// # Errors
    /// All that they name and that there is not. Rules of nothing would change nothing, and look harmless.
    fn check(&self, today: &HotState) -> Result<(), ReplayError> {
        let has_product = |institution: InstitutionId, code: &str| {
            today.products(institution).iter().any(|product| &*product.code == code)
        };
        let products = self.products.keys().filter(|(institution, code)| !has_product(*institution, code));
        let products =
            products.map(|(institution, code)| format!("product {code} in institution {institution}"));
        let cards = self.cards.keys().filter(|id| today.card(**id).is_none());
        let accounts = self.accounts.keys().filter(|id| today.account(**id).is_none());
        let unknown: Vec<String> = products
            .chain(cards.map(|id| format!("card {id}")))
            .chain(accounts.map(|id| format!("account {id}")))
            .collect();
        if unknown.is_empty() { Ok(()) } else { Err(ReplayError::Unknown { what: unknown.join(", ") }) }
    }
}

/// Why nothing can be decided again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The store fails or the journal is damaged.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// There are rules of what does not exist.
    #[error("there is no {what}")]
    Unknown {
        /// All of it, in words.
        what: String,
    },
    /// Nothing is in the range.
    #[error("the journal ends with entry {last}, before entry {from}")]
    Behind {
        /// The first entry that was to be decided again.
        from: u64,
        /// The last one there is.
        last: u64,
    },
}

/// What a replay came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Replayed {
    /// How many transactions were decided again.
    pub decided: u64,
    /// How many came out the same bit for bit.
    pub identical: u64,
    /// How many would have been decided the same, with other numbers in their explanation.
    pub explained_differently: u64,
    /// How many would have been decided differently.
    pub different: u64,
}

/// A transaction that would come out differently, and how.
pub struct Difference<'a> {
    /// As it was.
    pub recorded: &'a Recorded,
    /// As it would be; a refusal where it would make no sense any more.
    pub again: &'a Result<Transaction, Refusal>,
}

/// Decides the transactions of the entries from `from` to `to` again, each on the state as it was then, but under the limits,
/// blocks, controls and products of today, or `rules` in their place. Calls `visit` for every one that would be decided
/// differently, until it has enough.
///
/// # Errors
/// When the rules name what does not exist, the journal ends before `from`, the store fails or the journal is damaged.
pub fn replay(
    store: &dyn Store,
    rules: &Rules,
    range: (u64, u64),
    visit: &mut dyn FnMut(&Difference<'_>) -> ControlFlow<()>,
) -> Result<Replayed, ReplayError> {
    let today = HotState::default();
    // Whoever only reads throws nothing away.
    let snapshot = snapshot::try_read(store, STREAM, &today).map_err(JournalError::from)?.unwrap_or(0);
    let last = tail(store, snapshot, u64::MAX, &today, &mut Dirty::default())?.sequence;
    rules.check(&today)?;
    if range.0 > last.max(1) {
        return Err(ReplayError::Behind { from: range.0, last });
    }
    Ok(replay_on(&today, store, rules, range, visit)?)
}

/// The same on the state of today.
fn replay_on(
    today: &HotState,
    store: &dyn Store,
    rules: &Rules,
    (from, to): (u64, u64),
    visit: &mut dyn FnMut(&Difference<'_>) -> ControlFlow<()>,
) -> Result<Replayed, JournalError> {
    let state = HotState::default();
    let (mut head, mut replayed) = (Head::EMPTY, Replayed::default());
    loop {
        let records = store.read(STREAM, head.sequence, CHUNK)?;
        let mut batch = Batch::over(&state, Recall::Nowhere);
        for record in records.iter().filter(|record| record.sequence <= to) {
            let entry =
                Entry::decode(&record.bytes).map_err(|error| JournalError::entry(record.sequence, error))?;
            if entry.previous != head.hash {
                return Err(JournalError::entry(record.sequence, journal::BROKEN));
            }
            if entry.sequence >= from
                && let Some((recorded, again)) = decide_again(&entry, store, &mut batch, today, rules)?
            {
                let difference = Difference { recorded: &recorded, again: &again };
                if replayed.note(&difference, visit).is_break() {
                    return Ok(replayed);
                }
            }
            under::fold(&entry, &mut batch, today, rules)?;
            head = Head { sequence: record.sequence, hash: record.hash };
        }
        batch.into_changes().merge_into(&state, &mut Dirty::default());
        if records.len() < CHUNK || head.sequence >= to {
            return Ok(replayed);
        }
    }
}

impl Replayed {
    fn note(
        &mut self,
        difference: &Difference<'_>,
        visit: &mut dyn FnMut(&Difference<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.decided += 1;
        let was = &*difference.recorded.transaction;
        match difference.again {
            Ok(again) if again == was => self.identical += 1,
            Ok(again) if outcome(again) == outcome(was) => self.explained_differently += 1,
            _ => {
                self.different += 1;
                return visit(difference);
            }
        }
        ControlFlow::Continue(())
    }
}

/// What a decision is, beside its explanation.
fn outcome(transaction: &Transaction) -> (bool, &'static str, i64) {
    (transaction.approved, transaction.reason.name(), transaction.amount)
}

/// A transaction as it was, and what it came to when it was decided again.
type Again = (Recorded, Result<Transaction, Refusal>);

fn decide_again<'a>(
    entry: &Entry,
    store: &'a dyn Store,
    batch: &mut Batch<'a>,
    today: &HotState,
    rules: &Rules,
) -> Result<Option<Again>, JournalError> {
    let (Event::Transacted(recorded), Some(institution)) = (&entry.event, entry.origin.institution) else {
        return Ok(None);
    };
    batch.recall_through(Recall::AsOf { store, last: recorded.previous });
    view::expire_uses(entry.at, batch);
    let view = Under { history: batch, today, rules };
    let again = decide(&command(entry, recorded), institution, entry.at, &view);
    if let Some(error) = batch.take_failure() {
        return Err(error);
    }
    let again = again.map(|decision| match decision.events.into_iter().next() {
        Some(Event::Transacted(transaction)) => *transaction,
        _ => Transaction::clone(recorded),
    });
    Ok(Recorded::of(entry.clone()).map(|recorded| (recorded, again)))
}

/// The command that led to a transaction. A message that could have been reversed before it came was checked for that.
pub(crate) fn command(entry: &Entry, recorded: &Transaction) -> Command {
    let was_message = recorded.checks.first().is_some_and(|check| check.kind == CheckKind::NotReversed);
    let message = entry.origin.idempotency.filter(|_| was_message);
    Command::Transact(Transact { request: recorded.request.clone(), message })
}
