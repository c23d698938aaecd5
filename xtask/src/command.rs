//! Starting other programs, with errors that name what was run.

use std::{
    env,
    io::{BufRead, BufReader},
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

/// Runs a program to its end, each line of its standard output going where ours goes and past `watch`.
pub fn run_watched(command: &mut Command, mut watch: impl FnMut(&str)) -> Result<(), Failure> {
    let name = written(command);
    let failed = |source| Failure::Start { command: name.clone(), source };
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(failed)?;
    let lines = child.stdout.take().map(BufReader::new).into_iter().flat_map(BufReader::lines);
    for line in lines {
        let line = line.map_err(failed)?;
        println!("{line}");
        watch(&line);
    }
    let status = child.wait().map_err(failed)?;
    if status.success() { Ok(()) } else { Err(Failure::Exit { command: name, status }) }
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
