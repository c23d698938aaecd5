//! From a blocking call to the driver, which is asynchronous.

use std::future::Future;
use std::panic::resume_unwind;
use std::thread;

use kortti_store::StoreError;
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio::task::block_in_place;

use crate::error::unavailable;

/// The threads on which the connections live. They only move bytes; a call's own work is done by its caller.
const THREADS: usize = 2;

/// The store's own runtime: whoever calls, the connections stay on it, and it goes with the store.
pub(crate) struct Driver {
    /// `None` only while it is being dropped.
    runtime: Option<Runtime>,
    handle: Handle,
}

impl Driver {
    pub(crate) fn start() -> Result<Driver, StoreError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("kortti-postgres")
            .enable_io()
            .enable_time()
            .build()
            .map_err(unavailable)?;
        let handle = runtime.handle().clone();
        Ok(Driver { runtime: Some(runtime), handle })
    }

    /// Does `work` and blocks until it is done.
    ///
    /// A caller that is a task of a runtime of several threads hands its other tasks over first. A caller inside a runtime
    /// of one thread has nobody to hand them to, nor may it enter another runtime, so a thread is made for it; that is
    /// slow, and nothing but tests does it.
    pub(crate) fn wait<T: Send>(&self, work: impl Future<Output = T> + Send) -> T {
        match Handle::try_current().map(|caller| caller.runtime_flavor()) {
            Err(_) => self.handle.block_on(work),
            Ok(RuntimeFlavor::MultiThread) => block_in_place(|| self.handle.block_on(work)),
            Ok(_) => thread::scope(|scope| {
                let done = scope.spawn(|| self.handle.block_on(work)).join();
                done.unwrap_or_else(|panic| resume_unwind(panic))
            }),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Dropping a runtime waits for its threads, which a caller that is itself a task must not do.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
