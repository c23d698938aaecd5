//! What other processes ask of this one.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use crate::{
    Ledger, LedgerError,
    engine::{Message, Submission},
    handover::{self, Answer, Ask, Done, Told},
    reply::{self, Reply},
};

/// A question of another process. It is answered in any case, also when the engine ends before it has come to it.
struct Question<F: FnOnce(Told)> {
    tell: Option<F>,
    waiting: Arc<AtomicUsize>,
    has_stopped: Arc<AtomicBool>,
}

impl<F: FnOnce(Told)> Question<F> {
    fn answer(&mut self, answer: Answer) {
        let Some(tell) = self.tell.take() else { return };
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        tell(Told(handover::by_another(answer)));
    }
}

impl<F: FnOnce(Told) + Send + 'static> Question<F> {
    fn reply<T: 'static>(mut self, done: fn(T) -> Done) -> Reply<T> {
        Reply::Other(Box::new(move |result| self.answer(result.map(done))))
    }
}

impl<F: FnOnce(Told)> Drop for Question<F> {
    fn drop(&mut self) {
        self.answer(Err(reply::ended(&self.has_stopped)));
    }
}

impl Ledger {
    /// Does what another process asks. `tell` hears what came of it, sooner or later, from a thread that it must not hold up:
    /// the one that decides, as a rule.
    pub fn answer(&self, question: &[u8], tell: impl FnOnce(Told) + Send + 'static) {
        let ask = match minicbor::decode::<Ask>(question) {
            Ok(ask) => ask,
            Err(error) => {
                tracing::error!(error = %error, "another process asks what this version does not understand");
                return tell(Told(Err(LedgerError::Unavailable)));
            }
        };
        // Nobody knows of a process that shares nothing.
        if self.share.is_none() {
            return tell(Told(Err(LedgerError::Unavailable)));
        }
        let (waiting, has_stopped) = (Arc::clone(&self.waiting), Arc::clone(&self.has_stopped));
        waiting.fetch_add(1, Ordering::Relaxed);
        let mut question = Question { tell: Some(tell), waiting, has_stopped };
        self.enqueue(match ask {
            Ask::Submit { institution, origin, command, cold } => {
                let (command, reply) = (*command, question.reply(Done::Outcome));
                Message::Submit(Box::new(Submission { institution, origin, command, cold, reply }))
            }
            Ask::Advance { by, origin } => Message::Advance { by, origin, reply: question.reply(Done::At) },
            Ask::Wipe => Message::Wipe { reply: question.reply(|()| Done::Wiped) },
            Ask::Hello => return question.answer(Ok(Done::Hello)),
        });
    }
}
