//! Where a store is, and how it is opened.

use std::{
    fmt,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use kortti_store::{Head, Migrated, Store, StoreError, StreamId};
use kortti_store_postgres::PostgresStore;
use kortti_store_sqlite::SqliteStore;
use serde::Deserialize;

use crate::{Failure, url};

/// Into how many streams a new PostgreSQL store's journal is split: the ledger works on one.
const STREAMS: u32 = 1;

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// The embedded store, by its file.
    Sqlite(PathBuf),
    /// A database on a PostgreSQL server.
    Postgres(Database),
}

/// A database by its URL, which may hold a password, and how to use it.
#[derive(Clone, PartialEq, Eq)]
pub struct Database {
    url: String,
    settings: PostgresSettings,
}

/// The table `[postgres]` of the configuration. What it does not name has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresSettings {
    /// A file of PEM certificates that alone vouch for the server.
    ca_file: Option<PathBuf>,
    connect_timeout_ms: Option<u64>,
    statement_timeout_ms: Option<u64>,
    bulk_timeout_ms: Option<u64>,
    pool_timeout_ms: Option<u64>,
    /// How many connections append, and look up.
    writers: Option<usize>,
    readers: Option<usize>,
}

impl PostgresSettings {
    fn options(&self) -> kortti_store_postgres::Options {
        let default = kortti_store_postgres::Options { streams: STREAMS, ..Default::default() };
        let time = |ms: Option<u64>, default| ms.map_or(default, Duration::from_millis);
        kortti_store_postgres::Options {
            ca_file: self.ca_file.clone(),
            connect_timeout: time(self.connect_timeout_ms, default.connect_timeout),
            statement_timeout: time(self.statement_timeout_ms, default.statement_timeout),
            bulk_timeout: time(self.bulk_timeout_ms, default.bulk_timeout),
            pool_timeout: time(self.pool_timeout_ms, default.pool_timeout),
            writers: self.writers.unwrap_or(default.writers),
            readers: self.readers.unwrap_or(default.readers),
            ..default
        }
    }

    /// # Errors
    /// When a number makes no sense.
    pub fn check(&self) -> Result<(), Failure> {
        let times =
            [self.connect_timeout_ms, self.statement_timeout_ms, self.bulk_timeout_ms, self.pool_timeout_ms];
        if times.contains(&Some(0)) || [self.writers, self.readers].contains(&Some(0)) {
            return Err(Failure::new("numbers of [postgres] must be at least 1"));
        }
        Ok(())
    }
}

impl Location {
    /// Reads `sqlite:PATH` or `postgres://…`.
    ///
    /// # Errors
    /// When it is neither, or names a folder. The URL of a server is not repeated: it may hold a password.
    pub fn parse(url: &str, settings: &PostgresSettings) -> Result<Self, Failure> {
        settings.check()?;
        match url.split_once(':') {
            Some(("sqlite", path)) if Path::new(path).is_dir() => Err(Failure::new(format!(
                "{path} is a folder; name the store's file in it, or the folder with --data"
            ))),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                Ok(Self::Postgres(Database { url: url.to_owned(), settings: settings.clone() }))
            }
            _ => Err(Failure::new(
                "the store must be sqlite:PATH or postgres://user:password@host:port/database",
            )),
        }
    }

    /// The file of an embedded store.
    ///
    /// # Errors
    /// When it is on a server: `what` is for files only.
    pub fn file(&self, what: &str) -> Result<&Path, Failure> {
        match self {
            Self::Sqlite(path) => Ok(path),
            Self::Postgres(_) => Err(Failure::new(format!(
                "{what} is for the embedded store; PostgreSQL has pg_basebackup and pg_dump"
            ))),
        }
    }

    /// Whether another one plainly is the same: by its name, or by its file, whatever leads there. A database has more names
    /// than can be compared.
    pub fn is_same(&self, other: &Self) -> bool {
        let file = |path: &Path| path.metadata().map(|file| (file.dev(), file.ino())).ok();
        match (self, other) {
            (Self::Sqlite(one), Self::Sqlite(two)) => {
                one == two || file(one).is_some_and(|it| file(two) == Some(it))
            }
            _ => self == other,
        }
    }

    /// Opens the store. An embedded one is made when there is none, and brought to this version's schema.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self) -> Result<Arc<dyn Store>, Failure> {
        let what = format!("cannot open the store {self}");
        match self {
            Self::Sqlite(path) => {
                let store = SqliteStore::open(path, kortti_store_sqlite::Options::default());
                Ok(Arc::new(store.map_err(Failure::of(&what))?))
            }
            Self::Postgres(database) => {
                let store = PostgresStore::open(&database.url, database.settings.options());
                Ok(Arc::new(store.map_err(cannot_open(&what))?))
            }
        }
    }

    /// Opens one that must be there already.
    ///
    /// # Errors
    /// When there is none, or it cannot be opened.
    pub fn open_existing(&self) -> Result<Arc<dyn Store>, Failure> {
        if let Self::Sqlite(path) = self {
            // Whether it is there cannot be told in a folder that may not be read, which is no reason to say that it is not.
            let there = path.try_exists().map_err(Failure::of(&format!("cannot open the store {self}")))?;
            if !there {
                return Err(Failure::new(format!("there is no store at {self}")));
            }
        }
        self.open()
    }

    /// Makes the store for a command that wants one of its own; an embedded one is made by who opens it first. One that is in
    /// use is left as it is, also in an older schema.
    ///
    /// # Errors
    /// When there is something in it already.
    pub fn make_new(&self, who: &str) -> Result<(), Failure> {
        let is_new = match self {
            Self::Sqlite(path) => !path.exists(),
            Self::Postgres(_) => {
                let head =
                    self.open_or_make()?.head(StreamId(0)).map_err(Failure::of("cannot read the store"))?;
                head == Head::EMPTY
            }
        };
        if is_new {
            return Ok(());
        }
        Err(Failure::new(format!("there is a store at {self}; {who} wants one of its own")))
    }

    /// Opens the store, or makes one where there is none. One on a server that has an older schema is left as it is: servers that
    /// know no other may be using it.
    ///
    /// # Errors
    /// When it cannot be opened or made.
    pub fn open_or_make(&self) -> Result<Arc<dyn Store>, Failure> {
        if let Self::Postgres(database) = self {
            match PostgresStore::open(&database.url, database.settings.options()) {
                Ok(store) => return Ok(Arc::new(store)),
                Err(StoreError::Schema { found: 0, .. }) => drop(self.migrate()?),
                // Opening it once more says what it is.
                Err(_) => {}
            }
        }
        self.open()
    }

    /// Brings the store to this version's schema; the schema before and after.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn migrate(&self) -> Result<Migrated, Failure> {
        let migrated = match self {
            Self::Sqlite(path) => kortti_store_sqlite::migrate(path),
            Self::Postgres(database) => {
                kortti_store_postgres::migrate(&database.url, database.settings.options())
            }
        };
        migrated.map_err(Failure::of(&format!("cannot migrate the store {self}")))
    }
}

/// A failure to open a store on a server. Only one of those waits with an older schema until it is told to leave it; an embedded
/// one leaves it when it is opened.
fn cannot_open(what: &str) -> impl FnOnce(StoreError) -> Failure {
    move |error| match error {
        StoreError::Schema { found, known } if found < known => Failure::new(format!(
            "{what}: its schema is {found}, this program needs {known}; run `kortti migrate`"
        )),
        error => Failure::of(what)(error),
    }
}

/// Without the password.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(database) => f.write_str(&url::shown(&database.url)),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("settings", &self.settings).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
