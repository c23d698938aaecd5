use super::{Fault, Outage, Plan, random};

#[test]
fn the_same_seed_plans_the_same_rounds() {
    let plans = |seed| (1..=50).map(|round| Plan::new(seed, round, 2)).collect::<Vec<_>>();
    assert_eq!(plans(7), plans(7));
    assert_ne!(plans(7), plans(8));
}

#[test]
fn every_fault_happens_and_no_process_is_left_out() {
    let plans: Vec<Plan> = (1..=200).map(|round| Plan::new(1, round, 2)).collect();
    for process in 0..2 {
        assert!(plans.iter().any(|plan| plan.fault == Some(Fault::Kill { process })));
        assert!(plans.iter().any(|plan| plan.fault == Some(Fault::Stop { process })));
        let paused =
            |plan: &Plan| matches!(plan.fault, Some(Fault::Pause { process: one, .. }) if one == process);
        assert!(plans.iter().any(paused));
    }
    assert!(plans.iter().any(|plan| plan.fault == Some(Fault::KillAll)));
    assert!(plans.iter().any(|plan| matches!(plan.fault, Some(Fault::PauseAndKill { .. }))));
    let clocks = || plans.iter().filter_map(|plan| plan.clock);
    assert!(clocks().any(|clock| clock.kill_after.is_some()));
    assert!(clocks().any(|clock| clock.seconds < 60) && clocks().any(|clock| clock.seconds > 86_400));
}

#[test]
fn only_one_of_several_stands_still_until_another_one_has_taken_its_place() {
    let longest = |processes| {
        let plans = (1..=200).map(|round| Plan::new(1, round, processes));
        let pauses = plans.filter_map(|plan| match plan.fault {
            Some(Fault::Pause { lasts, .. } | Fault::PauseAndKill { lasts, .. }) => Some(lasts.as_millis()),
            _ => None,
        });
        pauses.max().unwrap()
    };
    assert!(longest(1) < 1000, "{}", longest(1));
    assert!(longest(2) > 2000, "{}", longest(2));
}

#[test]
fn the_database_fails_in_every_way_alone_and_with_processes() {
    let plans = |seed| (1..=200).map(|round| Plan::with_database(seed, round, 2)).collect::<Vec<_>>();
    assert_eq!(plans(1), plans(1));
    for outage in [Outage::Kill, Outage::ShutDown, Outage::Pause] {
        let failing = |plan: &&Plan| plan.database.is_some_and(|database| database.outage == outage);
        let failing: Vec<Plan> = plans(1).iter().filter(failing).copied().collect();
        assert!(failing.iter().any(|plan| plan.fault.is_none()), "{outage:?}");
        assert!(failing.iter().any(|plan| plan.fault.is_some()), "{outage:?}");
        assert!(failing.iter().filter_map(|plan| plan.database).all(|plan| plan.then < plan.lasts));
    }
    assert!(plans(1).iter().any(|plan| plan.database.is_none()));
}

#[test]
fn a_round_that_leaves_the_database_in_peace_is_the_same_as_without_one() {
    for round in 1..=50 {
        let plan = Plan::with_database(1, round, 2);
        assert!(plan.database.is_some() || plan == Plan::new(1, round, 2));
        assert_eq!(plan.clock, Plan::new(1, round, 2).clock);
    }
}

#[test]
fn roles_and_rounds_have_numbers_of_their_own() {
    let first = |round, role| random(3, round, role).draw();
    assert_eq!(first(1, 2), first(1, 2));
    assert_ne!(first(1, 2), first(2, 1));
    assert_ne!(first(1, 2), first(1, 3));
}
