use std::time::Duration;

use super::{Outcome, Summary, line};
use crate::torture::{
    difference::Difference,
    plan::{ClockPlan, Fault, Plan},
};

#[test]
fn a_line_says_what_was_done_to_whom_and_what_came_of_it() {
    let lasts = Duration::from_millis(250);
    let clock = Some(ClockPlan { seconds: 60, kill_after: Some(Duration::ZERO) });
    let fault = Fault::PauseAndKill { process: 2, lasts };
    let plan = Plan { clock, before: Duration::from_millis(87), fault, after: Duration::ZERO };
    let ready = Some(Duration::from_millis(31));
    let outcome = Outcome { answered: 143, repeated: 5, entries: 2310, ready, clock_s: 60, verified: true };
    assert_eq!(
        line(12, &plan, &outcome),
        "round 12: paused 2 for 250 ms and killed it after 87 ms, clock 60 s on (killed meanwhile); \
         143 answered, 5 sent again; 2310 entries; ready in 31 ms; verified"
    );
}

#[test]
fn faults_are_counted_by_the_process() {
    let mut summary = Summary { processes: 3, ..Summary::default() };
    summary.count(Fault::KillAll);
    summary.count(Fault::PauseAndKill { process: 0, lasts: Duration::ZERO });
    summary.count(Fault::Stop { process: 1 });
    assert_eq!((summary.kills, summary.pauses, summary.stops), (4, 1, 1));
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
