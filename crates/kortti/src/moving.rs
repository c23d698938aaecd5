//! The commands that move a store: into another one, into a file and back.

use std::time::{Duration, Instant};

use kortti_app::{Copied, copy_store, verify_journal};
use kortti_store_sqlite::{Options, SqliteStore};

use crate::{
    Failure,
    cli::{BackupOptions, CopyOptions, RestoreOptions},
    config, open, say_aside, say_done,
};

/// How often the progress is told.
const EVERY: Duration = Duration::from_secs(2);

/// `kortti copy`
///
/// # Errors
/// When it cannot be finished. What has been copied stays, and the next attempt goes on from there.
pub fn copy(options: &CopyOptions) -> Result<(), Failure> {
    let location = |url: &str| config::location(url, options.config.as_deref());
    let (from, to) = (location(&options.from)?, location(&options.to)?);
    if from.is_same(&to) {
        return Err(Failure::new("the source and the destination are the same store"));
    }
    let source = from.open_existing()?;
    let destination = to.open_or_make()?;
    let mut told = Instant::now();
    let mut tell = |copied: Copied| {
        if told.elapsed() >= EVERY {
            told = Instant::now();
            let Copied { entries, of, rows, checked, .. } = copied;
            say_aside(&format!(
                "{entries} of {of} entries, {rows} rows; {checked} entries checked in the copy"
            ));
        }
    };
    let copied =
        copy_store(&*source, &*destination, &mut tell).map_err(Failure::of("the copy is not complete"))?;
    let hash: String = copied.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let shown = format!(
        "copied: {} journal entries, {} rows; both stores have the hash {hash}\n\n\
         The master key is not in a store: take it along.",
        copied.entries, copied.rows
    );
    say_done("the copy is complete", &shown)
}

/// `kortti backup`
///
/// # Errors
/// When it cannot be written whole; then there is none.
pub fn backup(options: &BackupOptions) -> Result<(), Failure> {
    let config = config::store(&options.store)?;
    let what = format!("cannot back up {}", config.location);
    let head = kortti_store_sqlite::backup(config.location.file("backup")?, &options.to)
        .map_err(Failure::of(&what))?;
    let shown = format!(
        "{} holds {} journal entries\n\nThe master key is not in it: keep {} as well, and elsewhere.",
        options.to.display(),
        head.sequence,
        config.master_key.display()
    );
    say_done("the backup is complete", &shown)
}

/// `kortti restore`
///
/// # Errors
/// When the backup is damaged; then no store is left behind.
pub fn restore(options: &RestoreOptions) -> Result<(), Failure> {
    let config = config::store(&options.store)?;
    let main = config.location.file("restore")?;
    let what = format!("cannot restore {}", options.from.display());
    // Checked apart first, so that a store that does not hold is never in place.
    let apart = open::folder_for(main).and_then(tempfile::tempdir_in).map_err(Failure::of(&what))?;
    let trial = apart.path().join("kortti.db");
    kortti_store_sqlite::restore(&options.from, &trial).map_err(Failure::of(&what))?;
    let store = SqliteStore::open(&trial, Options::default()).map_err(Failure::of(&what))?;
    let verified =
        verify_journal(&store, &mut |_| Ok(())).map_err(Failure::of("the backup does not hold"))?;
    kortti_store_sqlite::restore(&options.from, main).map_err(Failure::of(&what))?;
    let shown = format!("{} holds {} journal entries, all checked", main.display(), verified.head.sequence);
    say_done("the store is restored", &shown)
}
