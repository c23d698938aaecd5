//! The commands that move a store: into another one, into a file and back.

use std::{
    os::unix::fs::DirBuilderExt,
    path::Path,
    time::{Duration, Instant},
};

use kortti_app::{Copied, copy_store, verify_journal};
use kortti_store_sqlite::{Options, SqliteStore};

use crate::{
    Failure,
    cli::{BackupOptions, CopyOptions, RestoreOptions},
    config, open, say, say_progress,
};

/// How often the progress is told.
const EVERY: Duration = Duration::from_secs(2);

/// `kortti copy`
///
/// # Errors
/// When it cannot be finished. What has been copied stays, and the next attempt goes on from there.
pub fn copy(options: &CopyOptions) -> Result<(), Failure> {
    let (from, to) = (config::location(&options.from)?, config::location(&options.to)?);
    if from == to {
        return Err(Failure::new("the source and the destination are the same store"));
    }
    if !from.exists() {
        return Err(Failure::new(format!("there is no store at {}", from.display())));
    }
    let (source, destination) = (open::at(&from)?, open::at(&to)?);
    let mut told = Instant::now();
    let mut tell = |copied: Copied| {
        if told.elapsed() >= EVERY {
            told = Instant::now();
            say_progress(&format!("{} of {} entries, {} rows", copied.entries, copied.of, copied.rows));
        }
    };
    let copied =
        copy_store(&*source, &*destination, &mut tell).map_err(Failure::of("the copy is not complete"))?;
    let hash: String = copied.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    say(&format!(
        "copied: {} journal entries, {} rows; both stores have the hash {hash}\n\n\
         The master key is not in a store: take it along.",
        copied.entries, copied.rows
    ))
}

/// `kortti backup`
///
/// # Errors
/// When it cannot be written whole; then there is none.
pub fn backup(options: &BackupOptions) -> Result<(), Failure> {
    let config = config::store(&options.store)?;
    let what = format!("cannot back up {}", config.path.display());
    let head = kortti_store_sqlite::backup(&config.path, &options.to).map_err(Failure::of(&what))?;
    say(&format!(
        "{} holds {} journal entries\n\nThe master key is not in it: keep {} as well, and elsewhere.",
        options.to.display(),
        head.sequence,
        config.master_key.display()
    ))
}

/// `kortti restore`
///
/// # Errors
/// When the backup is damaged; then no store is left behind.
pub fn restore(options: &RestoreOptions) -> Result<(), Failure> {
    let config = config::store(&options.store)?;
    let what = format!("cannot restore {}", options.from.display());
    // Checked apart first, so that a store that does not hold is never in place.
    let folder =
        config.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(Failure::of(&what))?;
    let apart = tempfile::tempdir_in(folder).map_err(Failure::of(&what))?;
    let trial = apart.path().join("kortti.db");
    kortti_store_sqlite::restore(&options.from, &trial).map_err(Failure::of(&what))?;
    let store = SqliteStore::open(&trial, Options::default()).map_err(Failure::of(&what))?;
    let verified =
        verify_journal(&store, &mut |_| Ok(())).map_err(Failure::of("the backup does not hold"))?;
    kortti_store_sqlite::restore(&options.from, &config.path).map_err(Failure::of(&what))?;
    say(&format!("{} holds {} journal entries, all checked", config.path.display(), verified.head.sequence))
}
