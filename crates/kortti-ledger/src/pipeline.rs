//! Deciding and writing at the same time: while one batch is being written, by a thread of its own, the next one is decided
//! on top of it. It is done where many commands wait; a few are written sooner without waking another thread.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded, select_biased};
use kortti_core::time::Timestamp;
use kortti_store::{Store, StoreError};

use crate::{
    ahead::{AHEAD, card_asked},
    append::Write,
    batch::Batch,
    draft::Draft,
    eager,
    engine::{BATCH, Engine, Message, Submission, answer, gather},
    journal::Chain,
    recall::Recall,
};

/// The thread that writes.
#[derive(Clone)]
pub(crate) struct Writer {
    writes: Sender<Write>,
    written: Receiver<Result<(), StoreError>>,
}

impl Writer {
    /// None when the system has no thread left.
    fn start(store: Arc<dyn Store>) -> Option<Self> {
        let (writes, to_write) = bounded::<Write>(1);
        let (report, written) = bounded(1);
        let work = move || {
            let next = || eager::look(|| to_write.try_recv().ok()).or_else(|| to_write.recv().ok());
            while let Some(write) = next() {
                if report.send(write.to(&*store)).is_err() {
                    break;
                }
            }
        };
        std::thread::Builder::new().name("journal".into()).spawn(work).ok()?;
        Some(Self { writes, written })
    }

    /// Hands over what was decided, behind where the stream ends before it. That its thread has ended is noticed when its word
    /// is waited for.
    fn write(&self, decided: &mut Decided, before: Chain) {
        metrics::histogram!("kortti_batch_commands").record(decided.submissions.len() as f64);
        let _ = self.writes.send(decided.draft.take_write(before.head));
    }

    fn ended() -> StoreError {
        StoreError::Unknown { source: "the thread that writes has ended".into() }
    }
}

/// Commands, and what has been decided on them.
struct Decided {
    submissions: Vec<Submission>,
    draft: Draft,
}

impl Decided {
    const fn behind(chain: Chain, last_at: Timestamp) -> Self {
        Self { submissions: Vec::new(), draft: Draft::behind(chain, last_at) }
    }
}

impl Engine {
    /// Decides, writes and answers, until nobody waits any more. Returns the first message that has to wait until then.
    pub fn stream(&mut self, submissions: Vec<Submission>, messages: &Receiver<Message>) -> Option<Message> {
        if self.writer.is_none() {
            self.writer = Writer::start(Arc::clone(&self.store));
        }
        let Some(writer) = self.writer.clone() else {
            self.commit(submissions);
            return None;
        };
        let (state, store) = (Arc::clone(&self.state), Arc::clone(&self.store));
        let mut batch = Batch::over(&state, Recall::Store(&*store));
        let mut flying = Decided::behind(self.chain, self.state.decided_at());
        flying.submissions = submissions;
        self.decide(&mut flying, &mut batch);
        writer.write(&mut flying, self.chain);
        batch.begin_write();
        let mut next = None;
        loop {
            let mut open = Decided::behind(flying.draft.chain, flying.draft.last_at);
            open.submissions.reserve(flying.submissions.len());
            let written = loop {
                if next.is_some() || open.submissions.len() >= BATCH {
                    break writer.written.recv();
                }
                eager::look(|| (!writer.written.is_empty() || !messages.is_empty()).then_some(()));
                select_biased! {
                    recv(writer.written) -> written => break written,
                    recv(messages) -> message => match message {
                        // What is due comes first, and that waits for what is being written.
                        Ok(Message::Submit(submission)) if !self.is_due() => {
                            let most = BATCH.min(open.submissions.len() + AHEAD);
                            open.submissions.push(*submission);
                            next = gather(messages, &mut open.submissions, most);
                            self.decide(&mut open, &mut batch);
                        }
                        Ok(other) => next = Some(other),
                        // Nobody can ask any more.
                        Err(_) => break writer.written.recv(),
                    },
                }
            };
            if let Err(error) = written.unwrap_or_else(|_| Err(Writer::ended())) {
                self.decide_again(&error, flying.submissions, open.submissions);
                return next;
            }
            // The disk has its next work before anybody hears of the last.
            let more = !open.submissions.is_empty();
            if more {
                writer.write(&mut open, flying.draft.chain);
            }
            self.settle(batch.written(), &mut flying.draft);
            answer(flying.submissions, flying.draft.outcomes);
            self.consider_snapshot();
            if !more {
                return next;
            }
            batch.begin_write();
            flying = open;
        }
    }

    /// Decides what has not been decided yet.
    fn decide(&self, open: &mut Decided, batch: &mut Batch<'_>) {
        let Decided { submissions, draft } = open;
        let undecided = submissions.get(draft.outcomes.len()..).unwrap_or_default();
        for some in undecided.chunks(AHEAD) {
            self.state.look_ahead(some.iter().filter_map(card_asked));
            some.iter().for_each(|submission| draft.submission(submission, self.clock.now(), batch));
        }
    }

    /// What was being written is not; what was decided on top of it stands on nothing.
    fn decide_again(&mut self, error: &StoreError, mut flying: Vec<Submission>, open: Vec<Submission>) {
        // If its thread has ended the next one gets another.
        self.writer = None;
        if !matches!(error, StoreError::Moved { .. }) {
            let error = self.failed(error);
            let outcomes = flying.iter().map(|_| Err(error.clone())).collect();
            answer(std::mem::take(&mut flying), outcomes);
        }
        flying.extend(open);
        if !flying.is_empty() {
            self.commit(flying);
        }
    }
}
