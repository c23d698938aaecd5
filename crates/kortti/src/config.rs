//! The configuration: defaults, then the file, then environment and command line.

use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use kortti_core::{calendar::Zone, card::NumberMask, reference::Currency};
use kortti_http::RateLimits;
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    Failure,
    cli::{LogFormat, ServeOptions, StoreOptions},
    location::{Location, PostgresSettings},
    peers::PeerConfig,
    products::{self, ProductConfig},
};

/// The original's limits: 50 requests in a second, 3000 in a minute.
const RATE_PER_SECOND: u32 = 50;
const RATE_PER_MINUTE: u32 = 3000;

/// The file `kortti.toml`. An unknown key is an error.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    store: Option<String>,
    data: Option<PathBuf>,
    master_key_file: Option<PathBuf>,
    listen: Option<SocketAddr>,
    /// Where other processes on the same store reach this one.
    peer_listen: Option<SocketAddr>,
    /// What they connect to, if that is something else.
    peer_address: Option<String>,
    migrate: Option<bool>,
    sandbox: Option<bool>,
    sandbox_allow_remote: Option<bool>,
    log: Option<LogFormat>,
    rate_limit_per_second: Option<u32>,
    rate_limit_per_minute: Option<u32>,
    /// How many leading digits of card numbers are shown: 6 or 8.
    card_number_digits: Option<u8>,
    /// The currency of accounts whose request names none.
    currency: Option<String>,
    /// Where the days of limits begin: of accounts opened from now on, and of products that name no other.
    time_zone: Option<String>,
    #[serde(default)]
    postgres: PostgresSettings,
    #[serde(default)]
    products: Vec<ProductConfig>,
}

/// Where the store and the keys are.
#[derive(Debug)]
pub struct StoreConfig {
    /// The store.
    pub location: Location,
    /// The master key's file.
    pub master_key: PathBuf,
    /// The card products.
    pub products: Vec<ProductConfig>,
    /// Where the days of limits begin, unless a product says otherwise; UTC when absent.
    pub zone: Option<Zone>,
}

/// How to run.
#[derive(Debug)]
pub struct ServeConfig {
    /// Where the store and the keys are.
    pub store: StoreConfig,
    /// The address.
    pub listen: SocketAddr,
    /// How other processes on the same store reach this one; an embedded store is one process's.
    pub peers: Option<PeerConfig>,
    /// Whether a store on a server is brought to this version's schema.
    pub migrate: bool,
    /// Whether this is a sandbox.
    pub sandbox: bool,
    /// The format of log lines.
    pub log: Option<LogFormat>,
    /// How many requests a client may send.
    pub rate: RateLimits,
    /// How many digits of card numbers are shown.
    pub mask: NumberMask,
    /// The currency of accounts whose request names none.
    pub currency: Currency,
}

/// The configuration for commands that need the store only.
///
/// # Errors
/// What is wrong with it.
pub fn store(options: &StoreOptions) -> Result<StoreConfig, Failure> {
    store_config(options, &mut read_file(options.config.as_deref())?)
}

