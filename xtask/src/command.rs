//! Starting other programs, with errors that name what was run.

use std::{
    env,
    process::{Command, Stdio},
};

use crate::Failure;

/// The cargo that runs this task, so that a `+toolchain` on the outside holds inside too.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a program to its end, its output going where ours goes.
pub fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|source| Failure::Start { command: written(command), source })?;
    if status.success() { Ok(()) } else { Err(Failure::Exit { command: written(command), status }) }
}

/// Runs a program to its end and returns what it printed on its standard output.
pub fn output(command: &mut Command) -> Result<Vec<u8>, Failure> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| Failure::Start { command: written(command), source })?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(Failure::Exit { command: written(command), status: output.status })
    }
}

/// Whether a program exists and succeeds, its output unseen.
pub fn succeeds(command: &mut Command) -> bool {
    let silent = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    silent.status().is_ok_and(|status| status.success())
}

/// The command as one would type it, without quoting: for messages only.
pub fn written(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
