//! From a blocking call to the driver, which is asynchronous.

use std::future::Future;
use std::panic::resume_unwind;
use std::thread;

use kortti_store::StoreError;
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio::task::{block_in_place, yield_now};

use crate::error::unavailable;

/// The threads on which the connections live that look things up. They only move bytes; a call's own work is done by its
/// caller.
const THREADS: usize = 2;

/// The store's own runtimes: whoever calls, the connections stay on them, and they go with the store.
///
/// Connections that write live on a runtime without threads: it runs on the thread that waits for the write, which then
/// sends and receives by itself. To wake another thread for each takes as long as a good part of a small commit. Nothing runs
/// there between writes.
pub(crate) struct Driver {
    /// Both are `None` only while they are being dropped.
    looking_up: Option<Runtime>,
    writing: Option<Runtime>,
}

impl Driver {
    pub(crate) fn start() -> Result<Driver, StoreError> {
        let build = |mut builder: Builder| builder.enable_io().enable_time().build().map_err(unavailable);
        let mut threads = Builder::new_multi_thread();
        threads.worker_threads(THREADS).thread_name("kortti-postgres");
        let (looking_up, writing) = (build(threads)?, build(Builder::new_current_thread())?);
        Ok(Driver { looking_up: Some(looking_up), writing: Some(writing) })
    }

    /// Looks something up, or moves much, and blocks until it is done.
    pub(crate) fn wait<T: Send>(&self, work: impl Future<Output = T> + Send) -> T {
        block(self.looking_up.as_ref(), work)
    }

    /// Writes, and blocks until it is done. What looks up must not be part of it: its connections would stay here.
    pub(crate) fn write<T: Send>(&self, work: impl Future<Output = T> + Send) -> T {
        block(self.writing.as_ref(), async {
            // What the network has had to say meanwhile: first the sockets hear of it, then the connections.
            yield_now().await;
            yield_now().await;
            work.await
        })
    }
}

/// Does `work` and blocks until it is done.
///
/// A caller that is a task of a runtime of several threads hands its other tasks over first. A caller inside a runtime
/// of one thread has nobody to hand them to, nor may it enter another runtime, so a thread is made for it; that is
/// slow, and nothing but tests does it.
fn block<T: Send>(runtime: Option<&Runtime>, work: impl Future<Output = T> + Send) -> T {
    let Some(runtime) = runtime else { unreachable!("nobody calls while the store is being dropped") };
    match Handle::try_current().map(|caller| caller.runtime_flavor()) {
        Err(_) => runtime.block_on(work),
        Ok(RuntimeFlavor::MultiThread) => block_in_place(|| runtime.block_on(work)),
        Ok(_) => thread::scope(|scope| {
            let done = scope.spawn(|| runtime.block_on(work)).join();
            done.unwrap_or_else(|panic| resume_unwind(panic))
        }),
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Dropping a runtime waits for its threads, which a caller that is itself a task must not do.
        for runtime in [self.looking_up.take(), self.writing.take()].into_iter().flatten() {
            runtime.shutdown_background();
        }
    }
}
