//! A copy of the main file, taken while the store is in use, and its way back.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use kortti_store::{Head, StoreError};
use rusqlite::{Connection, ErrorCode};

use crate::connection::{Files, create_new_private, folder_of, open_reader, with_suffix};
use crate::error::{failure, unavailable};
use crate::migrations::{OF_ANOTHER, Owner};
use crate::{Options, journal};

/// Writes the store whose main file is `main` into the file `to`, as of one moment, while others read and write. It is on
/// the disk when this returns. Until then it has another name, so that half a backup is never taken for a whole one.
/// Returns where the journal ends in it.
///
/// # Errors
/// [`StoreError::Unavailable`] when there is no store, or a file `to` already; [`StoreError::Full`] when it does not fit;
/// [`StoreError::Corrupt`] when the store is damaged.
pub fn backup(main: &Path, to: &Path) -> Result<Head, StoreError> {
    let part = begin(main, to)?;
    create_new_private(&part)?;
    let written = write_backup(main, &part).and_then(|head| finish(&part, to).map(|()| head));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

/// Makes a store whose main file is `main` from the backup `from`. Its journal is not looked at; that is for whoever knows
/// what an entry is.
///
/// # Errors
/// [`StoreError::Unavailable`] when there is no backup, or a store already; [`StoreError::Foreign`] when it is none of a store;
/// [`StoreError::Corrupt`] when it is damaged.
pub fn restore(from: &Path, main: &Path) -> Result<(), StoreError> {
    let files = Files::at(main)?;
    let _lock = files.lock()?;
    let part = begin(from, &files.main)?;
    // What a store that was removed by hand has left behind would be taken for this one's.
    files.beside().iter().try_for_each(|left| remove(left))?;
    create_new_private(&part)?;
    let copied = copy_content(from, &part)
        .map_err(unavailable)
        .and_then(|()| check(&part))
        .and_then(|_| finish(&part, &files.main));
    if copied.is_err() {
        let _ = fs::remove_file(&part);
    }
    copied
}

/// The name under which the file `to` is written.
fn begin(from: &Path, to: &Path) -> Result<PathBuf, StoreError> {
    let exists = |path: &Path| path.try_exists().map_err(unavailable);
    if !exists(from)? {
        return Err(unavailable(format!("there is no file {}", from.display())));
    }
    if exists(to)? {
        return Err(unavailable(format!("{} is there already", to.display())));
    }
    let part = with_suffix(to, ".part");
    remove(&part).map(|()| part)
}

/// Removes a file, if it is there.
fn remove(file: &Path) -> Result<(), StoreError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unavailable(error)),
        _ => Ok(()),
    }
}

fn write_backup(main: &Path, part: &Path) -> Result<Head, StoreError> {
    let options = Options::default();
    let connection = open_reader(main, &options)?;
    // The way out of the store is not one into it.
    connection.execute_batch("PRAGMA query_only = OFF").map_err(failure)?;
    let to = part.to_str().ok_or(StoreError::Invalid { reason: "the name of a backup must be UTF-8" })?;
    connection.execute("VACUUM INTO ?1", [to]).map_err(failure)?;
    check(part)
}

/// Not `fs::copy`, which would give the store the permissions of the backup.
fn copy_content(from: &Path, to: &Path) -> io::Result<()> {
    let mut to = File::options().write(true).open(to)?;
    io::copy(&mut File::open(from)?, &mut to).map(drop)
}

/// Where the journal of a file that nobody else uses ends, if SQLite finds the file in order.
fn check(path: &Path) -> Result<Head, StoreError> {
    let connection = Connection::open(path).map_err(failure)?;
    match Owner::of(&connection) {
        Ok(Owner::Kortti) => {}
        Ok(Owner::Nobody) => return Err(StoreError::Foreign { what: "it is empty" }),
        Ok(Owner::Other) => return Err(OF_ANOTHER),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            return Err(StoreError::Foreign { what: "it is no database" });
        }
        Err(error) => return Err(failure(error)),
    }
    let verdict: String =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failure)?;
    if verdict != "ok" {
        return Err(StoreError::Corrupt { table: "sqlite_schema", row: 0, source: Some(verdict.into()) });
    }
    journal::head(&connection)
}

/// Brings the file to the disk and gives it its name.
fn finish(part: &Path, to: &Path) -> Result<(), StoreError> {
    let moved = File::open(part)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(part, to))
        .and_then(|()| File::open(folder_of(to)))
        .and_then(|folder| folder.sync_all());
    moved.map_err(unavailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_that_somebody_else_has_made_meanwhile_is_not_written_into() {
        let folder = tempfile::tempdir().unwrap();
        let part = folder.path().join("backup.part");
        create_new_private(&part).unwrap();
        let refused = create_new_private(&part);
        assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
        // Neither through a link to where there is none.
        let link = folder.path().join("link.part");
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), &link).unwrap();
        assert!(create_new_private(&link).is_err());
        assert!(!folder.path().join("elsewhere").exists());
    }
}
