//! Snapshots. All of one can be made again from the journal, so one that is damaged, or belongs to another journal than
//! the one beside it, is thrown away.
//!
//! A snapshot is written and read in one transaction on a connection of its own; the caller's side of it, which may take
//! long and may itself append, runs between the statements. When others are in the way it is tried again, unless the
//! caller's side has begun: rows that were handed out or over do not come a second time.

mod batch;
mod work;

use kortti_store::{Extent, Head, SnapshotRow, StoreError, StreamId};
use parking_lot::Mutex;

use crate::connect::{Connector, before_commit};
use crate::error::{Failure, Sort};
use crate::retry::pause;
use crate::runtime::Driver;
use batch::Batch;
use work::{ROWS, SNAPSHOT, Work};

/// How often it is tried when others are in the way.
const ATTEMPTS: u32 = 5;

/// One handle's view of the snapshots of all streams.
pub(crate) struct Snapshots {
    connector: Connector,
    /// For each stream the sequence at which this handle last read, wrote or cleared its snapshot: rows written next add
    /// to that. Locked while it is being done.
    known: Vec<Mutex<u64>>,
}

impl Snapshots {
    pub(crate) fn new(connector: Connector, streams: u32) -> Snapshots {
        Snapshots { connector, known: (0..streams).map(|_| Mutex::default()).collect() }
    }

    /// Visits every row and returns the sequence, 0 when there is no snapshot of this journal.
    pub(crate) fn read(
        &self,
        driver: &Driver,
        stream: StreamId,
        visit: &mut dyn FnMut(SnapshotRow),
    ) -> Result<u64, StoreError> {
        let Some(known) = self.known.get(stream.0 as usize) else { return Err(NO_STREAM) };
        let mut known = known.lock();
        *known = 0;
        let read = again(driver, |has_begun| self.try_read(driver, stream, visit, has_begun));
        if is_damaged(&read) {
            self.throw_away(driver, stream).map_err(nothing_done)?;
            return Ok(0);
        }
        *known = read?;
        Ok(*known)
    }

    /// Adds rows or puts them in the place of all others, and moves the snapshot to `sequence`, in one transaction.
    pub(crate) fn write(
        &self,
        driver: &Driver,
        stream: StreamId,
        sequence: u64,
        extent: Extent,
        rows: &mut dyn Iterator<Item = SnapshotRow>,
    ) -> Result<(), StoreError> {
        let Some(known) = self.known.get(stream.0 as usize) else { return Err(NO_STREAM) };
        let mut known = known.lock();
        let written = again(driver, |has_begun| {
            self.try_write(driver, stream, (sequence, extent), *known, rows, has_begun)
        });
        if is_damaged(&written) {
            self.throw_away(driver, stream).map_err(nothing_done)?;
        }
        written?;
        *known = sequence;
        Ok(())
    }

    /// Throws the snapshot away.
    pub(crate) fn clear(&self, driver: &Driver, stream: StreamId) -> Result<(), StoreError> {
        let Some(known) = self.known.get(stream.0 as usize) else { return Err(NO_STREAM) };
        let mut known = known.lock();
        let cleared = again(driver, |_| {
            driver.wait(async {
                let mut connection = self.connector.connect().await?;
                let work = Work::write(&mut connection, stream).await?;
                work.set_reached(Head::EMPTY).await?;
                work.delete_rows().await?;
                work.commit().await
            })
        });
        if is_damaged(&cleared) {
            self.throw_away(driver, stream)?;
        } else {
            cleared?;
        }
        *known = 0;
        Ok(())
    }

    /// Every snapshot is gone, and it was this handle that wiped them.
    pub(crate) fn forget(&self) {
        for known in &self.known {
            *known.lock() = 0;
        }
    }

    fn try_read(
        &self,
        driver: &Driver,
        stream: StreamId,
        visit: &mut dyn FnMut(SnapshotRow),
        has_begun: &mut bool,
    ) -> Result<u64, Failure> {
        let mut connection = driver.wait(self.connector.connect())?;
        let (work, standing) = driver.wait(async {
            let work = Work::read(&mut connection, stream).await?;
            let reached = work.reached().await?;
            let standing = work.standing(reached).await?;
            if standing == 0 {
                work.check_journal(reached.sequence).await?;
            }
            Ok::<_, Failure>((work, standing))
        })?;
        if standing > 0 {
            let rows = driver.wait(work.rows())?;
            loop {
                let some = driver.wait(work.next_rows(&rows))?;
                if some.is_empty() {
                    break;
                }
                *has_begun = true;
                some.into_iter().for_each(&mut *visit);
            }
        }
        Ok(standing)
    }

    /// Brings the snapshot to `sequence`, if the rows fit what stands there; this handle knew it at `known`.
    fn try_write(
        &self,
        driver: &Driver,
        stream: StreamId,
        (sequence, extent): (u64, Extent),
        known: u64,
        rows: &mut dyn Iterator<Item = SnapshotRow>,
        has_begun: &mut bool,
    ) -> Result<(), Failure> {
        let mut connection = driver.wait(self.connector.connect())?;
        let (work, hash) = driver.wait(async {
            let work = Work::write(&mut connection, stream).await?;
            let reached = work.lock_reached().await?;
            let Some(hash) = work.hash_at(sequence).await? else {
                return Err(NO_RECORD.into());
            };
            let actual = work.standing(reached).await?;
            if !extent.fits(known, actual, sequence) {
                return Err(StoreError::Moved { actual }.into());
            }
            if actual == 0 || extent == Extent::Whole {
                work.delete_rows().await?;
            }
            Ok::<_, Failure>((work, hash))
        })?;
        *has_begun = true;
        while let Some(batch) = Batch::next(rows) {
            driver.wait(work.write_rows(&batch))?;
        }
        driver.wait(async {
            work.set_reached(Head { sequence, hash }).await?;
            work.commit().await
        })
    }

    /// Says that there is no snapshot, without touching its rows, which may be what is damaged.
    fn throw_away(&self, driver: &Driver, stream: StreamId) -> Result<(), StoreError> {
        again(driver, |_| {
            driver.wait(async {
                let mut connection = self.connector.connect().await?;
                let work = Work::write(&mut connection, stream).await?;
                work.set_reached(Head::EMPTY).await?;
                work.commit().await
            })
        })
    }
}

/// What is said where a snapshot was to be thrown away that nobody had asked to: what was asked for has certainly not been done,
/// also where it is not known whether this was. Whoever asks again finds out.
fn nothing_done(error: StoreError) -> StoreError {
    match error {
        StoreError::Unknown { source } => StoreError::Unavailable { source },
        error => error,
    }
}

/// Does `work`, and again when others were in the way, unless it says that the caller's side has begun.
fn again<T>(driver: &Driver, mut work: impl FnMut(&mut bool) -> Result<T, Failure>) -> Result<T, StoreError> {
    let (mut attempt, mut has_begun) = (0, false);
    loop {
        attempt += 1;
        match work(&mut has_begun) {
            Err(failure) if failure.sort() == Sort::Conflict && !has_begun && attempt < ATTEMPTS => {
                driver.wait(pause(attempt));
            }
            outcome => return outcome.map_err(before_commit(SNAPSHOT)),
        }
    }
}

const NO_RECORD: StoreError =
    StoreError::Invalid { reason: "a snapshot must end at a record of the journal" };

const NO_STREAM: StoreError = StoreError::Invalid { reason: "the installation has no such stream" };

/// Whether it was the snapshot that is damaged, and not the journal, which nothing may be thrown away for.
fn is_damaged<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Corrupt { table: SNAPSHOT | ROWS, .. }))
}
