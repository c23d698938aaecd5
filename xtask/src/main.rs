//! `cargo xtask`: everything that is done to this repository by machine, in one place and without another tool.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to its terminal")]

mod command;
mod generated;
mod interop;
mod postgres;
mod repository;
mod sandbox;
mod schema;
mod setup;
mod steps;
mod tidy;

use std::{env, error::Error, process::ExitCode};

use repository::Repository;
use steps::STEPS;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match obey(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            let mut cause = failure.source();
            while let Some(error) = cause {
                eprintln!("  because {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn obey(arguments: &[&str]) -> Result<(), Failure> {
    match arguments {
        [] | ["help" | "--help" | "-h"] => {
            print_usage();
            Ok(())
        }
        ["ci"] => steps::run_all(&Repository::find()?),
        ["generate"] => generated::rewrite(&Repository::find()?),
        [name] => match STEPS.iter().find(|step| step.name == *name) {
            Some(step) => (step.run)(&Repository::find()?),
            None => Err(Failure::Refused(format!("`{name}` is no step; `cargo xtask help` lists them"))),
        },
        [_, ..] => Err(Failure::Refused("one step at a time; `cargo xtask help` lists them".to_owned())),
    }
}

fn print_usage() {
    println!("cargo xtask ci        runs every step below in this order, up to the first that fails");
    println!("cargo xtask generate  rewrites the files that `generated` checks");
    for step in &STEPS {
        println!("cargo xtask {:<9} {}", step.name, step.about);
    }
}

/// Why a step did not succeed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// A program could not be started at all.
    #[error("`{command}` did not start")]
    Start { command: String, source: std::io::Error },
    /// A program ran and said no; its own output has the reason.
    #[error("`{command}` ended with {status}")]
    Exit { command: String, status: std::process::ExitStatus },
    /// A file could not be read or written.
    #[error("could not use `{path}`")]
    File { path: String, source: std::io::Error },
    /// Something that is not as it must be, in words that say how to mend it.
    #[error("{0}")]
    Refused(String),
}
