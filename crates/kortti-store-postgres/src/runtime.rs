//! From a blocking call to the driver, which is asynchronous.

use std::future::Future;
use std::panic::resume_unwind;
use std::thread;

use kortti_store::StoreError;
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio::task::{block_in_place, yield_now};

use crate::error::unavailable;

/// The store's own runtimes: whoever calls, the connections stay on them, and they go with the store.
///
/// Connections that are kept for short calls live on runtimes without threads. Such a runtime runs on the thread that waits,
/// which then sends and receives by itself: to wake another thread for each takes as long as a good part of a small commit.
/// Nothing runs there between calls, so a connection that is given up may stay open until the next one.
pub(crate) struct Driver {
    /// All are `None` only while they are being dropped.
    looking_up: Option<Runtime>,
    writing: Option<Runtime>,
    leasing: Option<Runtime>,
    bulk: Option<Runtime>,
}

impl Driver {
    pub(crate) fn start() -> Result<Driver, StoreError> {
        let start =
            |builder: &mut Builder| builder.enable_io().enable_time().build().map(Some).map_err(unavailable);
        // What takes long shall have an end when it is given up, whether anybody calls again or not. Its thread only moves
        // bytes.
        let mut thread = Builder::new_multi_thread();
        thread.worker_threads(1).thread_name("kortti-postgres");
        Ok(Driver {
            looking_up: start(&mut Builder::new_current_thread())?,
            writing: start(&mut Builder::new_current_thread())?,
            leasing: start(&mut Builder::new_current_thread())?,
            bulk: start(&mut thread)?,
        })
    }

    /// Looks something up, and blocks until it is found.
    pub(crate) fn look_up<T: Send>(&self, work: impl Future<Output = T> + Send) -> T {
        block(self.looking_up.as_ref(), on_kept_connections(work))
    }

    /// Writes, and blocks until it is done. What looks up must not be part of it: its connections would stay here.
    pub(crate) fn write<T: Send>(&self, work: impl Future<Output = T> + Send) -> T {
        block(self.writing.as_ref(), on_kept_connections(work))
    }

    /// Looks at a lease or replaces it, and blocks until it is done; the connections are the same for both.
    pub(crate) fn lease<T: Send>(&self, work: impl Future<Output = T> + Send) -> T {
        block(self.leasing.as_ref(), on_kept_connections(work))
    }

    /// Does something that may take long, on connections of its own, and blocks until it is done.
    pub(crate) fn wait<T: Send>(&self, work: impl Future<Output = T> + Send) -> T {
        block(self.bulk.as_ref(), work)
    }
}

/// Hears what the network has had to say since the last call, before a connection is used again: first the sockets, then the
/// connections.
async fn on_kept_connections<T>(work: impl Future<Output = T>) -> T {
    yield_now().await;
    yield_now().await;
    work.await
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
        let all = [&mut self.looking_up, &mut self.writing, &mut self.leasing, &mut self.bulk];
        all.into_iter().filter_map(Option::take).for_each(Runtime::shutdown_background);
    }
}
