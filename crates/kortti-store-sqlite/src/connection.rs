//! Files and connections: who may read them, and how SQLite is set up.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use kortti_store::StoreError;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags};

use crate::checkpoint::Checkpointer;
use crate::error::{failure, unavailable};
use crate::migrations::{OF_ANOTHER, Owner};

/// Overwriting a page costs one page in the write-ahead log whatever its size, so pages are small.
const PAGE_BYTES: u32 = 4096;

/// Commits and checkpoints are on the disk when they return.
const FLUSH_ALL: &str = "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;";

/// How SQLite is set up. The default suits a machine of any size.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long to wait for a lock another process holds before giving up as unavailable.
    pub busy_timeout: Duration,
    /// The page cache of the one writing connection, in KiB.
    pub write_cache_kib: u32,
    /// The page cache of each reading connection, in KiB; small, because reads go through the memory map.
    pub read_cache_kib: u32,
    /// How much of the main file is mapped into memory for reading, in bytes. A look-up is a tenth
    /// quicker for it; on a disk that fails to read a mapped page the system ends the process. 0 maps nothing.
    pub map_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            busy_timeout: Duration::from_millis(500),
            write_cache_kib: 64 * 1024,
            read_cache_kib: 2 * 1024,
            map_bytes: 0,
        }
    }
}

/// The files of one store.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    pub(crate) main: PathBuf,
    pub(crate) snapshot: PathBuf,
    lock: PathBuf,
}

impl Files {
    /// The files of the store whose main file is `path`. Makes the folder they live in when it is missing.
    pub(crate) fn at(path: &Path) -> Result<Files, StoreError> {
        let (Some(stem), Some(name)) = (path.file_stem(), path.file_name()) else {
            return Err(StoreError::Invalid { reason: "the path of the database names no file" });
        };
        let folder = folder_of(path);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unavailable)?;
        // An absolute path means the same file whatever becomes of the working directory, and is
        // never taken for one of SQLite's special names.
        let folder = folder.canonicalize().map_err(unavailable)?;
        let main = folder.join(name);
        let snapshot = with_suffix(&folder.join(stem), "-snapshot.db");
        Ok(Files { lock: with_suffix(&main, "-lock"), main, snapshot })
    }

    /// The write-ahead log of the main file.
    pub(crate) fn log(&self) -> PathBuf {
        with_suffix(&self.main, "-wal")
    }

    /// What belongs to the main file and is worth nothing without it.
    pub(crate) fn beside(&self) -> [PathBuf; 5] {
        let Files { main, snapshot, .. } = self;
        let logs = [main, snapshot].map(|file| ["-wal", "-shm"].map(|suffix| with_suffix(file, suffix)));
        let [[main_log, main_index], [log, index]] = logs;
        [main_log, main_index, snapshot.clone(), log, index]
    }

    /// Lets one opener at a time create, migrate or replace files. The lock goes with the returned file.
    pub(crate) fn lock(&self) -> Result<File, StoreError> {
        let mut options = OpenOptions::new();
        let file = options
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&self.lock)
            .map_err(unavailable)?;
        file.lock().map_err(unavailable)?;
        Ok(file)
    }
}

/// The folder of a file.
pub(crate) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The path with something behind the file's whole name.
pub(crate) fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

/// Opens the connection that writes the main file. Each commit is flushed before it returns.
pub(crate) fn open_writer(files: &Files, options: &Options) -> Result<Connection, StoreError> {
    create_private(&files.main)?;
    let mut connection = open(&files.main, options, options.write_cache_kib)?;
    // Before anything is changed in it.
    if Owner::of(&connection).map_err(failure)? == Owner::Other {
        return Err(OF_ANOTHER);
    }
    write_ahead(&connection)?;
    // Deleted rows are overwritten, because destroying a key must destroy it.
    configure(&connection, &format!("{FLUSH_ALL} PRAGMA secure_delete = ON;"))?;
    // The write-ahead log is reused in place and never cut: writing into a file that grows costs a
    // second flush.
    let mut checkpointer = Checkpointer::new(files.main.clone(), options.clone());
    let committed = move |wal: &mut Wal, pages| {
        checkpointer.committed(wal, pages);
        Ok(())
    };
    connection.wal_hook(Some(committed)).map_err(failure)?;
    Ok(connection)
}

/// Opens a connection that only brings the write-ahead log into the main file.
pub(crate) fn open_checkpointer(main: &Path, options: &Options) -> Result<Connection, StoreError> {
    let connection = open(main, options, options.read_cache_kib)?;
    configure(&connection, FLUSH_ALL)?;
    Ok(connection)
}

/// Opens a connection that reads the main file, which a writer must have made before.
pub(crate) fn open_reader(main: &Path, options: &Options) -> Result<Connection, StoreError> {
    let connection = open(main, options, options.read_cache_kib)?;
    configure(&connection, &format!("PRAGMA query_only = ON; PRAGMA mmap_size = {}", options.map_bytes))?;
    Ok(connection)
}

/// Opens the snapshot file for reading and writing. Commits are not flushed: an older snapshot will do.
pub(crate) fn open_snapshot(path: &Path, options: &Options) -> Result<Connection, StoreError> {
    create_private(path)?;
    let connection = open(path, options, options.write_cache_kib)?;
    write_ahead(&connection)?;
    configure(
        &connection,
        "PRAGMA synchronous = NORMAL;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    Ok(connection)
}

fn open(path: &Path, options: &Options, cache_kib: u32) -> Result<Connection, StoreError> {
    // Neither CREATE, so that no file comes to be with open permissions, nor URI, so that no file
    // name is read as anything but a file name.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failure)?;
    connection.busy_timeout(options.busy_timeout).map_err(failure)?;
    connection.set_prepared_statement_cache_capacity(64);
    configure(&connection, &format!("PRAGMA page_size = {PAGE_BYTES}; PRAGMA cache_size = -{cache_kib}"))?;
    Ok(connection)
}

/// Turns write-ahead logging on, which the file then remembers.
fn write_ahead(connection: &Connection) -> Result<(), StoreError> {
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).map_err(failure)?;
    if mode.eq_ignore_ascii_case("wal") {
        return Ok(());
    }
    Err(unavailable(io::Error::other("the file system cannot hold a write-ahead log")))
}

fn configure(connection: &Connection, pragmas: &str) -> Result<(), StoreError> {
    connection.execute_batch(pragmas).map_err(failure)
}

/// Makes an empty file only its owner may read, unless there is one; SQLite gives the files it makes beside it the same mode.
fn create_private(path: &Path) -> Result<(), StoreError> {
    match create_new(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(unavailable(error)),
        _ => Ok(()),
    }
}

/// The same where there must be none: what is written into it would be for the owner of that one, too.
pub(crate) fn create_new_private(path: &Path) -> Result<(), StoreError> {
    create_new(path).map_err(|error| unavailable(format!("{} cannot be made: {error}", path.display())))
}

fn create_new(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}
