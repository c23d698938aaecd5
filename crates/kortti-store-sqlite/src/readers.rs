//! Connections that read the main file, as many as there are readers at once.

use std::path::PathBuf;

use kortti_store::StoreError;
use parking_lot::Mutex;
use rusqlite::Connection;

use crate::connection::{Options, open_reader};

/// More idle connections than this are closed again after a rush.
const MOST_IDLE: usize = 32;

/// Reading connections, opened when first needed and kept with their prepared statements.
pub(crate) struct Readers {
    main: PathBuf,
    options: Options,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(main: PathBuf, options: Options) -> Readers {
        Readers { main, options, idle: Mutex::new(Vec::new()) }
    }

    /// Lends a connection to `read`. The one used last is lent first, because its caches are warm;
    /// one that failed is closed.
    pub(crate) fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self.idle.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open_reader(&self.main, &self.options)?,
        };
        let found = read(&connection)?;
        let mut idle = self.idle.lock();
        if idle.len() < MOST_IDLE {
            idle.push(connection);
        }
        Ok(found)
    }
}
