//! The rounds: move the clock, load and strike, start again, settle, compare.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use kortti_core::{entry::SYSTEM, time::Timestamp};
use serde_json::{Value, json};

use super::{
    Options,
    book::{Book, CardOn, MOVED_MAX_S},
    compare,
    database::DatabaseServer,
    difference::Difference,
    journal::Journal,
    plan::{ClockPlan, Plan, random},
    process::Processes,
    report::{self, Outcome, Summary},
    request::{ACCOUNTS, MOVE_CLOCK, audited, bytes, card_path, counting},
    writer::{Link, Writer, parse},
};
use crate::Failure;

/// How many writers there are.
const WRITERS: usize = 4;
/// How many cards all writers share on each account.
const SHARED: usize = 2;
/// After how many rounds the store is verified.
const VERIFY_EVERY: u64 = 10;
/// Time alone changes nothing that is compared in so long after a round begins, which is longer than a round takes on a clock that
/// all writers move on.
const QUIET_MS: i64 = 3 * 60 * 1000 + 1000 * (MOVED_MAX_S * WRITERS as u64).cast_signed();

/// The roles that draw numbers in a round; the plan has 0, the writers have those behind these.
const COMPARE: u64 = 1;
const CLOCK: u64 = 2;
const WORK: u64 = 10;
const SETTLE: u64 = 1000;
const COMPARE_OWN: u64 = 2000;

/// A run.
pub struct Torture<'a> {
    options: &'a Options,
    processes: Processes<'a>,
    /// The database server, where it may be tortured, too.
    database: Option<&'a DatabaseServer>,
    summary: &'a mut Summary,
    shared: Vec<CardOn>,
    writers: Vec<Writer>,
    journal: Journal,
    /// What the clock showed when the round began.
    now: Timestamp,
}

impl<'a> Torture<'a> {
    /// A run with these options.
    pub fn new(
        options: &'a Options,
        processes: Processes<'a>,
        database: Option<&'a DatabaseServer>,
        summary: &'a mut Summary,
    ) -> Self {
        let (shared, writers) = (Vec::new(), Vec::new());
        let (journal, now) = (Journal::default(), Timestamp::default());
        Self { options, processes, database, summary, shared, writers, journal, now }
    }

    /// Runs all rounds.
    ///
    /// # Errors
    /// The first difference.
    pub fn run(mut self) -> Result<(), Difference> {
        self.set_up()?;
        for round in 1..=self.options.rounds {
            self.round(round)?;
        }
        let end = self.options.rounds + 1;
        self.start()?;
        self.compare(end, true)?;
        self.verify()
    }

    /// The first start. A process makes the store, and whoever comes after it finds it.
    fn set_up(&mut self) -> Result<(), Difference> {
        self.start()?;
        let mut link = self.in_peace(0, COMPARE);
        let found = compare::read("/kortti/v1/events?limit=100", &mut link)?;
        let events = found.get("events").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if events.iter().any(|event| event.get("client").is_none_or(|client| client != SYSTEM)) {
            return Err(Failure::new("the store was in use before; torture wants one of its own").into());
        }
        for (account, id) in ACCOUNTS.iter().enumerate() {
            for _ in 0..SHARED {
                let card = issue(account, id, &mut link)?;
                self.shared.push(card);
            }
        }
        // Each of them was issued, and then changed.
        let end = (events.len() + 2 * self.shared.len()) as u64;
        self.journal = Journal::new(end);
        self.writers =
            (0..WRITERS).map(|writer| Writer::new(Book::new(writer, self.shared.clone()))).collect();
        self.bring_up_to_date(0)
    }

    fn round(&mut self, round: u64) -> Result<(), Difference> {
        let draw = if self.database.is_some() { Plan::with_database } else { Plan::new };
        let plan = draw(self.summary.seed, round, self.options.processes.into());
        let before = self.totals();
        let clock_s = self.move_clock(round, plan.clock)?;
        self.load(round, &plan)?;
        let ready = self.start()?;
        self.settle(round)?;
        self.compare(round, false)?;
        self.summary.rounds = round;
        let verified = round.is_multiple_of(VERIFY_EVERY);
        if verified {
            self.verify()?;
            self.start()?;
        }
        let (answered, repeated) = self.totals();
        let entries = self.journal.seen;
        let (answered, repeated) = (answered - before.0, repeated - before.1);
        let outcome = Outcome { answered, repeated, entries, ready, clock_s, verified };
        Ok(report::progress(&report::line(round, &plan, &outcome), self.options.json)?)
    }

