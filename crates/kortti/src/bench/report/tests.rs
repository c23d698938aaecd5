use super::{Figure, Goal, Report, with_unit};

fn report() -> Report {
    let flushes = Figure::new("machine", "flushes", 8_000.0, "/s");
    let mut report = Report::default();
    report.add(flushes.clone());
    report.add(Figure::new("create", "cards", 6_000.0, "/s").goal(Goal::AtLeast(5_000.0)).beside(&flushes));
    report.add(Figure::new("start", "ready", 1.0, "s").goal(Goal::Under(1.0)));
    report
}

#[test]
fn goal_is_missed_only_beyond_its_bound() {
    let missed = |value, goal| {
        let mut report = Report::default();
        report.add(Figure::new("", "", value, "").goal(goal));
        report.missed() == 1
    };
    assert!(!missed(5.0, Goal::AtLeast(5.0)));
    assert!(missed(4.9, Goal::AtLeast(5.0)));
    assert!(!missed(4.9, Goal::Under(5.0)));
    assert!(missed(5.0, Goal::Under(5.0)));
}

#[test]
fn table_shows_goal_verdict_and_limit_in_columns() {
    let table = report().table();
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[2].contains("6,000/s  at least 5,000/s  met     75 % of 8,000/s (flushes)"));
    assert!(lines[3].contains("1.00 s  under 1.00 s      MISSED"));
    assert_eq!(lines[0].find("goal"), lines[2].find("at least"));
}

#[test]
fn json_has_every_figure_with_its_goal() {
    let json: serde_json::Value = serde_json::from_str(&report().json().unwrap()).unwrap();
    let figures = json["figures"].as_array().unwrap();
    assert_eq!(figures.len(), 3);
    assert!(figures[0].get("goal").is_none());
    assert_eq!(figures[1]["goal"]["at_least"], 5_000.0);
    assert_eq!(figures[1]["limit"]["value"], 8_000.0);
    assert_eq!(figures[2]["met"], false);
}

#[test]
fn numbers_have_three_digits_that_matter() {
    let written = [0.123, 9.99, 12.34, 999.4, 1_234.0, 1_002_003.0].map(|value| with_unit(value, "s"));
    assert_eq!(written, ["0.12 s", "9.99 s", "12.3 s", "999 s", "1,234 s", "1,002,003 s"]);
}
