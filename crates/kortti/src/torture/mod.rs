//! `kortti torture`: starts processes on a store of their own, loads them with a seeded mix of requests, kills and pauses them
//! at random moments, starts them again, and compares every answered request with what the store holds then.
//!
//! What the writers ask, what is done to which process, and when, follows from the seed. How the threads of a machine take turns
//! does not, so a seed repeats the same plan and not the same microsecond.

mod book;
mod compare;
mod database;
mod difference;
mod journal;
mod mix;
mod plan;
mod process;
mod report;
mod request;
mod rounds;
mod writer;

use std::{borrow::Cow, hash::BuildHasher, path::PathBuf};

use clap::Args;

use self::{
    database::DatabaseOptions,
    process::{Place, Processes},
    report::Summary,
    rounds::Torture,
};
use crate::{
    Failure,
    location::{Location, PostgresSettings},
    say,
};

/// What to do to the processes, and where.
#[derive(Args, Clone)]
pub struct Options {
    /// The store, which must be new; `KORTTI_STORE` is where the servers' real one stands [default: sqlite:DATA/kortti.db]
    #[arg(long, env = "KORTTI_TORTURE_STORE", value_name = "URL", hide_env_values = true)]
    store: Option<String>,
    /// The folder of the store, the master key and the processes' log, which must be empty [default: a temporary one, which
    /// stays if --store names a store]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How many processes share the store
    #[arg(long, default_value_t = 1, value_name = "P", value_parser = clap::value_parser!(u16).range(1..=16))]
    processes: u16,
    /// How many rounds
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// From which everything that happens is drawn [default: another one in every run]
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    #[command(flatten)]
    database: DatabaseOptions,
    /// Print the summary as JSON; the rounds go to stderr
    #[arg(long)]
    json: bool,
}

/// Tortures and prints.
///
/// # Errors
/// What differs, with the command that repeats the run; or that the processes could not be run at all.
pub fn run(options: &Options) -> Result<(), Failure> {
    let mut place = Place::new(options)?;
    let database = options.database.server(options.store.as_deref(), place.folder())?;
    let seed = options.seed.unwrap_or_else(some_seed);
    let mut summary = Summary { seed, processes: options.processes.into(), ..Summary::default() };
    report::progress(&format!("seed {seed}"), options.json)?;
    let key = keep_key(options, &mut place);
    key.iter().try_for_each(|line| report::progress(line, options.json))?;
    let processes = Processes::new(&place, options.processes.into());
    let result = Torture::new(options, processes, database.as_ref(), &mut summary).run();
    if let Err(difference) = &result {
        summary.differs(difference);
        place.keep();
    }
    let said = say(&if options.json { summary.json()? } else { summary.text() });
    // Once more where the rounds have not carried it away.
    key.iter().filter(|_| result.is_ok()).try_for_each(|line| report::progress(line, options.json))?;
    result.map_err(|difference| {
        Failure::new(format!(
            "{difference}\nseed   {seed}\nagain  {}\nstore  {}",
            again(options, seed),
            place.folder().display()
        ))
    })?;
    said
}

/// Who names a store finds it there when the run is over. So the key without which nobody can open it has to stay as well, also
/// when a folder had to be made for it; this says where it is.
fn keep_key(options: &Options, place: &mut Place) -> Option<String> {
    if options.store.is_none() || options.data.is_some() {
        return None;
    }
    place.keep();
    Some(format!("the store stays, and its master key in {}", place.folder().display()))
}

/// The command that repeats a run. A store on a server is named without its password, and not as an argument.
fn again(options: &Options, seed: u64) -> String {
    let (processes, rounds) = (options.processes, options.rounds);
    let location = |url: &str| Location::parse(url, &PostgresSettings::default()).ok();
    let (store, server) = match options.store.as_deref().and_then(location) {
        None => (String::new(), String::new()),
        Some(Location::Sqlite(path)) => {
            (format!(" --store {}", quoted(&format!("sqlite:{}", path.display()))), String::new())
        }
        Some(server) => {
            let with = "with the whole URL in KORTTI_TORTURE_STORE and the database empty again";
            (String::new(), format!("\n       {with}: {server}"))
        }
    };
    let database = options.database.words();
    format!("kortti torture{store} --processes {processes} --rounds {rounds} --seed {seed}{database}{server}")
}

/// A word as the shell takes it.
fn quoted(word: &str) -> Cow<'_, str> {
    shlex::try_quote(word).unwrap_or(Cow::Borrowed(word))
}

/// A seed that differs from run to run.
fn some_seed() -> u64 {
    std::hash::RandomState::new().hash_one(std::process::id())
}

#[cfg(test)]
mod tests;