    /// Starts what does not run.
    fn start(&mut self) -> Result<Option<Duration>, Failure> {
        let ready = self.processes.start()?;
        self.summary.ready(ready);
        Ok(ready)
    }

    /// Moves the clock while nobody else asks anything: as planned, and as far as it takes that time alone changes nothing until
    /// the round is over. Returns by how many seconds.
    fn move_clock(&mut self, round: u64, plan: Option<ClockPlan>) -> Result<u64, Difference> {
        let mut link = self.in_peace(round, CLOCK);
        self.now = read_clock(&mut link)?;
        let planned = plan.map_or(0, |plan| plan.seconds.cast_signed() * 1000);
        let quiet = self.quiet_after(self.now.plus_ms(planned));
        if quiet == self.now {
            return Ok(0);
        }
        // By an interval and not to an instant: while killed processes start again the clock may pass any instant by itself.
        let seconds = (quiet.0 - self.now.0).cast_unsigned().div_ceil(1000);
        let key = format!("torture-clock-{round}");
        let body = json!({ "seconds": seconds });
        let request = bytes("POST", MOVE_CLOCK, Some(&key), Some(&body));
        if let Some(kill_after) = plan.and_then(|plan| plan.kill_after) {
            self.kill_during(&request, kill_after, &mut link);
            self.start()?;
            link = self.in_peace(round, CLOCK);
        }
        // Also after it was answered: a move that is repeated moves nothing.
        let (_, answer) = link.insist(&request)?;
        if answer.status != 200 {
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(Difference::Refused { key, status: answer.status, body });
        }
        self.bring_up_to_date(round)?;
        let now = read_clock(&mut link)?;
        self.now = now;
        let expired = self.writers.iter_mut().map(|writer| writer.book.move_clock(now)).sum();
        self.journal.expect_clock(expired);
        Ok(seconds)
    }

    /// An instant from which on nothing happens by time alone for a while: this one, or a later one.
    fn quiet_after(&self, mut instant: Timestamp) -> Timestamp {
        let next = |instant| self.writers.iter().filter_map(|writer| writer.book.next_change(instant)).min();
        while let Some(change) = next(instant).filter(|change| *change <= instant.plus_ms(QUIET_MS)) {
            instant = change.plus_ms(1000);
        }
        instant
    }

    /// Sends a request and kills all processes in the middle of it, or after it.
    fn kill_during(&mut self, request: &[u8], kill_after: Duration, link: &mut Link) {
        thread::scope(|scope| {
            // Whether it is answered does not matter: it will be sent again.
            scope.spawn(|| link.insist(request).is_ok());
            thread::sleep(kill_after);
            for process in 0..self.summary.processes {
                self.processes.kill(process);
            }
        });
        self.summary.kills += self.summary.processes as u64;
    }

    /// Lets the writers work, and does to the processes what is planned.
    fn load(&mut self, round: u64, plan: &Plan) -> Result<(), Difference> {
        let (seed, now, stop) = (self.summary.seed, self.now, AtomicBool::new(false));
        let database = self.database;
        let (addresses, processes, writers) =
            (self.processes.addresses(), &mut self.processes, &mut self.writers);
        self.summary.count(plan);
        // Without the database nobody is answered for long; who waits for it has to be there when it is back.
        let persists = plan.database.is_some();
        thread::scope(|scope| {
            let working: Vec<_> = (WORK..)
                .zip(writers)
                .map(|(role, writer)| {
                    let link = Link::under_load(&addresses, random(seed, round, role), now);
                    let stop = &stop;
                    scope.spawn(move || writer.work(link, persists, stop))
                })
                .collect();
            thread::sleep(plan.before);
            let struck = match (plan.database, database) {
                (Some(outage), Some(server)) => processes.strike_without(server, outage, plan.fault),
                _ => plan.fault.map_or(Ok(()), |fault| processes.strike(fault)),
            };
            thread::sleep(plan.after);
            stop.store(true, Ordering::Relaxed);
            working.into_iter().map(join).chain([struck]).collect::<Result<(), _>>()
        })?;
        self.processes.check_alive()
    }

