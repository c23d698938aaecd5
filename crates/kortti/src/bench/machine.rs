//! What the machine itself can do.

use std::{
    fs::OpenOptions,
    os::unix::fs::FileExt,
    path::Path,
    time::{Duration, Instant},
};

use kortti_crypto::{KeyRing, MasterKey, Pan, Purpose, encrypt_card_number};

use super::{latency::Latencies, requests::number};
use crate::Failure;

const BLOCK: usize = 4096;
/// How many blocks are written in turn.
const BLOCKS: u64 = 1024;
/// How many card numbers are opened in turn; what they are does not matter to RSA.
const NUMBERS: usize = 64;
/// The moment the key is made for: 2026-01-01 in Unix milliseconds. Nobody checks it.
const KEY_MADE_AT: i64 = 1_767_225_600_000;

/// What was done again and again, one after the other.
pub struct Repeated {
    /// How often a second.
    pub per_second: f64,
    /// How long each took.
    pub latencies: Latencies,
}

/// How often and how fast the disk under `folder` takes a block of 4 KiB, written over an old one, and has it safe.
///
/// # Errors
/// When it cannot be written.
pub fn flushes(folder: &Path, time: Duration) -> Result<Repeated, Failure> {
    let path = folder.join("flush");
    let flushes = || {
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        let block = [0xA5; BLOCK];
        let place = |turn: u64| turn % BLOCKS * BLOCK as u64;
        // The file has its full size before the time runs: a file that grows costs a flush more.
        (0..BLOCKS).try_for_each(|turn| file.write_all_at(&block, place(turn)))?;
        file.sync_all()?;
        let flushes =
            repeat(time, |turn| file.write_all_at(&block, place(turn)).and_then(|()| file.sync_data()))?;
        std::fs::remove_file(&path)?;
        Ok::<_, std::io::Error>(flushes)
    };
    flushes().map_err(Failure::of("cannot measure the disk"))
}

/// How many encrypted card numbers a second one core opens, through the very code that serves requests. All but a hundredth
/// of it is the RSA-2048 private operation.
///
/// # Errors
/// When keys cannot be made.
pub fn card_numbers_opened_per_second(time: Duration) -> Result<f64, Failure> {
    let failed = "cannot measure RSA";
    let master = MasterKey::from_hex(&"5a".repeat(32)).map_err(Failure::of(failed))?;
    let purposes = [Purpose::Data, Purpose::Index, Purpose::Jwe];
    let record = |(id, purpose)| KeyRing::new_record(&master, id, purpose, KEY_MADE_AT);
    let records =
        (1..).zip(purposes).map(record).collect::<Result<Vec<_>, _>>().map_err(Failure::of(failed))?;
    let ring = KeyRing::open(&master, records).map_err(Failure::of(failed))?;
    let certificate = ring.certificates().next().ok_or_else(|| Failure::new(failed))?.der().to_vec();
    let token = |_| encrypt_card_number(&certificate, number()?.expose()).map_err(Failure::of(failed));
    let tokens = (0..NUMBERS).map(token).collect::<Result<Vec<_>, Failure>>()?;
    let mut tokens = tokens.iter().cycle();
    repeat(time, |_| {
        let opened: Result<Pan, _> =
            tokens.next().map_or(Err(kortti_crypto::JweError), |t| ring.open_card_number(t));
        opened.map(drop).map_err(Failure::of(failed))
    })
    .map(|opened| opened.per_second)
}

/// Does it again and again for this long.
fn repeat<E>(time: Duration, mut once: impl FnMut(u64) -> Result<(), E>) -> Result<Repeated, E> {
    let begin = Instant::now();
    let mut latencies = Latencies::default();
    let mut now = begin;
    while now - begin < time {
        once(latencies.count() as u64)?;
        let done = Instant::now();
        latencies.note(done - now);
        now = done;
    }
    Ok(Repeated { per_second: latencies.count() as f64 / (now - begin).as_secs_f64(), latencies })
}
