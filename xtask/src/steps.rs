//! The steps of `cargo xtask ci`, in the order in which they find mistakes cheapest.

use std::time::{Duration, Instant};

use crate::{
    Failure,
    command::{cargo, run},
    generated, interop,
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
pub const STEPS: [Step; 9] = [
    Step { name: "setup", about: "installs the tools that the other steps call", run: setup::run },
    Step { name: "fmt", about: "checks the formatting", run: fmt },
    Step { name: "clippy", about: "lints all targets; a warning is an error", run: clippy },
    Step {
        name: "tidy",
        about: "checks what no other tool does: crate edges, file sizes, leftovers",
        run: tidy::run,
    },
    Step { name: "test", about: "runs all Rust tests", run: test },
    Step {
        name: "interop",
        about: "sends card numbers encrypted by Python and JavaScript",
        run: interop::run,
    },
    Step { name: "schema", about: "holds the running server to its OpenAPI document", run: schema::run },
    Step { name: "docs", about: "builds the documentation of all crates", run: docs },
    Step { name: "generated", about: "checks that generated files are up to date", run: generated::check },
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

fn test(_: &Repository) -> Result<(), Failure> {
    run(cargo().args(["test", "--workspace"]))
}

fn docs(_: &Repository) -> Result<(), Failure> {
    run(cargo().env("RUSTDOCFLAGS", "-D warnings").args(["doc", "--workspace", "--no-deps"]))
}
