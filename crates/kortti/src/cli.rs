//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

/// An open, self-hosted card issuing system.
#[derive(Parser)]
#[command(name = "kortti", version, about)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What has no option: it is set once for a machine.
const LOG_LEVEL: &str = "\
Environment:
  KORTTI_LOG_LEVEL  The least level of log lines: error, warn, info, debug, trace or off [default: info]";

/// What the program can do.
#[derive(Subcommand)]
pub enum Command {
    /// Run the system
    #[command(after_help = LOG_LEVEL)]
    Serve(ServeOptions),
    /// Bring the store to this version's schema
    Migrate(StoreOptions),
    /// Copy a store into another one, empty or begun before, and compare both
    Copy(CopyOptions),
    /// Write the embedded store into a file, also while a server uses it
    Backup(BackupOptions),
    /// Make an embedded store from a backup, and check its journal
    Restore(RestoreOptions),
    /// Manage API credentials
    #[command(subcommand)]
    Client(ClientCommand),
    /// Manage keys and certificates
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Check a store from end to end; fails at the first thing that is wrong
    Verify(StoreOptions),
    /// Decide recorded transactions again, under the rules of today or others; says which would come out differently
    Replay(ReplayOptions),
    /// Measure this machine and this program on it
    #[cfg(target_os = "linux")]
    Bench(crate::bench::Options),
    /// Kill and pause servers under load, again and again, and compare what they answered with what they kept
    #[cfg(target_os = "linux")]
    Torture(crate::torture::Options),
    /// Print the OpenAPI document
    Openapi,
    /// Print the table of error codes
    Errors,
}

/// Where the store and the keys are.
#[derive(Args, Clone, Default)]
pub struct StoreOptions {
    /// The store: sqlite:PATH or postgres://… [default: sqlite:DATA/kortti.db]
    #[arg(long, env = "KORTTI_STORE", value_name = "URL", hide_env_values = true)]
    pub store: Option<String>,
    /// The folder (DATA) of the store and the master key [default: ./kortti-data]
    #[arg(long, env = "KORTTI_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The file with the master key, made with a new store [default: DATA/master.key]
    #[arg(long, env = "KORTTI_MASTER_KEY_FILE", value_name = "FILE")]
    pub master_key_file: Option<PathBuf>,
    /// The configuration file [default: ./kortti.toml when present]
    #[arg(long, env = "KORTTI_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// How to run the system.
#[derive(Args, Clone, Default)]
pub struct ServeOptions {
    /// Where the store and the keys are
    #[command(flatten)]
    pub store: StoreOptions,
    /// Bring a store on a server to this version's schema first; the embedded one always is
    #[arg(long, env = "KORTTI_MIGRATE", value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true)]
    pub migrate: Option<bool>,
    /// The address to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "KORTTI_LISTEN", value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Run with fixtures, a movable clock and test credentials
    #[arg(long, env = "KORTTI_SANDBOX", value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true)]
    pub sandbox: Option<bool>,
    /// Let the sandbox listen on an address that others can reach
    #[arg(long, env = "KORTTI_SANDBOX_ALLOW_REMOTE", value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true)]
    pub sandbox_allow_remote: Option<bool>,
    /// The format of log lines [default: text on a terminal, json otherwise]
    #[arg(long, env = "KORTTI_LOG", value_name = "FORMAT")]
    pub log: Option<LogFormat>,
    /// Requests a client may send in a second, 0 for any number [default: 50, in the sandbox 0]
    #[arg(long, env = "KORTTI_RATE_LIMIT_PER_SECOND", value_name = "N")]
    pub rate_limit_per_second: Option<u32>,
    /// Requests a client may send in a minute, 0 for any number [default: 3000, in the sandbox 0]
    #[arg(long, env = "KORTTI_RATE_LIMIT_PER_MINUTE", value_name = "N")]
    pub rate_limit_per_minute: Option<u32>,
    /// Where other processes on the same PostgreSQL store reach this one [default: 127.0.0.1, on a free port]
    #[arg(long, env = "KORTTI_PEER_LISTEN", value_name = "ADDR")]
    pub peer_listen: Option<SocketAddr>,
    /// What other processes connect to, if it is not where this one listens
    #[arg(long, env = "KORTTI_PEER_ADDRESS", value_name = "HOST:PORT")]
    pub peer_address: Option<String>,
    /// End when this process does, which must be the one that started the server
    #[cfg(target_os = "linux")]
    #[arg(long, value_name = "PID", hide = true)]
    pub parent: Option<i32>,
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// What to decide again, and under which rules.
#[derive(Args, Clone)]
pub struct ReplayOptions {
    /// Where the store is
    #[command(flatten)]
    pub store: StoreOptions,
    /// A file of rules to put in place of today's limits, blocks and products
    #[arg(long, value_name = "FILE")]
    pub with: Option<PathBuf>,
    /// The first journal entry whose transaction is decided again
    #[arg(long, value_name = "SEQ", default_value_t = 1)]
    pub from: u64,
    /// The last one [default: the journal's last]
    #[arg(long, value_name = "SEQ", default_value_t = u64::MAX, hide_default_value = true)]
    pub to: u64,
    /// Print one line of JSON for each that would come out differently, and one for the summary
    #[arg(long)]
    pub json: bool,
}

/// What to copy where.
#[derive(Args, Clone)]
pub struct CopyOptions {
    /// The store to read
    #[arg(long, env = "KORTTI_COPY_FROM", value_name = "URL", hide_env_values = true)]
    pub from: String,
    /// The store to write
    #[arg(long, env = "KORTTI_COPY_TO", value_name = "URL", hide_env_values = true)]
    pub to: String,
    /// The configuration file [default: ./kortti.toml when present]
    #[arg(long, env = "KORTTI_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// What to back up.
#[derive(Args, Clone)]
pub struct BackupOptions {
    /// Where the store is
    #[command(flatten)]
    pub store: StoreOptions,
    /// The file to write, which must not be there yet
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
}

/// What to restore.
#[derive(Args, Clone)]
pub struct RestoreOptions {
    /// Where the store is to be, of which there must be none yet
    #[command(flatten)]
    pub store: StoreOptions,
    /// The backup
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
}

/// API credentials.
#[derive(Subcommand)]
pub enum ClientCommand {
    /// Add a client; its secret is shown once
    Add {
        /// The client's name, which is also its user name in HTTP Basic authentication
        name: String,
        /// What the client may do, such as cards:read,cards:write, or `all`; may be repeated
        #[arg(long = "scope", required = true, value_name = "SCOPE")]
        scopes: Vec<String>,
        /// The institution the client acts for
        #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        institution: u32,
        /// Where the store and the keys are
        #[command(flatten)]
        store: StoreOptions,
    },
    /// List all clients
    List(StoreOptions),
    /// Revoke a client's credentials, for good
    Revoke {
        /// The client's name
        name: String,
        /// Where the store and the keys are
        #[command(flatten)]
        store: StoreOptions,
    },
}

/// Keys and certificates.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// Make the master key and the first keys, if there are none
    Init(StoreOptions),
    /// Add a key that is used from now on; what older keys encrypted stays readable
    Rotate {
        /// Which kind of key
        #[arg(value_enum, default_value_t = KeyKind::Jwe)]
        kind: KeyKind,
        /// Where the store and the keys are
        #[command(flatten)]
        store: StoreOptions,
    },
    /// List all keys; the newest of each purpose is the one in use
    List(StoreOptions),
}

/// The kinds of keys that can be rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeyKind {
    /// The key pair and certificate that callers encrypt card numbers to
    Jwe,
    /// The key that encrypts what is stored
    Data,
}
