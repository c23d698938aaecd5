//! Kortti: an open, self-hosted card issuing system.

mod admin;
#[cfg(target_os = "linux")]
mod bench;
mod cli;
mod config;
#[cfg(target_os = "linux")]
mod http;
mod location;
mod logging;
mod moving;
mod open;
mod peers;
mod process;
mod products;
#[cfg(target_os = "linux")]
mod random;
mod replay;
mod rules;
mod serve;
#[cfg(target_os = "linux")]
mod server;
#[cfg(target_os = "linux")]
mod torture;
mod url;

use std::{
    io::{ErrorKind, Write},
    process::ExitCode,
};

use clap::Parser;
use kortti_store::chain;

use crate::cli::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Something the operator has to know and do something about, in words.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The words.
    #[error("{0}")]
    Words(String),
    /// Whoever read what the command prints has enough, as `head` does; so nothing is wrong where nothing was changed.
    #[error("nobody reads what is printed")]
    Unread,
}

impl Failure {
    /// A failure with these words.
    pub fn new(words: impl Into<String>) -> Self {
        Self::Words(words.into())
    }

    /// A failure to do `what`, with its causes.
    pub fn of<E: std::error::Error>(what: &str) -> impl FnOnce(E) -> Self {
        move |error| Self::Words(format!("{what}: {}", chain(&error)))
    }
}

fn main() -> ExitCode {
    process::keep_memory_private();
    huge_pages(false);
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) | Err(Failure::Unread) => ExitCode::SUCCESS,
        Err(failure) => {
            say_aside(&format!("error: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command {
        Command::Serve(options) => serve::run(options),
        Command::Migrate(options) => admin::migrate(&options),
        Command::Copy(options) => moving::copy(&options),
        Command::Backup(options) => moving::backup(&options),
        Command::Restore(options) => moving::restore(&options),
        Command::Client(command) => admin::client(command),
        Command::Keys(command) => admin::keys(command),
        Command::Verify(options) => admin::verify(&options),
        Command::Replay(options) => replay::run(&options),
        #[cfg(target_os = "linux")]
        Command::Bench(options) => bench::run(&options),
        #[cfg(target_os = "linux")]
        Command::Torture(options) => torture::run(&options),
        Command::Openapi => say(&kortti_http::openapi_document()),
        Command::Errors => say(&kortti_http::error_table()),
    }
}

/// Whether memory that is new comes from the system in huge pages, where the allocator asks for them. The first touch of each
/// makes the system clear 2 MiB at once: milliseconds in which the engine would decide nothing, some twelve times a second under
/// load. What is loaded at the start is worth it: it is looked up at random from then on, and huge pages are found faster.
fn huge_pages(wanted: bool) {
    // A system that knows no such switch has nothing to switch.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(!wanted);
    #[cfg(not(target_os = "linux"))]
    let _ = wanted;
}

/// Prints for the one who typed the command, where nothing was changed.
///
/// # Errors
/// When it cannot be written, or nobody reads it any more.
fn say(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    let said = writeln!(output, "{}", text.trim_end()).and_then(|()| output.flush());
    said.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::Unread,
        _ => Failure::of("cannot print")(error),
    })
}

/// Prints what has come of a change; `done` says in a few words that it was made.
///
/// # Errors
/// When it cannot be written, also where nobody reads it: whoever hears no more than that must hear what was done all the same.
fn say_done(done: &str, text: &str) -> Result<(), Failure> {
    say(text).map_err(|failure| Failure::new(format!("{done} ({failure})")))
}

/// Tells the one who waits how far it is, or how it ended; what is printed for programs goes the other way.
fn say_aside(text: &str) {
    // Where it cannot be said, nobody can be told that either.
    let _ = writeln!(std::io::stderr(), "{text}");
}
