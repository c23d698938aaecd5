use super::{Fault, Plan, random};

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
        assert!(plans.iter().any(|plan| plan.fault == Fault::Kill { process }));
        assert!(plans.iter().any(|plan| plan.fault == Fault::Stop { process }));
        let paused = |plan: &Plan| matches!(plan.fault, Fault::Pause { process: one, .. } if one == process);
        assert!(plans.iter().any(paused));
    }
    assert!(plans.iter().any(|plan| plan.fault == Fault::KillAll));
    assert!(plans.iter().any(|plan| matches!(plan.fault, Fault::PauseAndKill { .. })));
    let clocks = || plans.iter().filter_map(|plan| plan.clock);
    assert!(clocks().any(|clock| clock.kill_after.is_some()));
    assert!(clocks().any(|clock| clock.seconds < 60) && clocks().any(|clock| clock.seconds > 86_400));
}

#[test]
fn roles_and_rounds_have_numbers_of_their_own() {
    let first = |round, role| random(3, round, role).draw();
    assert_eq!(first(1, 2), first(1, 2));
    assert_ne!(first(1, 2), first(2, 1));
    assert_ne!(first(1, 2), first(1, 3));
}
