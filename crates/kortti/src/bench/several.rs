//! The figures of several processes on one PostgreSQL store: what two of them make of the load that one has had, and how long
//! the others are without answers when the one that decides is killed or paused.

use std::{
    net::SocketAddr,
    ops::Range,
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use super::{
    Bench,
    latency::Latencies,
    load::{self, Span, Workload},
    postgres::Place,
    report::{self, Figure, Goal},
    requests::Authorize,
};
use crate::{
    Failure,
    http::{self, Client},
    server::Server,
};

/// The part of the rate of one process that two shall reach.
const OF_ONE: f64 = 0.8;
/// How often they take turns, so that whatever else the machine and the database have to do disturbs both alike. The turn in the
/// middle counts: a disturbance that meets one of the two alone moves the mean of a few turns, and not that.
const TURNS: u32 = 5;
/// The loads of the turns are numbered from here.
const TURN_RUN: u32 = 10;
/// How many processes run when one of them fails.
const PROCESSES: usize = 3;
/// How long the others may be without answers then, in seconds.
const LONGEST_GAP_S: f64 = 3.0;
/// The load is measured for at least this long then, so that it lasts longer than the gap may.
const SHORTEST_LOAD: Duration = Duration::from_secs(5);
/// How long to look for the process that decides, and to ask one that goes on.
const PATIENCE: Duration = Duration::from_secs(20);
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(10);

/// How the process that decides fails.
#[derive(Clone, Copy)]
struct Fault {
    section: &'static str,
    signal: Signal,
    /// No other load on the store has it.
    run: u32,
}

const KILLED: Fault = Fault { section: "owner killed", signal: Signal::KILL, run: 5 };
const PAUSED: Fault = Fault { section: "owner paused", signal: Signal::STOP, run: 6 };
/// The load that asks a process which goes on after a pause.
const RESUMED_RUN: u32 = 7;

impl Bench<'_> {
    /// The load on many cards on `first` alone and, in turn, divided between it and a second process.
    pub(super) fn two(
        &mut self,
        place: &Place<'_>,
        first: &Server,
        cards: &Range<u64>,
    ) -> Result<(), Failure> {
        let section = "2 processes";
        let connections = self.connections().max(2);
        let mut turns = Vec::new();
        let (mut latencies, mut failures) = (Latencies::default(), 0);
        for turn in 0..TURNS {
            let (name, run) = (format!("turn {} of {TURNS}", turn + 1), TURN_RUN + 2 * turn);
            place.tidy()?;
            let one = self.closed(&format!("one process, {name}"), first, connections, cards.clone(), run)?;
            let second = place.serve()?;
            place.tidy()?;
            let addresses = [first.address(), second.address()];
            report::progress(&format!("authorising: two processes, {name}"));
            let workload = Authorize::with(cards.clone(), run + 1);
            let measured = load::closed_on(&addresses, connections, self.span(), workload)?;
            turns.push((one.per_second(), measured.per_second()));
            latencies.merge(&measured.latencies);
            failures += measured.failures();
        }
        let (alone, both) = middle(turns).unwrap_or_default();
        let one = Figure::new(section, "authorisations on one of them", alone, "/s");
        let two = Figure::new(section, "authorisations on both", both, "/s");
        self.report.add(one.clone());
        self.report.add(two.goal(Goal::AtLeast(OF_ONE * one.value())).beside(&one));
        self.spread(section, &latencies, None, None);
        self.errors(section, failures);
        Ok(())
    }

    /// Load on all processes but the one that decides, which is killed; and again, with a new one in its place, paused.
    pub(super) fn faults(&mut self, place: &Place<'_>, cards: &Range<u64>) -> Result<(), Failure> {
        report::progress("starting three processes");
        let mut servers = Vec::new();
        for _ in 0..PROCESSES {
            servers.push(place.serve()?);
        }
        let killed = self.fail(KILLED, &servers, cards.clone())?;
        servers.swap_remove(killed);
        servers.push(place.serve()?);
        let paused = self.fail(PAUSED, &servers, cards.clone())?;
        let Some(paused) = servers.get(paused) else { return Ok(()) };
        paused.signal(Signal::CONT)?;
        let took = answers_again(paused.address(), cards.clone())?;
        let took = Figure::new(PAUSED.section, "it goes on, and answers after", took.as_secs_f64(), "s");
        self.report.add(took.goal(Goal::Under(LONGEST_GAP_S)));
        Ok(())
    }

    /// Lets the process that decides fail while the others are under load, and returns which one it was.
    fn fail(&mut self, fault: Fault, servers: &[Server], cards: Range<u64>) -> Result<usize, Failure> {
        let Fault { section, signal, run } = fault;
        let owner = owner(servers)?;
        report::progress(&format!("authorising: {section} under load"));
        let others = servers.iter().enumerate().filter(|(place, _)| *place != owner);
        let others: Vec<_> = others.map(|(_, server)| server.address()).collect();
        let span = Span { measure: self.span().measure.max(SHORTEST_LOAD), ..self.span() };
        let connections = self.connections().max(others.len());
        let measured = thread::scope(|scope| {
            let load =
                scope.spawn(|| load::closed_on(&others, connections, span, Authorize::with(cards, run)));
            // By then some of what counts is answered.
            thread::sleep(span.warm_up + span.measure / 5);
            let struck = servers.get(owner).map_or(Ok(()), |server| server.signal(signal));
            let measured = load.join().map_err(|_| Failure::new("the load ended badly"))?;
            struck.and(measured)
        })?;
        let gap = measured.longest_gap.as_secs_f64();
        let gap = Figure::new(section, "longest time without an answer", gap, "s");
        self.report.add(gap.goal(Goal::Under(LONGEST_GAP_S)));
        self.errors(section, measured.failures());
        Ok(owner)
    }

    fn errors(&mut self, section: &'static str, failures: usize) {
        let errors = Figure::new(section, "answers that were errors", failures as f64, "in all");
        self.report.add(errors.goal(Goal::Under(1.0)));
    }
}

