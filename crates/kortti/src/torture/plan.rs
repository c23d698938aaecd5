//! What is done to the processes in a round, and when: all of it follows from the seed.

use std::time::Duration;

use crate::random::Random;

const HOUR_S: u64 = 3600;
const DAY_S: u64 = 24 * HOUR_S;
/// How long a process may stand still. The longer ones outlast the patience of those who wait for it.
const PAUSE_MAX_MS: u64 = 700;
/// How long one of several stands still in every third pause: another one has taken its place by then, and it wakes up as one that
/// does not know.
const DEPOSED_MS: (u64, u64) = (1700, 1300);
/// How long the database may be gone, and stand still. The longest outlast the patience of everybody who leads.
const DOWN_MAX_MS: u64 = 1500;
const HALTED_MAX_MS: u64 = 4000;

/// The role that draws what is done to the database; what is done to the processes has 0.
const DATABASE: u64 = 3;

/// What happens to processes in the middle of their work. Processes are named by their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `kill -9` of one.
    Kill { process: usize },
    /// `kill -9` of all, as when a machine fails.
    KillAll,
    /// One is told to stop.
    Stop { process: usize },
    /// One stands still for a while, and goes on.
    Pause { process: usize, lasts: Duration },
    /// One stands still for a while, and is killed before it goes on.
    PauseAndKill { process: usize, lasts: Duration },
}

/// What happens to the database server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// `kill -9` of its first process; the others end when they notice.
    Kill,
    /// It ends at once without finishing anything, as on a shutdown in mode `immediate`.
    ShutDown,
    /// All of its processes stand still and go on.
    Pause,
}

/// How the database server fails in the middle of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabasePlan {
    /// What happens.
    pub outage: Outage,
    /// For how long.
    pub lasts: Duration,
    /// How long the outage has lasted when something happens to processes, too.
    pub then: Duration,
}

/// How the sandbox's clock is moved before the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockPlan {
    /// By how much, in seconds.
    pub seconds: u64,
    /// After how long the process that moves it is killed; absent where it is left in peace.
    pub kill_after: Option<Duration>,
}

/// A round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How the clock is moved; absent where it is not.
    pub clock: Option<ClockPlan>,
    /// How long the load has lasted when something happens.
    pub before: Duration,
    /// What happens to processes; absent where only the database fails.
    pub fault: Option<Fault>,
    /// How the database fails; absent where it is left in peace.
    pub database: Option<DatabasePlan>,
    /// How long the load goes on after it, where anybody is left to answer.
    pub after: Duration,
}

impl Plan {
    /// The plan of a round of a run with this seed and so many processes, in which the database is left in peace.
    pub fn new(seed: u64, round: u64, processes: usize) -> Self {
        let mut random = random(seed, round, 0);
        let process = random.below(processes as u64) as usize;
        let (shortest, more) = match random.below(3) {
            0 if processes > 1 => DEPOSED_MS,
            _ => (20, PAUSE_MAX_MS),
        };
        let lasts = Duration::from_millis(shortest + random.below(more));
        let fault = match random.below(20) {
            0..10 => Fault::Kill { process },
            10..12 => Fault::KillAll,
            12..15 => Fault::Stop { process },
            15..18 => Fault::Pause { process, lasts },
            _ => Fault::PauseAndKill { process, lasts },
        };
        let before = Duration::from_millis(20 + random.below(130));
        let after = Duration::from_millis(random.below(80));
        let clock = (random.below(3) == 0).then(|| ClockPlan::draw(&mut random));
        Self { clock, before, fault: Some(fault), database: None, after }
    }

    /// The same where the database may fail, too: in every other round, and in half of these something happens to processes
    /// meanwhile.
    pub fn with_database(seed: u64, round: u64, processes: usize) -> Self {
        let plan = Self::new(seed, round, processes);
        let mut random = random(seed, round, DATABASE);
        if random.below(2) == 0 {
            return plan;
        }
        let fault = plan.fault.filter(|_| random.below(2) == 0);
        let database = Some(DatabasePlan::draw(&mut random));
        // Long enough that in some rounds the load meets the database when it is back.
        let after = Duration::from_millis(random.below(1000));
        Self { fault, database, after, ..plan }
    }
}

impl DatabasePlan {
    fn draw(random: &mut Random) -> Self {
        let (outage, longest) = match random.below(5) {
            0..2 => (Outage::Kill, DOWN_MAX_MS),
            2 => (Outage::ShutDown, DOWN_MAX_MS),
            _ => (Outage::Pause, HALTED_MAX_MS),
        };
        let lasts = 10 + random.below(longest);
        let then = random.below(lasts);
        Self { outage, lasts: Duration::from_millis(lasts), then: Duration::from_millis(then) }
    }
}

impl ClockPlan {
    fn draw(random: &mut Random) -> Self {
        let seconds = match random.below(8) {
            0..3 => 1 + random.below(120),
            3..7 => 120 + random.below(6 * HOUR_S),
            // Now and then by days, so that holds run out.
            _ => DAY_S + random.below(3 * DAY_S),
        };
        let kill_after = (random.below(3) == 0).then(|| Duration::from_micros(random.below(6000)));
        Self { seconds, kill_after }
    }
}

/// The random numbers of one role in one round. They do not hang on how far an earlier round has come, which is a matter of
/// time and not of the seed.
pub const fn random(seed: u64, round: u64, role: u64) -> Random {
    let mut mixed = Random::seeded(seed);
    mixed = Random::seeded(mixed.draw() ^ round);
    mixed = Random::seeded(mixed.draw() ^ role);
    Random::seeded(mixed.draw())
}

#[cfg(test)]
mod tests;