    /// Sends again what was not answered; any process may be asked.
    fn settle(&mut self, round: u64) -> Result<(), Difference> {
        self.bring_up_to_date(round)?;
        self.each(round, SETTLE, |writer, link| writer.settle(link))
    }

    /// Compares everything that changed since the last time, or everything, with what the processes show.
    fn compare(&mut self, round: u64, all: bool) -> Result<(), Difference> {
        self.bring_up_to_date(round)?;
        let cards = compare::used_cards(&self.writers, &self.shared, all);
        self.each(round, COMPARE_OWN, |writer, link| compare::writer(writer, all, link))?;
        let mut link = self.in_peace(round, COMPARE);
        compare::accounts(&self.writers, &mut link)?;
        compare::uses(&mut self.writers, &cards, self.now, &mut link)?;
        self.journal.compare(&mut self.writers, all, &mut link)?;
        (self.summary.answered, self.summary.repeated) = self.totals();
        self.summary.requests = self.writers.iter().map(|writer| writer.book.request_count()).sum();
        let moved: u64 = self.writers.iter().map(|writer| writer.book.entered.moved).sum();
        self.summary.clock_moves = self.journal.moved() + moved;
        self.summary.entries = self.journal.seen;
        self.processes.check_alive()
    }

    /// Lets every process hear of what the others have written.
    fn bring_up_to_date(&mut self, round: u64) -> Result<(), Difference> {
        let mut link = self.in_peace(round, COMPARE);
        (0..self.summary.processes).try_for_each(|process| compare::bring_up_to_date(process, &mut link))?;
        self.writers.iter_mut().for_each(|writer| writer.book.all_know());
        Ok(())
    }

    /// Stops all processes in good order and verifies the store.
    fn verify(&mut self) -> Result<(), Difference> {
        self.processes.stop_all()?;
        self.processes.verify()
    }

    /// Does something with every writer at once, in peace.
    fn each(
        &mut self,
        round: u64,
        role: u64,
        act: impl Fn(&mut Writer, &mut Link) -> Result<(), Difference> + Sync,
    ) -> Result<(), Difference> {
        let links: Vec<_> =
            (role..).take(self.writers.len()).map(|role| self.in_peace(round, role)).collect();
        let act = &act;
        thread::scope(|scope| {
            let writers = self.writers.iter_mut().zip(links);
            let working: Vec<_> =
                writers.map(|(writer, mut link)| scope.spawn(move || act(writer, &mut link))).collect();
            working.into_iter().try_for_each(join)
        })
    }

    fn in_peace(&self, round: u64, role: u64) -> Link {
        Link::in_peace(&self.processes.addresses(), random(self.summary.seed, round, role), self.now)
    }

    /// How many requests were answered, and how many sent again.
    fn totals(&self) -> (u64, u64) {
        let sum = |of: fn(&Writer) -> u64| self.writers.iter().map(of).sum();
        (sum(|writer| writer.book.entered.all()), sum(|writer| writer.repeated))
    }
}

fn join(thread: thread::ScopedJoinHandle<'_, Result<(), Difference>>) -> Result<(), Difference> {
    thread.join().unwrap_or_else(|_| Err(Failure::new("a writer ended badly").into()))
}

/// Issues a card that all writers share, which shows what it is used for.
fn issue(account: usize, id: &str, link: &mut Link) -> Result<CardOn, Difference> {
    let request = bytes("POST", &audited(&card_path(id), "torture"), None, Some(&json!({})));
    let (process, answer) = link.insist(&request)?;
    let card = parse(&answer).get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let card: u64 = card.ok_or_else(|| Failure::new("the sandbox issues no card"))?;
    let path = audited(&format!("/card/v4/VISA_VIRTUAL/{card}"), "torture");
    let change = json!({ "usageLimits": counting(1) });
    let changed = link.insist_on(process, &bytes("PATCH", &path, None, Some(&change)))?;
    if changed.status != 200 {
        return Err(Failure::new("the sandbox changes no card").into());
    }
    Ok(CardOn { id: card, account })
}

fn read_clock(link: &mut Link) -> Result<Timestamp, Difference> {
    let clock = compare::read("/sandbox/v1/clock", link)?;
    let now = clock.get("now").and_then(Value::as_str).and_then(Timestamp::parse);
    Ok(now.ok_or_else(|| Failure::new("the sandbox's clock shows no time"))?)
}
