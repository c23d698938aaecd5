//! Checkpoints: bringing the write-ahead log into the main file, so that the log can be written from its beginning again.
//!
//! SQLite would do it in the commit that makes the log long enough, and whoever waits for that commit would wait for a
//! thousand pages more. Here a thread beside the writer copies and flushes them first; the writer then finishes with the few
//! that have come meanwhile, which nobody notices. It must be the writer that finishes, between two commits of its own: a
//! log that still grows is never at its end, and only then it is begun again.

use std::ffi::c_int;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use rusqlite::hooks::Wal;
use rusqlite::wal::CheckpointMode;

use crate::connection::{Options, open_checkpointer};

/// How long the log may grow, in pages, before it is brought into the main file.
const PAGES: c_int = 1000;

/// Nothing is asked of the thread beside the writer.
const IDLE: u8 = 0;
/// It has been asked.
const ASKED: u8 = 1;
/// It has done what it could.
const DONE: u8 = 2;

/// Brings the log of one writing connection into the main file. Belongs to that connection's commit hook.
pub(crate) struct Checkpointer {
    main: PathBuf,
    options: Options,
    /// From which length on it is time.
    due: c_int,
    beside: Option<Beside>,
}

impl Checkpointer {
    pub(crate) fn new(main: PathBuf, options: Options) -> Checkpointer {
        Checkpointer { main, options, due: PAGES, beside: None }
    }

    /// To be called after each commit; `pages` is how long the log is by then. A checkpoint that fails loses nothing, because
    /// the log has it all: nothing is reported, and the next one tries again.
    pub(crate) fn committed(&mut self, wal: &mut Wal, pages: c_int) {
        if pages < PAGES {
            self.due = PAGES;
        }
        if pages < self.due || self.is_prepared_beside() {
            return;
        }
        let _ = wal.checkpoint_v2(CheckpointMode::PASSIVE);
        // Where a reader keeps the log from being begun again, there is no use in trying at each commit.
        self.due = pages.saturating_add(PAGES);
    }

    /// Whether the thread beside is still at it; it is asked if it was not. False when it has finished, or there is none.
    fn is_prepared_beside(&mut self) -> bool {
        if self.beside.is_none() {
            self.beside = Beside::start(self.main.clone(), self.options.clone());
        }
        self.beside.as_ref().is_some_and(Beside::is_at_it)
    }
}

/// The thread that does most of the work.
struct Beside {
    state: Arc<AtomicU8>,
    requests: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Beside {
    /// None when the system has no thread left.
    fn start(main: PathBuf, options: Options) -> Option<Beside> {
        let state = Arc::new(AtomicU8::new(IDLE));
        let (requests, asked) = sync_channel(1);
        let shared = Arc::clone(&state);
        let work = move || answer(&asked, &shared, || open_checkpointer(&main, &options).ok());
        let thread = thread::Builder::new().name("checkpoint".into()).spawn(work).ok()?;
        Some(Beside { state, requests: Some(requests), thread: Some(thread) })
    }

    fn is_at_it(&self) -> bool {
        match self.state.load(Ordering::Acquire) {
            DONE => {
                self.state.store(IDLE, Ordering::Release);
                false
            }
            ASKED => true,
            _ => {
                self.state.store(ASKED, Ordering::Release);
                let asked = self.requests.as_ref().is_some_and(|requests| requests.try_send(()).is_ok());
                if !asked {
                    self.state.store(IDLE, Ordering::Release);
                }
                asked
            }
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(asked: &Receiver<()>, state: &AtomicU8, open: impl Fn() -> Option<Connection>) {
    let mut connection = None;
    while asked.recv().is_ok() {
        connection = connection.or_else(&open);
        if let Some(connection) = &connection {
            let _ = connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE)");
        }
        state.store(DONE, Ordering::Release);
    }
}
