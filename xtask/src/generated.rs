//! Files that the program writes about itself, kept under version control so that a change of theirs is seen in review.

use std::{path::Path, process::Command};

use crate::{
    Failure,
    command::{output, run},
    repository::{Repository, write},
};

/// A generated file, and the command of the server that prints it.
struct Generated {
    path: &'static str,
    command: &'static str,
}

const GENERATED: [Generated; 2] = [
    Generated { path: "docs/openapi.json", command: "openapi" },
    Generated { path: "docs/errors.md", command: "errors" },
];

/// Fails, and shows the difference, when a file is not what the program prints today.
pub fn check(repository: &Repository) -> Result<(), Failure> {
    let server = repository.build_server()?;
    let scratch = repository.scratch("generated")?;
    let mut outdated = Vec::new();
    for Generated { path, command } in &GENERATED {
        let fresh = scratch.join(command);
        write(&fresh, &print(&server, command)?)?;
        if run(Command::new("diff").arg("-u").arg(repository.root.join(path)).arg(&fresh)).is_err() {
            outdated.push(*path);
        }
    }
    if outdated.is_empty() {
        return Ok(());
    }
    Err(Failure::Refused(format!("out of date: {}; run `cargo xtask generate`", outdated.join(", "))))
}

/// Writes every generated file anew.
pub fn rewrite(repository: &Repository) -> Result<(), Failure> {
    let server = repository.build_server()?;
    GENERATED.iter().try_for_each(|Generated { path, command }| {
        write(&repository.root.join(path), &print(&server, command)?)
    })
}

fn print(server: &Path, command: &str) -> Result<Vec<u8>, Failure> {
    output(Command::new(server).arg(command))
}
