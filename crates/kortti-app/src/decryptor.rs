//! Threads that decrypt card numbers. Each number takes a quarter of a millisecond of one core, which no other request shall
//! wait for; so there is one thread less than there are cores, and they do nothing else.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, SyncSender},
    },
    thread,
};

use kortti_crypto::{JweError, KeyRing, Pan};
use tokio::sync::oneshot;

use crate::AppError;

/// How many numbers may wait. More are refused at once rather than answered too late.
const QUEUE: usize = 4096;

/// The way to the threads; they end when it is dropped.
pub(crate) struct Decryptor(SyncSender<Job>);

struct Job {
    ring: Arc<KeyRing>,
    encrypted: String,
    reply: oneshot::Sender<Result<Pan, JweError>>,
}

impl Decryptor {
    /// Starts the threads.
    pub fn start() -> Self {
        let (sender, jobs) = mpsc::sync_channel(QUEUE);
        let jobs = Arc::new(Mutex::new(jobs));
        let cores = thread::available_parallelism().map_or(2, usize::from);
        for _ in 0..cores.saturating_sub(1).max(1) {
            let jobs = Arc::clone(&jobs);
            if let Err(error) = thread::Builder::new().name("decrypt".into()).spawn(move || work(&jobs)) {
                tracing::error!(error = %error, "no thread to decrypt card numbers");
            }
        }
        Self(sender)
    }

    /// The card number in `encrypted`.
    pub async fn open(&self, ring: Arc<KeyRing>, encrypted: String) -> Result<Pan, AppError> {
        let (reply, opened) = oneshot::channel();
        self.0.try_send(Job { ring, encrypted, reply }).map_err(|_| AppError::Unavailable)?;
        opened.await.map_err(|_| AppError::Unavailable)?.map_err(|_| AppError::CardNumber)
    }
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { ring, encrypted, reply }) = next else { return };
        // Whoever asked may have gone.
        let _ = reply.send(ring.open_card_number(&encrypted));
    }
}
