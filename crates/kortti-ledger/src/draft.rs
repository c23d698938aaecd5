//! Deciding: from submissions and jobs to the records of a batch.

use kortti_core::{
    card::Due,
    decide,
    entry::Origin,
    event::Event,
    id::{CardId, IdempotencyKey},
    time::Timestamp,
    view::{self, View},
};
use kortti_store::{ColdWrite, Record};

use crate::{LedgerError, Outcome, batch::Batch, engine::Submission, hot::Answered, journal::Chain};

/// A batch that has been decided and not yet written.
#[derive(Default)]
pub(crate) struct Draft {
    pub records: Vec<Record>,
    pub cold: Vec<ColdWrite>,
    pub outcomes: Vec<Result<Outcome, LedgerError>>,
    pub answered: Vec<(IdempotencyKey, Answered)>,
}

impl Draft {
    /// Adds what time has done to a card by `at`, if anything.
    pub fn job(&mut self, card: CardId, at: Timestamp, batch: &mut Batch<'_>, chain: &mut Chain) {
        let Some(card) = batch.card(card) else { return };
        let Some(event) = decide::card_due(&card, at) else { return };
        let job = match card.due() {
            Some((_, Due::Expiry)) => "card expiry",
            _ => "scheduled closing",
        };
        let origin = Origin { institution: Some(card.institution), ..Origin::system(job) };
        if view::apply(&event, batch).is_ok() {
            self.records.push(chain.link(at, origin, event));
        }
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
            return Ok(Outcome { id: before.id, sequence: before.sequence, repeated: true });
        }
        let decision = decide::decide(&submission.command, submission.institution, at, &*batch)?;
        // A request that may be repeated leaves a trace even if it changed nothing: repeated later it must change nothing either.
        let events: Vec<Event> =
            decision.events.into_iter().filter(|event| key.is_some() || !event.is_empty()).collect();
        for event in &events {
            view::apply(event, batch).map_err(|error| {
                tracing::error!(error = %error, "a decision does not fit the state");
                LedgerError::Unavailable
            })?;
        }
        let first = chain.head.sequence + 1;
        for (place, event) in events.into_iter().enumerate() {
            // The first event is about the thing that was asked for; the others follow from it.
            let idempotency = key.filter(|_| place == 0);
            let origin = Origin { idempotency, ..submission.origin.clone() };
            self.records.push(chain.link(at, origin, event));
        }
        // The entry that carries the key, so that a replay answers a repetition with the same.
        let sequence = first.min(chain.head.sequence);
        if let Some(key) = key.filter(|_| sequence == first) {
            let answered = Answered { at, id: decision.id, sequence };
            batch.note_answered(key, answered);
            self.answered.push((key, answered));
        }
        self.cold.extend(submission.cold.iter().cloned());
        Ok(Outcome { id: decision.id, sequence, repeated: false })
    }
}
