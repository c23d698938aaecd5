//! Opens what a configuration names: store, ledger, keys.

use std::{fs::DirBuilder, io::ErrorKind, os::unix::fs::DirBuilderExt, path::Path, sync::Arc};

use kortti_app::{App, Clock, JournalError, Ledger};
use kortti_crypto::{MasterKey, MasterKeyError};
use kortti_store::Store;

use tokio::task::JoinHandle;

use crate::{
    Failure,
    config::StoreConfig,
    huge_pages,
    peers::{PeerConfig, Reachable},
};

const NO_KEYS: &str = "cannot open the keys";

/// The master key.
///
/// # Errors
/// When it cannot be read.
pub fn master_key(config: &StoreConfig) -> Result<MasterKey, Failure> {
    MasterKey::load(&config.master_key).map_err(|error| match error {
        MasterKeyError::File { path, source } if source.kind() == ErrorKind::NotFound => Failure::new(format!(
            "there is no master key at {}: what is in the store can only be read with its own; put it there, or name it with \
             --master-key-file",
            path.display()
        )),
        error => Failure::of("cannot read the master key")(error),
    })
}

/// The whole system, for itself. The first time, it makes the master key.
///
/// # Errors
/// When a part of it cannot be opened.
pub async fn app(config: &StoreConfig) -> Result<Arc<App>, Failure> {
    let (ledger, master) = ledger(config, Ledger::start)?;
    App::open(ledger, master).await.map_err(Failure::of(NO_KEYS))
}

/// The system for one command of an operator, beside whoever else uses it: nothing that is due is done. The first time, it makes
/// the master key.
///
/// # Errors
/// When a part of it cannot be opened.
pub async fn guest_app(config: &StoreConfig) -> Result<Arc<App>, Failure> {
    let (ledger, master) = ledger(config, Ledger::start_as_guest)?;
    App::open(ledger, master).await.map_err(Failure::of(NO_KEYS))
}

/// The same where it must be there already: nothing is made where a name is mistyped or the master key is elsewhere.
///
/// # Errors
/// When there is none, or a part of it cannot be opened.
pub async fn existing_guest_app(config: &StoreConfig) -> Result<Arc<App>, Failure> {
    let ledger = start(config.location.open_existing()?, Ledger::start_as_guest)?;
    let master = if ledger.state().key_count() == 0 {
        Err(Failure::new(format!(
            "the store {} is empty; `kortti keys init` makes its keys",
            config.location
        )))
    } else {
        master_key(config)
    };
    let master = master.inspect_err(|_| ledger.stop())?;
    App::open(ledger, master).await.map_err(Failure::of(NO_KEYS))
}

/// The whole system as one of the processes that share the store, and what answers the others until it is aborted.
///
/// # Errors
/// When a part of it cannot be opened.
pub async fn shared_app(
    config: &StoreConfig,
    peers: &PeerConfig,
) -> Result<(Arc<App>, JoinHandle<()>), Failure> {
    let (ledger, master) = ledger(config, Ledger::start_to_share)?;
    let (ledger, reachable) = Reachable::share(ledger, &master, peers).await?;
    let app = App::open(ledger, master).await.map_err(Failure::of(NO_KEYS))?;
    let answering = reachable.answer(&app);
    Ok((app, answering))
}

/// How a ledger is started.
type Start = fn(Arc<dyn Store>, Clock) -> Result<Ledger, JournalError>;

fn ledger(config: &StoreConfig, how: Start) -> Result<(Ledger, MasterKey), Failure> {
    let ledger = start(config.location.open()?, how)?;
    let master = if ledger.state().key_count() == 0 {
        // An embedded store has made the folder for itself; one on a server has none.
        folder_for(&config.master_key).map_err(Failure::of("cannot make the master key's folder")).and_then(
            |_| {
                MasterKey::load_or_create(&config.master_key)
                    .map_err(Failure::of("cannot make the master key"))
            },
        )
    } else {
        // The keys in the store need the master key that wrapped them. A new one in its place would only hide that it is gone.
        master_key(config)
    };
    let master = master.inspect_err(|_| ledger.stop())?;
    Ok((ledger, master))
}

fn start(store: Arc<dyn Store>, how: Start) -> Result<Ledger, Failure> {
    huge_pages(true);
    let ledger = how(store, Clock::machine());
    huge_pages(false);
    ledger.map_err(Failure::of("cannot start from the journal"))
}

/// The folder of a file, which is made for its owner only if it is missing.
///
/// # Errors
/// When it cannot be made.
pub fn folder_for(file: &Path) -> std::io::Result<&Path> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map(|()| folder)
}

/// A runtime for commands that run once.
///
/// # Errors
/// When the system has no threads left.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Failure::of("cannot start a runtime"))
}

#[cfg(test)]
mod tests;
