//! What was done and found, a line for each round and a summary, for people and for programs.

use std::time::Duration;

use serde::Serialize;

use super::{
    difference::Difference,
    plan::{DatabasePlan, Fault, Outage, Plan},
};
use crate::{Failure, say, say_aside};

/// A run in numbers.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// By which the run can be repeated.
    pub seed: u64,
    /// How many processes shared the store.
    pub processes: usize,
    /// How many rounds were completed.
    pub rounds: u64,
    /// How many processes were killed.
    pub kills: u64,
    /// How many stood still for a while.
    pub pauses: u64,
    /// How many were told to stop.
    pub stops: u64,
    /// How often the database server was killed.
    pub database_kills: u64,
    /// How often it was shut down in the middle of everything.
    pub database_stops: u64,
    /// How often it stood still for a while.
    pub database_pauses: u64,
    /// How often the clock was moved.
    pub clock_moves: u64,
    /// How many requests the writers made.
    pub requests: u64,
    /// How many were answered in the end.
    pub answered: u64,
    /// How many had to be sent again for that.
    pub repeated: u64,
    /// How many entries the journal has.
    pub entries: u64,
    /// How long the slowest start took until the process was ready.
    pub slowest_ready_ms: u64,
    /// How many were answered, and are not in the journal.
    pub lost: u64,
    /// How many are in the journal twice.
    pub doubled: u64,
    /// What differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
}

impl Summary {
    /// Counts what a plan does to so many processes and the database.
    pub fn count(&mut self, plan: &Plan) {
        match plan.database.map(|database| database.outage) {
            None => {}
            Some(Outage::Kill) => self.database_kills += 1,
            Some(Outage::ShutDown) => self.database_stops += 1,
            Some(Outage::Pause) => self.database_pauses += 1,
        }
        let Some(fault) = plan.fault else { return };
        match fault {
            Fault::Kill { .. } => self.kills += 1,
            Fault::KillAll => self.kills += self.processes as u64,
            Fault::Stop { .. } => self.stops += 1,
            Fault::Pause { .. } => self.pauses += 1,
            Fault::PauseAndKill { .. } => {
                self.pauses += 1;
                self.kills += 1;
            }
        }
    }

    /// Counts a start.
    pub fn ready(&mut self, after: Option<Duration>) {
        self.slowest_ready_ms = self.slowest_ready_ms.max(after.map_or(0, millis));
    }

    /// Puts down what differs.
    pub fn differs(&mut self, difference: &Difference) {
        match difference {
            Difference::Lost { found, answered, .. } => self.lost = answered.saturating_sub(*found),
            Difference::Doubled { .. } => self.doubled = 1,
            _ => {}
        }
        self.difference = Some(difference.to_string());
    }

    /// For people.
    pub fn text(&self) -> String {
        let (kills, stops, pauses) = (self.database_kills, self.database_stops, self.database_pauses);
        let database = if kills + stops + pauses == 0 {
            String::new()
        } else {
            format!("; the database: {kills} kills, {stops} stops, {pauses} pauses")
        };
        format!(
            "{} rounds: {} kills, {} pauses, {} stops, {} clock moves{database}; {} requests, {} answered, {} sent \
             again; {} entries, slowest start {} ms; lost {}, doubled {}",
            self.rounds,
            self.kills,
            self.pauses,
            self.stops,
            self.clock_moves,
            self.requests,
            self.answered,
            self.repeated,
            self.entries,
            self.slowest_ready_ms,
            self.lost,
            self.doubled
        )
    }

    /// For programs.
    ///
    /// # Errors
    /// None that could happen.
    pub fn json(&self) -> Result<String, Failure> {
        serde_json::to_string_pretty(self).map_err(Failure::of("cannot write the summary"))
    }
}

/// What came of a round.
pub struct Outcome {
    /// How many requests were answered in it, and sent again.
    pub answered: u64,
    pub repeated: u64,
    /// Where the journal ends.
    pub entries: u64,
    /// How long the slowest start took; none when nothing had to be started.
    pub ready: Option<Duration>,
    /// By how much the clock was moved, in seconds.
    pub clock_s: u64,
    /// Whether the store was verified.
    pub verified: bool,
}

/// The line of a round.
pub fn line(round: u64, plan: &Plan, outcome: &Outcome) -> String {
    let mut line = format!("round {round}: {} after {} ms", done(plan), millis(plan.before));
    if outcome.clock_s > 0 {
        line.push_str(&format!(", clock {} s on", outcome.clock_s));
        if plan.clock.is_some_and(|clock| clock.kill_after.is_some()) {
            line.push_str(" (killed meanwhile)");
        }
    }
    line.push_str(&format!(
        "; {} answered, {} sent again; {} entries",
        outcome.answered, outcome.repeated, outcome.entries
    ));
    if let Some(ready) = outcome.ready {
        line.push_str(&format!("; ready in {} ms", millis(ready)));
    }
    if outcome.verified {
        line.push_str("; verified");
    }
    line
}

fn done(plan: &Plan) -> String {
    let to_processes = plan.fault.map(done_to_processes);
    match (plan.database.map(done_to_database), to_processes) {
        (None, None) => "nothing".to_owned(),
        (Some(done), None) | (None, Some(done)) => done,
        (Some(database), Some(fault)) => format!("{database}, {fault} meanwhile,"),
    }
}

fn done_to_database(plan: DatabasePlan) -> String {
    let done = match plan.outage {
        Outage::Kill => "killed",
        Outage::ShutDown => "shut down",
        Outage::Pause => "paused",
    };
    format!("{done} the database for {} ms", millis(plan.lasts))
}

fn done_to_processes(fault: Fault) -> String {
    match fault {
        Fault::Kill { process } => format!("killed {process}"),
        Fault::KillAll => "killed all".to_owned(),
        Fault::Stop { process } => format!("stopped {process}"),
        Fault::Pause { process, lasts } => format!("paused {process} for {} ms", millis(lasts)),
        Fault::PauseAndKill { process, lasts } => {
            format!("paused {process} for {} ms and killed it", millis(lasts))
        }
    }
}

/// Says how a round went: to the one who waits, and not to a program that reads the summary.
pub fn progress(line: &str, json: bool) -> Result<(), Failure> {
    if json {
        say_aside(line);
        return Ok(());
    }
    say(line)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