/// The turn in the middle, in order of what two processes made of the rate of one.
fn middle(mut turns: Vec<(f64, f64)>) -> Option<(f64, f64)> {
    let share = |(alone, both): &(f64, f64)| both / alone;
    turns.sort_by(|one, other| share(one).total_cmp(&share(other)));
    turns.get(turns.len() / 2).copied()
}

/// The place of the process that decides. While one takes over from another neither may say that it does.
fn owner(servers: &[Server]) -> Result<usize, Failure> {
    let begin = Instant::now();
    loop {
        let mut leading = Vec::new();
        for (place, server) in servers.iter().enumerate() {
            if is_leading(&http::get(server.address(), "/metrics")?) {
                leading.push(place);
            }
        }
        match leading[..] {
            [owner] => return Ok(owner),
            _ if begin.elapsed() > PATIENCE => {
                return Err(Failure::new("no process decides, or several say they do"));
            }
            _ => thread::sleep(BETWEEN_ATTEMPTS),
        }
    }
}

/// Whether a process says among its metrics that it decides.
fn is_leading(metrics: &[u8]) -> bool {
    let metrics = String::from_utf8_lossy(metrics);
    metrics
        .lines()
        .find_map(|line| line.strip_prefix("kortti_leading "))
        .is_some_and(|value| value.trim() == "1")
}

/// How long it takes until a process authorises.
fn answers_again(address: SocketAddr, cards: Range<u64>) -> Result<Duration, Failure> {
    let begin = Instant::now();
    let (mut workload, mut client) = (Authorize::with(cards, RESUMED_RUN), Client::new(address, PATIENCE));
    loop {
        let mut request = Vec::new();
        workload.write_next(&mut request);
        match client.ask(&request) {
            Ok(answer) if answer.status == 200 => return Ok(begin.elapsed()),
            _ if begin.elapsed() > PATIENCE => {
                return Err(Failure::new("a process that was paused does not answer again"));
            }
            _ => thread::sleep(BETWEEN_ATTEMPTS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_leading, middle};

    #[test]
    fn turn_in_the_middle_is_the_one_that_neither_process_was_disturbed_in() {
        let turns = vec![(100.0, 80.0), (50.0, 81.0), (101.0, 82.0), (98.0, 20.0), (99.0, 83.0)];
        assert_eq!(middle(turns), Some((101.0, 82.0)));
        assert_eq!(middle(Vec::new()), None);
    }

    #[test]
    fn process_that_decides_is_told_from_one_that_does_not() {
        let metrics =
            |value| format!("# TYPE kortti_leading gauge\nkortti_leading {value}\nkortti_cards 1\n");
        assert!(is_leading(metrics("1").as_bytes()));
        assert!(!is_leading(metrics("0").as_bytes()));
        assert!(!is_leading(b"kortti_cards 1\n"));
    }
}
