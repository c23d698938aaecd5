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
use kortti_store::{ColdWrite, Head, Record, chain};

use crate::{
    LedgerError, Outcome, Recorded, answers::Answered, append::Write, batch::Batch, engine::Submission,
    hot::Job, journal::Chain, recall,
};

/// A batch that has been decided and not yet written.
pub(crate) struct Draft {
    /// Where the stream ends with it.
    pub chain: Chain,
    /// When the last of it was decided.
    pub last_at: Timestamp,
    pub outcomes: Vec<Result<Outcome, LedgerError>>,
    pub answered: Vec<(IdempotencyKey, Answered)>,
    records: Vec<Record>,
    cold: Vec<ColdWrite>,
}

impl Draft {
    /// An empty one that goes on where the stream ends.
    pub const fn behind(chain: Chain, last_at: Timestamp) -> Self {
        Self {
            chain,
            last_at,
            outcomes: Vec::new(),
            answered: Vec::new(),
            records: Vec::new(),
            cold: Vec::new(),
        }
    }

    /// What is to be written where the stream ends at `expected`. It is handed over: the draft keeps the answers.
    pub fn take_write(&mut self, expected: Head) -> Write {
        Write {
            stream: self.chain.stream,
            epoch: self.chain.epoch,
            expected,
            end: self.chain.head,
            records: std::mem::take(&mut self.records),
            cold: std::mem::take(&mut self.cold),
        }
    }

    /// Adds what time has done by `at`, if anything.
    pub fn job(&mut self, job: Job, at: Timestamp, batch: &mut Batch<'_>) {
        self.last_at = self.last_at.max(at);
        match job {
            Job::Card(card) => self.card_due(card, batch),
            Job::Hold(first) => self.hold_due(first, batch),
        }
    }

    fn card_due(&mut self, card: CardId, batch: &mut Batch<'_>) {
        let Some(card) = batch.card(card) else { return };
        let Some(event) = decide::card_due(&card, self.last_at) else { return };
        let job = match card.due() {
            Some((_, Due::Expiry)) => "card expiry",
            _ => "scheduled closing",
        };
        let origin = Origin { institution: Some(card.institution), ..Origin::system(job) };
        self.add_job(event, origin, batch);
    }

    fn hold_due(&mut self, first: TransactionId, batch: &mut Batch<'_>) {
        let at = self.last_at;
        let known = batch.authorisation(first).filter(|known| known.state.is_due(at));
        let Some(account) = known.and_then(|known| batch.account(known.state.account)) else { return };
        let command = Command::Transact(Transact { request: Request::ExpireHold(first), message: None });
        view::expire_uses(at, batch);
        let Ok(decision) = decide::decide(&command, account.institution, at, &*batch) else { return };
        let origin = Origin { institution: Some(account.institution), ..Origin::system("hold expiry") };
        for event in decision.events {
            self.add_job(event, origin.clone(), batch);
        }
    }

    fn add_job(&mut self, event: Event, origin: Origin, batch: &mut Batch<'_>) {
        if view::apply(&event, self.chain.place(0, self.last_at), batch).is_ok() {
            self.link(origin, event);
        }
    }

    /// Adds an entry, and the row that an authorisation is found by once it has ended.
    fn link(&mut self, origin: Origin, event: Event) -> Entry {
        let (record, entry) = self.chain.link(self.last_at, origin, event);
        self.records.push(record);
        self.cold.extend(recall::row(&entry));
        entry
    }

    /// Decides a submission at `now`, and adds what it comes to.
    pub fn submission(&mut self, submission: &Submission, now: Timestamp, batch: &mut Batch<'_>) {
        self.last_at = self.last_at.max(now);
        let outcome = self.decide(submission, batch);
        self.outcomes.push(outcome);
    }

    fn decide(&mut self, submission: &Submission, batch: &mut Batch<'_>) -> Result<Outcome, LedgerError> {
        let at = self.last_at;
        let key = submission.origin.idempotency;
        if let Some(before) = key.and_then(|key| batch.find_answered(key, at)) {
            return Ok(before.outcome());
        }
        view::expire_uses(at, batch);
        let decision = decide::decide(&submission.command, submission.institution, at, &*batch);
        if let Some(error) = batch.take_failure() {
            tracing::error!(error = chain(&error), "an authorisation cannot be recalled");
            return Err(LedgerError::Unavailable);
        }
        let decision = decision?;
        // A request that may be repeated leaves a trace even if it changed nothing: repeated later it must change nothing either.
        let events: Vec<Event> =
            decision.events.into_iter().filter(|event| key.is_some() || !event.is_empty()).collect();
        for (further, event) in (0..).zip(&events) {
            view::apply(event, self.chain.place(further, at), batch).map_err(|error| {
                tracing::error!(error = %error, "a decision does not fit the state");
                LedgerError::Unavailable
            })?;
        }
        let first = self.chain.head.sequence + 1;
        let answered_at = events.first().map_or(at, |event| Answered::at(event, at));
        let mut recorded = None;
        for (place, event) in events.into_iter().enumerate() {
            // The first event is about the thing that was asked for; the others follow from it.
            let idempotency = key.filter(|_| place == 0);
            let origin = Origin { idempotency, ..submission.origin.clone() };
            let entry = self.link(origin, event);
            recorded = recorded.or_else(|| Recorded::of(entry));
        }
        // No event puts an authorisation that holds nothing, and the store does not know it yet.
        if let Some(begun) = recorded.as_ref().filter(|recorded| begins_ended(&recorded.transaction))
            && let Some(known) = begun.transaction.leaves(begun.id, begun.at)
        {
            batch.note_ended(begun.id, known);
        }
        // The entry that carries the key, so that a replay answers a repetition with the same.
        let sequence = first.min(self.chain.head.sequence);
        if let Some(key) = key.filter(|_| sequence == first) {
            let answered = Answered { at: answered_at, id: decision.id, sequence };
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
