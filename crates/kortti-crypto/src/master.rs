//! The master key: the one key that is not in the database.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::envelope::{KEY_LEN, MASTER_KEY_ID, Place, SealError, Sealer};
use crate::process_key::{self, ProcessKey};
use crate::random;
use crate::record::KeyError;

/// Read and write for the owner, nothing for anybody else.
const MODE: u32 = 0o600;
/// The permission bits of the group and of the world.
const FOREIGN_BITS: u32 = 0o077;
/// More than the key file ever holds: 64 digits and a line end. Whatever is longer is another file.
const FILE_LIMIT: u64 = 256;

/// The 256-bit key under which all other keys are wrapped. Whoever has it and the database has every card
/// number; whoever loses it has none.
///
/// Its file is 64 hexadecimal digits and a line end, readable by its owner alone.
pub struct MasterKey {
    sealer: Sealer,
    /// What the key of [`ProcessKey`] is made from.
    process_seed: Zeroizing<[u8; KEY_LEN]>,
}

/// Why there is no master key. The file's content is never repeated.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file cannot be read, does not hold a key, or cannot be created (it may exist already).
    #[error("master key file {}: {source}", path.display())]
    File {
        /// The file that was asked for.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file may be read or written by somebody else than its owner.
    #[error(
        "master key file {} has mode {mode:04o}: nobody but its owner may have access (chmod 600)",
        path.display()
    )]
    Mode {
        /// The file that was asked for.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not 64 hexadecimal digits.
    #[error("a master key is 64 hexadecimal digits")]
    Malformed,
}

impl MasterKey {
    /// Draws a new key and writes it to a file that must not exist yet. The key is on the disk, not only in a
    /// cache, when this returns: what is sealed under it later must not outlive it.
    ///
    /// # Errors
    /// [`MasterKeyError::File`].
    pub fn create(path: &Path) -> Result<Self, MasterKeyError> {
        let key = Zeroizing::new(random::bytes::<KEY_LEN>());
        let text = to_hex(&key);
        write_new(path, text.as_bytes()).map_err(|source| file_error(path, source))?;
        Self::from_bytes(&key)
    }

    /// Reads the key from its file.
    ///
    /// # Errors
    /// [`MasterKeyError::File`] when it cannot be read or does not hold a key, [`MasterKeyError::Mode`] when the
    /// group or the world has any access to it.
    pub fn load(path: &Path) -> Result<Self, MasterKeyError> {
        let file = File::open(path).map_err(|source| file_error(path, source))?;
        // The mode is asked of the open file, so that it is the mode of what is read.
        let metadata = file.metadata().map_err(|source| file_error(path, source))?;
        let mode = metadata.permissions().mode() & 0o7777;
        if mode & FOREIGN_BITS != 0 {
            return Err(MasterKeyError::Mode { path: path.to_owned(), mode });
        }
        // Room for the whole file from the start: a buffer that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(FILE_LIMIT as usize + 1));
        file.take(FILE_LIMIT).read_to_end(&mut bytes).map_err(|source| file_error(path, source))?;
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        Self::from_hex(text.trim_ascii_end())
            .map_err(|error| file_error(path, io::Error::new(io::ErrorKind::InvalidData, error)))
    }

    /// Reads the key from its file, or creates the file when there is none.
    ///
    /// # Errors
    /// Those of [`MasterKey::load`] and [`MasterKey::create`].
    pub fn load_or_create(path: &Path) -> Result<Self, MasterKeyError> {
        match Self::load(path) {
            Err(MasterKeyError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Self::create(path)
            }
            loaded => loaded,
        }
    }

    /// The key written as 64 hexadecimal digits, of either case.
    ///
    /// # Errors
    /// [`MasterKeyError::Malformed`].
    pub fn from_hex(text: &str) -> Result<Self, MasterKeyError> {
        let mut key = Zeroizing::new([0; KEY_LEN]);
        let digits = text.as_bytes();
        if digits.len() != 2 * KEY_LEN {
            return Err(MasterKeyError::Malformed);
        }
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
        }
        Self::from_bytes(&key)
    }

    fn from_bytes(key: &[u8; KEY_LEN]) -> Result<Self, MasterKeyError> {
        let sealer = Sealer::new(MASTER_KEY_ID, key).ok_or(MasterKeyError::Malformed)?;
        let process_seed = process_key::seed(key).ok_or(MasterKeyError::Malformed)?;
        Ok(Self { sealer, process_seed })
    }

    /// What the processes that have this key prove themselves to each other with.
    ///
    /// # Errors
    /// [`KeyError::Process`] when the library cannot make it.
    pub fn process_key(&self) -> Result<ProcessKey, KeyError> {
        ProcessKey::of(&self.process_seed).ok_or(KeyError::Process)
    }

    pub(crate) fn wrap(&self, place: Place, material: &[u8]) -> Result<Vec<u8>, SealError> {
        self.sealer.seal(place, material)
    }

    pub(crate) fn unwrap(&self, place: Place, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.sealer.open(place, wrapped)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(redacted)")
    }
}

/// Writes a new private file and flushes both it and the directory that names it. A file that could not be
/// written whole is removed again: half a key would only stand in the way of the next attempt.
fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(path)?;
    let written = file.write_all(content).and_then(|()| file.sync_all()).and_then(|()| sync_directory(path));
    if written.is_err() {
        // The first error is the one to report, whether or not the removal works.
        let _ = std::fs::remove_file(path);
    }
    written
}

fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()
}

fn file_error(path: &Path, source: io::Error) -> MasterKeyError {
    MasterKeyError::File { path: path.to_owned(), source }
}

/// The key as the file holds it: 64 lower-case digits and a line end.
fn to_hex(key: &[u8; KEY_LEN]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(2 * KEY_LEN + 1));
    for byte in key {
        text.extend([byte >> 4, byte & 0xF].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
    }
    text.push('\n');
    text
}

fn hex_digit(digit: u8) -> Result<u8, MasterKeyError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(MasterKeyError::Malformed),
    }
}

#[cfg(test)]
mod tests;
