use super::*;

#[test]
fn conflict_certainly_did_not_commit_and_spares_the_connection() {
    for code in ["40001", "40P01"] {
        assert_eq!(sort(code), Sort::Conflict);
        assert!(sort(code).spares_connection());
    }
}

#[test]
fn server_that_goes_away_may_have_committed() {
    for code in ["57P01", "57P02", "57P04", "57P05", "25P03", "08000", "08006", "08007", "08P01", "40003"] {
        assert_eq!(sort(code), Sort::Lost);
        assert!(!sort(code).spares_connection());
        assert!(sort(code).condemns_server());
    }
}

#[test]
fn read_only_server_is_left_with_all_its_connections() {
    assert_eq!(sort("25006"), Sort::ReadOnly);
    assert!(sort("25006").condemns_server() && !sort("25006").spares_connection());
}

#[test]
fn statement_that_was_cut_short_was_rolled_back() {
    for code in ["57014", "55P03"] {
        assert_eq!(sort(code), Sort::Late);
        assert!(sort(code).spares_connection() && !sort(code).condemns_server());
    }
}

#[test]
fn damage_and_limits_are_told_apart_from_what_passes() {
    for code in ["XX001", "XX002", "42P01", "42703", "23502", "23514"] {
        assert_eq!(sort(code), Sort::Damaged);
    }
    assert_eq!(sort("23505"), Sort::Duplicate);
    assert_eq!(sort("53100"), Sort::Full);
    assert_eq!(sort("54000"), Sort::TooBig);
    for code in ["53200", "53300", "42501", "28P01", "3D000", "57P03", "XX000", "26000", "0A000"] {
        assert_eq!(sort(code), Sort::Unavailable);
        assert!(!sort(code).spares_connection());
    }
}

#[test]
fn silence_is_unknown_at_the_commit_and_unavailable_before() {
    let at = |phase| Failure::TimedOut.into_store_error(phase, "journal");
    assert!(matches!(at(Phase::Commit), StoreError::Unknown { .. }));
    assert!(matches!(at(Phase::BeforeCommit), StoreError::Unavailable { .. }));
}

#[test]
fn missing_connection_is_unavailable_even_where_a_commit_was_meant() {
    let failure = Failure::NoConnection("refused".into());
    assert!(matches!(failure.into_store_error(Phase::Commit, "journal"), StoreError::Unavailable { .. }));
}

fn sort(code: &str) -> Sort {
    Sort::of(&SqlState::from_code(code))
}
