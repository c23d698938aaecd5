//! Load: a closed one, in which each connection asks again as soon as it is answered, and an open one, in which requests have
//! their times whether or not the ones before are answered. Both are one loop on the calling thread, which sleeps while there
//! is nothing to do.

mod arrivals;
mod connection;
mod gap;
mod measured;
mod wait;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

pub use self::{arrivals::Arrivals, measured::Measured};
use self::{
    connection::Connection,
    gap::Gap,
    wait::{PATIENCE_S, Waiter},
};
use crate::Failure;

/// What is asked.
pub trait Workload {
    /// Writes the next request into `request`, which is empty; false when there are no more.
    fn write_next(&mut self, request: &mut Vec<u8>) -> bool;

    /// Sees the body of an answer that is a success.
    ///
    /// # Errors
    /// When it is not what was expected.
    fn answered(&mut self, _body: &[u8]) -> Result<(), Failure> {
        Ok(())
    }
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

/// The load of `connections` connections that each ask again as soon as they are answered. An answer counts that comes while
/// it is measured.
///
/// # Errors
/// When a connection is lost, or nothing is answered.
pub fn closed<W: Workload>(
    address: SocketAddr,
    connections: usize,
    span: Span,
    workload: W,
) -> Result<Measured<W>, Failure> {
    closed_on(&[address], connections, span, workload)
}

/// The same on several servers, among which the connections are divided evenly.
///
/// # Errors
/// When a connection is lost, or nothing is answered.
pub fn closed_on<W: Workload>(
    addresses: &[SocketAddr],
    connections: usize,
    span: Span,
    workload: W,
) -> Result<Measured<W>, Failure> {
    Load::new(addresses, connections, span, workload, None)?.run()
}

/// The load of requests that are due at their times. One that is due takes any connection that is free, or else waits until
/// one is. Its latency counts from when it was due, so that a server which stalls is charged for all that it keeps waiting,
/// and it counts when it was due while the load is measured, however late its answer is: the load ends only when all are
/// answered, or after ten seconds more. What is not answered by then is a failure and is charged the time it has waited.
///
/// # Errors
/// When a connection is lost, or nothing is answered.
pub fn open<W: Workload>(
    address: SocketAddr,
    connections: usize,
    arrivals: Arrivals,
    span: Span,
    workload: W,
) -> Result<Measured<W>, Failure> {
    Load::new(&[address], connections, span, workload, Some(arrivals))?.run()
}

/// What makes a request due.
enum Pace {
    /// That a connection is free.
    Closed,
    /// That its time has come.
    Open { arrivals: Arrivals, next: Instant },
}

/// A load that runs.
struct Load<W> {
    pace: Pace,
    /// Each server has every so-manieth of them, as many as there are in `gaps`.
    connections: Vec<Connection>,
    /// How long each server went without a success.
    gaps: Vec<Gap>,
    /// The places of the connections that nothing is asked on, and since when there are any.
    free: Vec<usize>,
    free_since: Instant,
    until: Instant,
    /// Nothing more will be asked.
    ended: bool,
    measured: Measured<W>,
}

impl<W: Workload> Load<W> {
    fn new(
        addresses: &[SocketAddr],
        connections: usize,
        span: Span,
        workload: W,
        arrivals: Option<Arrivals>,
    ) -> Result<Self, Failure> {
        let servers = addresses.iter().cycle().take(connections);
        let connections: Vec<_> =
            servers.map(|address| Connection::open(*address)).collect::<Result<_, _>>()?;
        let begin = Instant::now();
        let open = |mut arrivals: Arrivals| Pace::Open { next: begin + arrivals.gap(), arrivals };
        let from = begin + span.warm_up;
        Ok(Self {
            pace: arrivals.map_or(Pace::Closed, open),
            free: (0..connections.len()).collect(),
            free_since: begin,
            gaps: vec![Gap::since(begin); addresses.len().min(connections.len())],
            connections,
            until: from + span.measure,
            ended: false,
            measured: Measured::new(workload, from),
        })
    }

    fn run(mut self) -> Result<Measured<W>, Failure> {
        let failed = "cannot wait for the server";
        let mut waiter = Waiter::new().map_err(Failure::of(failed))?;
        for (place, connection) in self.connections.iter().enumerate() {
            waiter.add(connection, place).map_err(Failure::of(failed))?;
        }
        let give_up = self.until + Duration::from_secs(PATIENCE_S);
        let mut ready = Vec::new();
        loop {
            let due = self.ask_what_is_due()?;
            let busy = self.free.len() < self.connections.len();
            if self.ended && !busy {
                break;
            }
            if Instant::now() > give_up {
                self.charge_unanswered();
                break;
            }
            if !waiter.wait(due, &mut ready).map_err(Failure::of(failed))? && busy {
                return Err(Failure::new(format!("the server has answered nothing for {PATIENCE_S} s")));
            }
            for place in ready.drain(..) {
                self.proceed(place)?;
                self.ask_what_is_due()?;
            }
        }
        let end = Instant::now();
        self.measured.longest_gap = self.gaps.iter().map(|gap| gap.longest(end)).max().unwrap_or_default();
        self.measured.at_least_one()
    }

    /// Asks on the free connections what is due by now; when the next one is due that there is a connection for.
    fn ask_what_is_due(&mut self) -> Result<Option<Instant>, Failure> {
        while let Some(place) = self.free.last().copied()
            && !self.ended
        {
            let now = Instant::now();
            let due = match &self.pace {
                Pace::Closed => now,
                Pace::Open { next, .. } => *next,
            };
            if due >= self.until {
                self.ended = true;
            } else if due > now {
                return Ok(Some(due));
            } else if self.ask(place, due)? {
                self.free.pop();
            } else {
                self.ended = true;
            }
        }
        Ok(None)
    }

    /// Asks the next request, if there is one.
    fn ask(&mut self, place: usize, due: Instant) -> Result<bool, Failure> {
        let (connection, measured) = (&mut self.connections[place], &mut self.measured);
        let asked = connection.ask(due, |request| measured.workload.write_next(request))?;
        if asked && let Pace::Open { arrivals, next } = &mut self.pace {
            *next = due + arrivals.gap();
            if self.free_since <= due {
                measured.note_sent(due);
            }
        }
        Ok(asked)
    }

    /// Sees to a connection that something happened to.
    fn proceed(&mut self, place: usize) -> Result<(), Failure> {
        let Some(answer) = self.connections[place].proceed()? else { return Ok(()) };
        let now = Instant::now();
        if self.free.is_empty() {
            self.free_since = now;
        }
        self.free.push(place);
        let counts = match self.pace {
            Pace::Closed => now >= self.measured.from() && now <= self.until,
            Pace::Open { .. } => answer.due >= self.measured.from(),
        };
        if self.measured.note_answer(&answer, counts.then_some(now)) {
            let server = place % self.gaps.len();
            self.gaps[server].note(now);
        }
        Ok(())
    }

    /// Charges all requests that are asked or due and not answered.
    fn charge_unanswered(&mut self) {
        for connection in &self.connections {
            if let Some(due) = connection.due() {
                self.measured.note_unanswered(due);
            }
        }
        if let Pace::Open { arrivals, next } = &mut self.pace {
            while !self.ended && *next < self.until {
                self.measured.note_unanswered(*next);
                *next += arrivals.gap();
            }
        }
    }
}

#[cfg(test)]
mod tests;
