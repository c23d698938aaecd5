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

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Something the operator has to know and do something about, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    /// A failure with these words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }

    /// A failure to do `what`, with its cause.
    pub fn of<E: std::error::Error>(what: &str) -> impl FnOnce(E) -> Self {
        move |error| {
            let mut words = format!("{what}: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                words.push_str(&format!(": {cause}"));
                source = cause.source();
            }
            Self(words)
        }
    }
}

fn main() -> ExitCode {
    process::keep_memory_private();
    huge_pages(false);
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say_error(&failure);
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

/// Prints for the one who typed the command.
#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn say(text: &str) -> Result<(), Failure> {
    println!("{}", text.trim_end());
    Ok(())
}

/// Tells the one who waits how far it is.
#[expect(clippy::print_stderr, reason = "what is printed for programs goes the other way")]
fn say_progress(text: &str) {
    eprintln!("{text}");
}

#[expect(clippy::print_stderr, reason = "the last words before a bad end")]
fn say_error(failure: &Failure) {
    eprintln!("error: {failure}");
}
