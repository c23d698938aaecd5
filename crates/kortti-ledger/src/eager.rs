//! Waiting with open eyes for a moment, before going to sleep.
//!
//! To wake a thread that sleeps takes longer than to decide, on virtual machines above all, and a request that is alone wakes
//! several, one after the other. So who has just worked looks for more for a moment first. Whoever looks gives its core to others
//! that want it each time, and a system where nothing happens sleeps.

use std::{
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

use tokio::{
    sync::oneshot::{Receiver, error::TryRecvError},
    task,
};

/// For how long a thread that has worked looks for more: somewhat longer than the answer takes to the client, and its next
/// request back.
const MOMENT: Duration = Duration::from_micros(250);
/// For how long who waits alone looks for the answer: somewhat longer than a commit takes.
const ALONE: Duration = Duration::from_micros(500);

/// With one core only, whoever looks is in the way of what it looks for.
static HAS_CORES: LazyLock<bool> =
    LazyLock::new(|| thread::available_parallelism().is_ok_and(|cores| cores.get() > 1));

/// Looks for something for a moment, at least once.
pub(crate) fn look<T>(mut find: impl FnMut() -> Option<T>) -> Option<T> {
    let since = Instant::now();
    loop {
        let found = find();
        if found.is_some() || !*HAS_CORES || since.elapsed() >= MOMENT {
            return found;
        }
        thread::yield_now();
    }
}

/// Waits for an answer, at first with open eyes as long as `is_alone` says so. None when there will not be one.
pub(crate) async fn answered<T>(mut answer: Receiver<T>, is_alone: impl Fn() -> bool) -> Option<T> {
    let since = Instant::now();
    while *HAS_CORES && is_alone() && since.elapsed() < ALONE {
        match answer.try_recv() {
            Ok(answer) => return Some(answer),
            Err(TryRecvError::Closed) => return None,
            Err(TryRecvError::Empty) => {}
        }
        // First other threads, which may have to find the answer, then other tasks of this one.
        thread::yield_now();
        task::yield_now().await;
    }
    answer.await.ok()
}