/// The configuration of a server.
///
/// # Errors
/// What is wrong with it.
pub fn serve(options: &ServeOptions) -> Result<ServeConfig, Failure> {
    let mut file = read_file(options.store.config.as_deref())?;
    let sandbox = options.sandbox.or(file.sandbox).unwrap_or(false);
    let listen = options.listen.or(file.listen).unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 8080).into());
    let remote = options.sandbox_allow_remote.or(file.sandbox_allow_remote).unwrap_or(false);
    if sandbox && !listen.ip().is_loopback() && !remote {
        return Err(Failure::new(format!(
            "a sandbox has well-known credentials and refuses to listen on {listen}; add --sandbox-allow-remote if that is meant"
        )));
    }
    let rate = |option: Option<u32>, file: Option<u32>, default: u32| {
        NonZeroU32::new(option.or(file).unwrap_or(if sandbox { 0 } else { default }))
    };
    let rate = RateLimits {
        per_second: rate(options.rate_limit_per_second, file.rate_limit_per_second, RATE_PER_SECOND),
        per_minute: rate(options.rate_limit_per_minute, file.rate_limit_per_minute, RATE_PER_MINUTE),
    };
    let mask = match file.card_number_digits {
        None | Some(6) => NumberMask::Six,
        Some(8) => NumberMask::Eight,
        Some(_) => return Err(Failure::new("card_number_digits must be 6 or 8")),
    };
    let currency = Currency::parse(file.currency.as_deref().unwrap_or("EUR"));
    let currency = currency.ok_or_else(|| Failure::new("currency must be a code of ISO 4217"))?;
    let log = options.log.or(file.log);
    let store = store_config(&options.store, &mut file)?;
    if !sandbox {
        // Before anything is opened or made: what is wrong is in the file.
        products::from_config(&store.products, store.zone.as_ref())
            .map_err(Failure::of(&format!("{} is wrong", path(options.store.config.as_deref()).display())))?;
    }
    let peers = PeerConfig {
        listen: options.peer_listen.or(file.peer_listen).unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 0).into()),
        address: options.peer_address.clone().or(file.peer_address),
    };
    if let Some(address) = peers.address.as_deref().filter(|address| !is_host_and_port(address)) {
        return Err(Failure::new(format!("--peer-address must be HOST:PORT, not `{address}`")));
    }
    let peers = matches!(store.location, Location::Postgres(_)).then_some(peers);
    let migrate = options.migrate.or(file.migrate).unwrap_or(false);
    Ok(ServeConfig { store, listen, peers, migrate, sandbox, log, rate, mask, currency })
}

/// Whether others can be told to connect to this.
fn is_host_and_port(address: &str) -> bool {
    let is_host = |host: &str| !host.is_empty() && !host.contains(char::is_whitespace);
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    address.rsplit_once(':').is_some_and(|(host, port)| is_host(host) && is_port(port))
}

fn store_config(options: &StoreOptions, file: &mut File) -> Result<StoreConfig, Failure> {
    let data = options.data.clone().or(file.data.take()).unwrap_or_else(|| "./kortti-data".into());
    if data.exists() && !data.is_dir() {
        let data = data.display();
        return Err(Failure::new(format!(
            "{data} is no folder; a store's file is named with --store sqlite:{data}"
        )));
    }
    // Also where the store is another one now: what makes no sense is to be known before it is needed.
    file.postgres.check()?;
    let location = match options.store.clone().or(file.store.take()) {
        None => Location::Sqlite(data.join("kortti.db")),
        Some(url) => Location::parse(&url, &file.postgres)?,
    };
    let master_key = options.master_key_file.clone().or(file.master_key_file.take());
    let master_key = master_key.unwrap_or_else(|| data.join("master.key"));
    let zone = file.time_zone.as_deref().map(|name| {
        Zone::parse(name)
            .ok_or_else(|| Failure::new("time_zone must be an IANA name such as Europe/Helsinki"))
    });
    let products = std::mem::take(&mut file.products);
    Ok(StoreConfig { location, master_key, products, zone: zone.transpose()? })
}

/// The location of a store that is named beside the configuration.
///
/// # Errors
/// What is wrong with it, or with the configuration.
pub fn location(url: &str, config: Option<&Path>) -> Result<Location, Failure> {
    Location::parse(url, &read_file(config)?.postgres)
}

/// The configuration file.
fn path(named: Option<&Path>) -> &Path {
    named.unwrap_or(Path::new("kortti.toml"))
}

fn read_file(named: Option<&Path>) -> Result<File, Failure> {
    let path = path(named);
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(File::default());
        }
        Err(error) => return Err(Failure::of(&format!("cannot read {}", path.display()))(error)),
    };
    parse(path, &text)
}

/// What the text of a file says.
///
/// # Errors
/// What is wrong and where. The line itself is not repeated: it may hold a password.
pub fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, Failure> {
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        // It quotes a value where one of another kind is expected.
        let is_harmless = !error.message().contains("://");
        let what = if is_harmless { error.message() } else { "another kind of value is expected" };
        Failure::new(format!("{} is wrong: line {line}, column {column}: {what}", path.display()))
    })
}

#[cfg(test)]
mod tests;
