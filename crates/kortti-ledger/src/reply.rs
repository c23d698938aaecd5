//! The way back from the engine to whoever waits.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::oneshot;

use crate::{LedgerError, engine::Message};

/// Who hears what came of something.
pub(crate) enum Reply<T> {
    /// A task of this process. It finds out by itself when nobody will tell it any more.
    Task(oneshot::Sender<Result<T, LedgerError>>),
    /// Whoever this tells, from the thread that decides.
    Other(Box<dyn FnOnce(Result<T, LedgerError>) + Send>),
}

impl<T> Reply<T> {
    pub fn to_task() -> (Self, oneshot::Receiver<Result<T, LedgerError>>) {
        let (reply, answer) = oneshot::channel();
        (Self::Task(reply), answer)
    }

    pub fn send(self, result: Result<T, LedgerError>) {
        match self {
            // Whoever asked may have gone away.
            Self::Task(reply) => drop(reply.send(result)),
            Self::Other(tell) => tell(result),
        }
    }
}

/// What a question has come to that the engine has not answered before its end.
pub(crate) fn ended(has_stopped: &AtomicBool) -> LedgerError {
    // By a fault, maybe in the middle of this.
    if has_stopped.load(Ordering::Acquire) { LedgerError::Stopped } else { LedgerError::Unknown }
}

impl Message {
    /// Tells whoever waits why it is not done.
    pub fn refuse(self, error: LedgerError) {
        match self {
            Self::Submit(submission) => submission.reply.send(Err(error)),
            Self::Advance { reply, .. } => reply.send(Err(error)),
            Self::CatchUp { reply }
            | Self::Confirm { reply }
            | Self::Wipe { reply }
            | Self::Enter { reply, .. } => reply.send(Err(error)),
            Self::Follow | Self::Stop { .. } => {}
        }
    }
}
