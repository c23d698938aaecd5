//! Reads of many entries or rows. Each waits for the store, so they run beside the threads that answer requests, which would
//! answer nothing else meanwhile.

use std::sync::Arc;

use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{App, AppError};

/// How many run at once. Fewer than the connections that a store reads through unless it is told otherwise, so that a read
/// of one row finds one.
pub(crate) const AT_ONCE: usize = 4;

/// The turns that there are.
pub(crate) struct Reads(Arc<Semaphore>);

impl Reads {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl App {
    /// Runs a read where nobody else waits for it, when it is its turn. Once begun it runs to its end, although whoever
    /// asked may have gone, and has its turn until then: one that can be long is cut in pieces.
    ///
    /// # Errors
    /// When it does not come to its end.
    pub async fn apart<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let turn = Arc::clone(&self.reads.0).acquire_owned().await.map_err(|_| AppError::Unavailable)?;
        let app = Arc::clone(self);
        let done = spawn_blocking(move || {
            let _turn = turn;
            read(&app)
        });
        done.await.map_err(|_| AppError::Missing("the end of a read"))
    }

    /// Has `work` go on until it says that it is done. Between its turns others have theirs, and when nobody waits for it
    /// any more it has no further one.
    pub(crate) async fn in_turns<W: Send + 'static>(
        self: &Arc<Self>,
        mut work: W,
        go_on: fn(&mut W, &Self) -> Result<bool, AppError>,
    ) -> Result<W, AppError> {
        loop {
            let turn = move |app: &Self| go_on(&mut work, app).map(|done| (work, done));
            let (gone_on, done) = self.apart(turn).await??;
            if done {
                return Ok(gone_on);
            }
            work = gone_on;
        }
    }
}
