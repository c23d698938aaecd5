//! Deciding: from submissions and jobs to the records of a batch.

use kortti_core::{
    card::Due,
    decide::{self, Command, Transact},
    entry::{Entry, Origin},
    event::Event,
    id::{CardId, IdempotencyKey, TransactionId},
    time::Timestamp,
    transaction::{Request, Transaction},
    view::{self, View},
};
use kortti_store::{ColdWrite, Record};

use crate::{
    LedgerError, Outcome, Recorded,
    batch::Batch,
    engine::Submission,
    hot::{Answered, Job},
    journal::Chain,
    recall,
};

/// A batch that has been decided and not yet written.
#[derive(Default)]
pub(crate) struct Draft {
    pub records: Vec<Record>,
    pub cold: Vec<ColdWrite>,
    pub outcomes: Vec<Result<Outcome, LedgerError>>,
    pub answered: Vec<(IdempotencyKey, Answered)>,
}

impl Draft {
    /// Adds what time has done by `at`, if anything.
    pub fn job(&mut self, job: Job, at: Timestamp, batch: &mut Batch<'_>, chain: &mut Chain) {
        match job {
            Job::Card(card) => self.card_due(card, at, batch, chain),
            Job::Hold(first) => self.hold_due(first, at, batch, chain),
        }
    }

    fn card_due(&mut self, card: CardId, at: Timestamp, batch: &mut Batch<'_>, chain: &mut Chain) {
        let Some(card) = batch.card(card) else { return };
        let Some(event) = decide::card_due(&card, at) else { return };
        let job = match card.due() {
            Some((_, Due::Expiry)) => "card expiry",
            _ => "scheduled closing",
        };
        let origin = Origin { institution: Some(card.institution), ..Origin::system(job) };
        self.add_job(event, origin, at, batch, chain);
    }

    fn hold_due(&mut self, first: TransactionId, at: Timestamp, batch: &mut Batch<'_>, chain: &mut Chain) {
        let known = batch.authorisation(first).filter(|known| known.state.is_due(at));
        let Some(account) = known.and_then(|known| batch.account(known.state.account)) else { return };
        let command = Command::Transact(Transact { request: Request::ExpireHold(first), message: None });
        view::expire_uses(at, batch);
        let Ok(decision) = decide::decide(&command, account.institution, at, &*batch) else { return };
        let origin = Origin { institution: Some(account.institution), ..Origin::system("hold expiry") };
        for event in decision.events {
            self.add_job(event, origin.clone(), at, batch, chain);
        }
    }

    fn add_job(
        &mut self,
        event: Event,
        origin: Origin,
        at: Timestamp,
        batch: &mut Batch<'_>,
        chain: &mut Chain,
    ) {
        if view::apply(&event, chain.place(0, at), batch).is_ok() {
            self.link(at, origin, event, chain);
        }
    }

    /// Adds an entry, and the row that an authorisation is found by once it has ended.
    fn link(&mut self, at: Timestamp, origin: Origin, event: Event, chain: &mut Chain) -> Entry {
        let (record, entry) = chain.link(at, origin, event);
        self.records.push(record);
        self.cold.extend(recall::row(&entry));
        entry
    }

    /// Decides a submission and adds what it comes to.
    pub fn submission(
        &mut self,
        submission: &Submission,
        at: Timestamp,
        batch: &mut Batch<'_>,
        chain: &mut Chain,
    ) -> Result<Outcome, LedgerError> {
        let key = submission.origin.idempotency;
        let before = key.and_then(|key| batch.answered(&key));
        if let Some(before) = before.filter(|before| before.is_known_at(at)) {
            return Ok(before.outcome());
        }
        view::expire_uses(at, batch);
        let decision = decide::decide(&submission.command, submission.institution, at, &*batch);
        if let Some(error) = batch.take_failure() {
            tracing::error!(error = %error, "an authorisation cannot be recalled");
            return Err(LedgerError::Unavailable);
        }
        let decision = decision?;
        // A request that may be repeated leaves a trace even if it changed nothing: repeated later it must change nothing either.
        let events: Vec<Event> =
            decision.events.into_iter().filter(|event| key.is_some() || !event.is_empty()).collect();
        for (further, event) in (0..).zip(&events) {
            view::apply(event, chain.place(further, at), batch).map_err(|error| {
                tracing::error!(error = %error, "a decision does not fit the state");
                LedgerError::Unavailable
            })?;
        }
        let first = chain.head.sequence + 1;
        let mut recorded = None;
        for (place, event) in events.into_iter().enumerate() {
            // The first event is about the thing that was asked for; the others follow from it.
            let idempotency = key.filter(|_| place == 0);
            let origin = Origin { idempotency, ..submission.origin.clone() };
            let entry = self.link(at, origin, event, chain);
            recorded = recorded.or_else(|| Recorded::of(entry).map(Box::new));
        }
        // No event puts an authorisation that holds nothing, and the store does not know it yet.
        if let Some(begun) = recorded.as_deref().filter(|recorded| begins_ended(&recorded.transaction))
            && let Some(known) = begun.transaction.leaves(begun.id, begun.at)
        {
            batch.note_ended(begun.id, known);
        }
        // The entry that carries the key, so that a replay answers a repetition with the same.
        let sequence = first.min(chain.head.sequence);
        if let Some(key) = key.filter(|_| sequence == first) {
            let answered = Answered { at, id: decision.id, sequence };
            batch.note_answered(key, answered);
            self.answered.push((key, answered));
        }
        self.cold.extend(submission.cold.iter().cloned());
        Ok(Outcome { id: decision.id, sequence, repeated: false, transaction: recorded })
    }
}

const fn begins_ended(transaction: &Transaction) -> bool {
    transaction.first.is_none() && transaction.authorisation.is_none()
}
