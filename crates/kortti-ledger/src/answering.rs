//! What other processes ask of this one.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use crate::{
    Ledger, LedgerError,
    engine::{Message, Submission},
    handover::{Answer, Ask, Done, Told},
    reply::{self, Reply},
};

/// The questions of other processes that are open.
pub(crate) struct Questions {
    count: AtomicUsize,
    has_stopped: Arc<AtomicBool>,
}

impl Questions {
    pub const fn none(has_stopped: Arc<AtomicBool>) -> Self {
        Self { count: AtomicUsize::new(0), has_stopped }
    }

    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }
}

/// One of them. It is answered in any case, also when the engine ends before it has come to it.
struct Question<F: FnOnce(Told)> {
    tell: Option<F>,
    all: Arc<Questions>,
}

impl<F: FnOnce(Told)> Question<F> {
    fn open(tell: F, all: &Arc<Questions>) -> Self {
        all.count.fetch_add(1, Ordering::Relaxed);
        Self { tell: Some(tell), all: Arc::clone(all) }
    }

    fn answer(&mut self, answer: Answer) {
        let Some(tell) = self.tell.take() else { return };
        self.all.count.fetch_sub(1, Ordering::Relaxed);
        tell(Told(match answer {
            // This process is about to end, and another one takes over.
            Err(LedgerError::Stopped) => Err(LedgerError::Elsewhere),
            answer => answer,
        }));
    }
}

impl<F: FnOnce(Told) + Send + 'static> Question<F> {
    fn reply<T: 'static>(mut self, done: fn(T) -> Done) -> Reply<T> {
        Reply::Other(Box::new(move |result| self.answer(result.map(done))))
    }
}

impl<F: FnOnce(Told)> Drop for Question<F> {
    fn drop(&mut self) {
        self.answer(Err(reply::ended(&self.all.has_stopped)));
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
        let Some(share) = &self.share else { return tell(Told(Err(LedgerError::Unavailable))) };
        let mut question = Question::open(tell, &share.questions);
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
