use std::time::Duration;

use super::{Outcome, Summary, line};
use crate::torture::{
    difference::Difference,
    plan::{ClockPlan, DatabasePlan, Fault, Outage, Plan},
};

/// A plan in which nothing happens.
fn plan() -> Plan {
    let (before, after) = (Duration::from_millis(87), Duration::ZERO);
    Plan { clock: None, before, fault: None, database: None, after }
}

fn of_the_database(outage: Outage) -> Option<DatabasePlan> {
    Some(DatabasePlan { outage, lasts: Duration::from_millis(1200), then: Duration::from_millis(3) })
}

#[test]
fn a_line_says_what_was_done_to_whom_and_what_came_of_it() {
    let lasts = Duration::from_millis(250);
    let clock = Some(ClockPlan { seconds: 60, kill_after: Some(Duration::ZERO) });
    let fault = Some(Fault::PauseAndKill { process: 2, lasts });
    let plan = Plan { clock, fault, ..plan() };
    let ready = Some(Duration::from_millis(31));
    let outcome = Outcome { answered: 143, repeated: 5, entries: 2310, ready, clock_s: 60, verified: true };
    assert_eq!(
        line(12, &plan, &outcome),
        "round 12: paused 2 for 250 ms and killed it after 87 ms, clock 60 s on (killed meanwhile); \
         143 answered, 5 sent again; 2310 entries; ready in 31 ms; verified"
    );
}

#[test]
fn a_line_says_what_was_done_to_the_database() {
    let outcome = Outcome { answered: 9, repeated: 8, entries: 7, ready: None, clock_s: 0, verified: false };
    let rest = "after 87 ms; 9 answered, 8 sent again; 7 entries";
    let mut plan = Plan { database: of_the_database(Outage::Pause), ..plan() };
    assert_eq!(line(2, &plan, &outcome), format!("round 2: paused the database for 1200 ms {rest}"));
    plan = Plan { fault: Some(Fault::Kill { process: 1 }), database: of_the_database(Outage::Kill), ..plan };
    let done = "killed the database for 1200 ms, killed 1 meanwhile,";
    assert_eq!(line(3, &plan, &outcome), format!("round 3: {done} {rest}"));
}

#[test]
fn faults_are_counted_by_the_process() {
    let mut summary = Summary { processes: 3, ..Summary::default() };
    let lasts = Duration::ZERO;
    for fault in [Fault::KillAll, Fault::PauseAndKill { process: 0, lasts }, Fault::Stop { process: 1 }] {
        summary.count(&Plan { fault: Some(fault), ..plan() });
    }
    assert_eq!((summary.kills, summary.pauses, summary.stops), (4, 1, 1));
    assert!(!summary.text().contains("database"));
}

#[test]
fn outages_of_the_database_are_counted() {
    let mut summary = Summary::default();
    for outage in [Outage::Kill, Outage::Pause, Outage::ShutDown, Outage::Pause] {
        summary.count(&Plan { database: of_the_database(outage), ..plan() });
    }
    let counted = (summary.database_kills, summary.database_stops, summary.database_pauses);
    assert_eq!((counted, summary.kills), ((1, 1, 2), 0));
    assert!(summary.text().contains("; the database: 1 kills, 1 stops, 2 pauses; "), "{}", summary.text());
}

#[test]
fn what_is_lost_or_doubled_stands_in_the_summary() {
    let mut summary = Summary::default();
    assert!(!summary.json().unwrap().contains("difference"));
    summary.differs(&Difference::Lost { found: 7, answered: 9, since: 0 });
    assert_eq!((summary.lost, summary.doubled), (2, 0));
    let mut summary = Summary::default();
    summary.differs(&Difference::Doubled { sequence: 9, user: "torture-0-1".to_owned(), expected: 8 });
    assert_eq!((summary.lost, summary.doubled), (0, 1));
    assert!(summary.json().unwrap().contains("torture-0-1"));
}
