//! The steps of `cargo xtask ci`, in the order in which they find mistakes cheapest.

use std::time::{Duration, Instant};

use crate::{
    Failure,
    command::{cargo, run, run_watched},
    generated, interop, postgres,
    repository::Repository,
    schema, setup, tidy,
};

/// One check that can be run alone by its name.
pub struct Step {
    pub name: &'static str,
    pub about: &'static str,
    pub run: fn(&Repository) -> Result<(), Failure>,
}

/// Every step, in order.
pub const STEPS: [Step; 11] = [
    Step { name: "setup", about: "installs the tools that the other steps call", run: setup::run },
    Step { name: "fmt", about: "checks the formatting", run: fmt },
    Step { name: "clippy", about: "lints all targets; a warning is an error", run: clippy },
    Step {
        name: "tidy",
        about: "checks what no other tool does: crate edges, file sizes, leftovers",
        run: tidy::run,
    },
    Step { name: "docs", about: "builds the documentation of all crates", run: docs },
    Step { name: "generated", about: "checks that generated files are up to date", run: generated::check },
    Step {
        name: "interop",
        about: "sends card numbers encrypted by Python and JavaScript",
        run: interop::run,
    },
    Step { name: "schema", about: "holds the running server to its OpenAPI document", run: schema::run },
    Step {
        name: "postgres",
        about: "runs the tests from outside on PostgreSQL instead of the embedded store",
        run: postgres::outside,
    },
    Step {
        name: "newer",
        about: "runs tests of the store and from outside on a newer PostgreSQL",
        run: postgres::newer,
    },
    Step { name: "test", about: "runs all Rust tests", run: test },
];

/// Runs every step and stops at the first failure.
pub fn run_all(repository: &Repository) -> Result<(), Failure> {
    let start = Instant::now();
    for Step { name, about, run } in &STEPS {
        println!("ci: {name} ({about})");
        let step_start = Instant::now();
        let outcome = run(repository);
        let (verdict, took) =
            (if outcome.is_ok() { "passed" } else { "FAILED" }, seconds(step_start.elapsed()));
        println!("ci: {name} {verdict} after {took}");
        outcome?;
    }
    println!("ci: all {} steps passed in {}", STEPS.len(), seconds(start.elapsed()));
    Ok(())
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

fn fmt(_: &Repository) -> Result<(), Failure> {
    run(cargo().args(["fmt", "--all", "--check"]))
}

fn clippy(_: &Repository) -> Result<(), Failure> {
    run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

/// Cargo closes each of the many test programs with a line of its own; this adds them up in one.
fn test(_: &Repository) -> Result<(), Failure> {
    let [mut passed, mut failed, mut ignored] = [0; 3];
    let outcome = run_watched(cargo().args(["test", "--workspace"]), |line| {
        passed += count(line, "passed");
        failed += count(line, "failed");
        ignored += count(line, "ignored");
    });
    println!("tests: {passed} passed, {failed} failed, {ignored} skipped");
    outcome
}

/// The number before `what` in the closing line of a test program; 0 in any other line.
fn count(line: &str, what: &str) -> u64 {
    let Some(counts) = line.strip_prefix("test result: ") else { return 0 };
    let words: Vec<&str> = counts.split([' ', ';']).filter(|word| !word.is_empty()).collect();
    let pairs = words.windows(2).filter_map(|pair| <&[&str; 2]>::try_from(pair).ok());
    pairs.filter(|[_, word]| *word == what).filter_map(|[number, _]| number.parse::<u64>().ok()).sum()
}

fn docs(_: &Repository) -> Result<(), Failure> {
    run(cargo().env("RUSTDOCFLAGS", "-D warnings").args(["doc", "--workspace", "--no-deps"]))
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn closing_line_is_counted_by_its_words() {
        let line =
            "test result: ok. 74 passed; 2 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.51s";
        assert_eq!([count(line, "passed"), count(line, "failed"), count(line, "ignored")], [74, 2, 1]);
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(count("test it::says_5_passed ... ok", "passed"), 0);
        assert_eq!(count("5 passed; 0 failed", "passed"), 0);
    }
}
