//! Load: a closed loop, in which each connection asks again as soon as it is answered, and an open one, in which requests have
//! their times whether or not the ones before are answered. Each runs on the calling thread and needs little of it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use super::{http::Connection, latency::Latencies};
use crate::{Failure, open};

/// What is asked.
pub trait Workload: Send + 'static {
    /// Writes the next request into `request`, which is empty; false when there are no more.
    fn write_next(&mut self, request: &mut Vec<u8>) -> bool;

    /// Sees the body of an answer.
    fn answered(&mut self, _body: &[u8]) {}
}

/// How long a load lasts.
#[derive(Clone, Copy)]
pub struct Span {
    /// How long it runs before anything counts.
    pub warm_up: Duration,
    /// How long it is measured.
    pub measure: Duration,
}

impl Span {
    /// Until the workload has no more requests.
    pub const UNLIMITED: Self = Self { warm_up: Duration::ZERO, measure: Duration::from_secs(24 * 60 * 60) };
}

/// What came of it.
pub struct Measured<W> {
    /// The workload, with what it has seen.
    pub workload: W,
    /// How long the answers took that came while it was measured.
    pub latencies: Latencies,
    took: Duration,
}

impl<W> Measured<W> {
    /// How many answers a second brought.
    pub fn per_second(&self) -> f64 {
        self.latencies.count() as f64 / self.took.as_secs_f64()
    }
}

/// The load of `connections` connections that each ask again as soon as they are answered.
///
/// # Errors
/// When a request is not answered with a success.
pub fn closed<W: Workload>(
    address: SocketAddr,
    connections: usize,
    span: Span,
    workload: W,
) -> Result<Measured<W>, Failure> {
    run(address, connections, span, workload, |_, connection, load| ask_again(connection, load))
}

/// The load of `per_second` requests a second, evenly spread over time and over `connections` connections. A latency counts
/// from when the request was due, so that a server which stalls is charged for all that it keeps waiting; it includes up to a
/// millisecond by which the timer is late.
///
/// # Errors
/// When a request is not answered with a success.
pub fn open<W: Workload>(
    address: SocketAddr,
    connections: usize,
    per_second: u32,
    span: Span,
    workload: W,
) -> Result<Measured<W>, Failure> {
    let apart = Duration::from_secs(1) / per_second;
    let every = apart.saturating_mul(u32::try_from(connections).unwrap_or(u32::MAX));
    run(address, connections, span, workload, move |place, connection, load| {
        let first = apart.saturating_mul(u32::try_from(place).unwrap_or(u32::MAX));
        ask_on_time(connection, load, first, every)
    })
}

/// What the connections of a load share.
struct Load<W> {
    measured: Measured<W>,
    begin: Instant,
    from: Instant,
    until: Instant,
}

type Shared<W> = Arc<Mutex<Load<W>>>;

impl<W: Workload> Load<W> {
    fn note(&mut self, due: Instant, body: &[u8]) {
        self.measured.workload.answered(body);
        let now = Instant::now();
        if now >= self.from && now <= self.until {
            self.measured.latencies.note(now - due);
            self.measured.took = now - self.from;
        }
    }

    /// Whether there is a request to be sent that is due at `due`.
    fn write_next(&mut self, due: Instant, request: &mut Vec<u8>) -> bool {
        request.clear();
        due < self.until && self.measured.workload.write_next(request)
    }
}

fn run<W: Workload, C, F>(
    address: SocketAddr,
    connections: usize,
    span: Span,
    workload: W,
    converse: C,
) -> Result<Measured<W>, Failure>
where
    C: Fn(usize, Connection, Shared<W>) -> F,
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    open::runtime()?.block_on(async {
        let mut opened = Vec::with_capacity(connections);
        for _ in 0..connections {
            opened.push(Connection::open(address).await?);
        }
        let begin = Instant::now();
        let from = begin + span.warm_up;
        let measured = Measured { workload, latencies: Latencies::default(), took: span.measure };
        let load = Arc::new(Mutex::new(Load { measured, begin, from, until: from + span.measure }));
        let mut conversations = JoinSet::new();
        for (place, connection) in opened.into_iter().enumerate() {
            conversations.spawn(converse(place, connection, Arc::clone(&load)));
        }
        while let Some(ended) = conversations.join_next().await {
            ended.map_err(Failure::of("a connection ended badly"))??;
        }
        let load = Arc::into_inner(load).ok_or_else(|| Failure::new("a connection has not ended"))?;
        let measured = load.into_inner().unwrap_or_else(PoisonError::into_inner).measured;
        if measured.latencies.count() == 0 {
            return Err(Failure::new(
                "no request was answered in the time that is measured; give it more --seconds",
            ));
        }
        Ok(measured)
    })
}

async fn ask_again<W: Workload>(mut connection: Connection, load: Shared<W>) -> Result<(), Failure> {
    let mut request = Vec::new();
    loop {
        let sent = Instant::now();
        if !lock(&load).write_next(sent, &mut request) {
            return Ok(());
        }
        let body = connection.ask(&request).await?;
        lock(&load).note(sent, body);
    }
}

async fn ask_on_time<W: Workload>(
    mut connection: Connection,
    load: Shared<W>,
    first: Duration,
    every: Duration,
) -> Result<(), Failure> {
    let mut request = Vec::new();
    let mut due = lock(&load).begin + first;
    while lock(&load).write_next(due, &mut request) {
        tokio::time::sleep_until(due.into()).await;
        let body = connection.ask(&request).await?;
        lock(&load).note(due, body);
        due += every;
    }
    Ok(())
}

/// A thread that panicked here has left nothing half done.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
