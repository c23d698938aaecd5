//! Copying a store into another one, of the same kind or not.
//!
//! The journal goes first, in order, each entry checked against the hash of the one before it; then the cold rows. The key
//! ring is taken away from a destination that has one before anything is copied into it, and written in one transaction when
//! all else has been compared. For that the whole journal of the destination is read again, also what an earlier copy wrote. So a
//! copy that was interrupted, or given up, holds a true part of the journal, goes on from there when it is begun again, and serves
//! nobody before it is whole: without the rows of its keys a store cannot be opened.

use aws_lc_rs::{digest, rand};
use kortti_store::{Append, ColdTable, ColdWrite, Head, Store, StoreError, StreamId};

use crate::journal::{self, JournalError};

/// How many records or rows are moved at once.
const CHUNK: usize = 1024;
/// How often a source that goes on being written is followed before it is given up.
const PASSES: u32 = 5;
/// Where the destination is marked, to see whether the source is marked then, too. No client has this number, so what an
/// interruption leaves there is never looked at, and the next copy takes it away.
const MARK: (ColdTable, i64) = (ColdTable::ClientSecret, i64::MIN);

/// How far a copy is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Journal entries in the copy.
    pub entries: u64,
    /// Journal entries in the source, as of now.
    pub of: u64,
    /// Cold rows that were compared.
    pub rows: u64,
    /// Entries that were read in the copy when all had been written.
    pub checked: u64,
    /// The hash of everything in both; zero before the end.
    pub hash: [u8; 32],
}

/// Why a store could not be copied. The source is as it was.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The source cannot be read, or is damaged.
    #[error("the source: {0}")]
    Source(JournalError),
    /// The destination cannot be read or written.
    #[error("the destination: {0}")]
    Destination(StoreError),
    /// The destination has another number of streams.
    #[error("the source has {source_has} streams and the destination {destination}; they must be the same")]
    Streams {
        /// Of the source.
        source_has: u32,
        /// Of the destination.
        destination: u32,
    },
    /// The destination is not empty, and what it holds is no part of the source.
    #[error("the destination holds another journal; nothing was changed")]
    Other,
    /// Both are one store, however differently they are named.
    #[error("the source and the destination are the same store; nothing was changed")]
    Same,
    /// The source has no keys to take along: it is a copy itself, and not whole.
    #[error("the source is a copy that was not finished, without its keys; nothing was changed")]
    Unfinished,
    /// The source does not stand still.
    #[error("the source goes on being written; stop the server and copy again, which goes on from here")]
    Busy,
    /// Both stood still and are not the same.
    #[error("the copy differs from its source after all was written")]
    Differs,
    /// What was written to the destination is not what is there.
    #[error("the destination is damaged, start over with an empty one: {0}")]
    Damaged(JournalError),
}

/// Copies `from` into `to`, which is empty or holds an earlier part of the same, and compares both by hash at the end.
/// `progress` hears of every step.
///
/// # Errors
/// See [`CopyError`]. What has been copied stays, and another attempt goes on from there. Until one has succeeded the
/// destination cannot be opened, even if it could be before.
pub fn copy(from: &dyn Store, to: &dyn Store, progress: &mut dyn FnMut(Copied)) -> Result<Copied, CopyError> {
    let (source_has, destination) = (from.streams(), to.streams());
    if source_has != destination {
        return Err(CopyError::Streams { source_has, destination });
    }
    for stream in streams(from) {
        check_part(from, to, stream)?;
    }
    let has_entries = heads(from).map_err(source)?.iter().any(|head| *head != Head::EMPTY);
    if has_entries && all_keys(from).map_err(source)?.is_empty() {
        return Err(CopyError::Unfinished);
    }
    check_apart(from, to)?;
    write_keys(to, &[])?;
    for _ in 0..PASSES {
        let before = heads(from).map_err(source)?;
        let mut copied = Copied { of: before.iter().map(|head| head.sequence).sum(), ..Copied::default() };
        for (stream, end) in streams(from).zip(&before) {
            copy_journal(from, to, stream, end.sequence, &mut |entries| {
                copied.entries += entries;
                progress(copied);
            })?;
        }
        for table in but_keys() {
            copy_rows(from, to, table, &mut |rows| {
                copied.rows += rows;
                progress(copied);
            })?;
        }
        let (wanted, found) =
            (fingerprint(from).map_err(source)?, fingerprint(to).map_err(CopyError::Destination)?);
        let keys = all_keys(from).map_err(source)?;
        // All that has been read of the source, the keys with it, is of one moment.
        if heads(from).map_err(source)? == before {
            if wanted != found {
                return Err(CopyError::Differs);
            }
            for (stream, end) in streams(to).zip(&before) {
                check_journal(to, stream, *end, &mut |entries| {
                    copied.checked += entries;
                    progress(copied);
                })?;
            }
            write_keys(to, &keys)?;
            copied.rows += keys.len() as u64;
            progress(copied);
            return Ok(Copied { hash: with_keys(wanted, &keys), ..copied });
        }
    }
    Err(CopyError::Busy)
}

fn source(error: StoreError) -> CopyError {
    CopyError::Source(error.into())
}

fn streams(store: &dyn Store) -> impl Iterator<Item = StreamId> {
    (0..store.streams()).map(StreamId)
}

fn heads(store: &dyn Store) -> Result<Vec<Head>, StoreError> {
    streams(store).map(|stream| store.head(stream)).collect()
}

fn but_keys() -> impl Iterator<Item = ColdTable> {
    ColdTable::ALL.into_iter().filter(|table| *table != ColdTable::Key)
}

/// Refuses a destination that holds what is no part of the source, before anything in it is changed.
fn check_part(from: &dyn Store, to: &dyn Store, stream: StreamId) -> Result<(), CopyError> {
    let head = to.head(stream).map_err(CopyError::Destination)?;
    if let Some(before) = head.sequence.checked_sub(1) {
        let found = from.read(stream, before, 1).map_err(source)?;
        if found.first().is_none_or(|record| record.hash != head.hash) {
            return Err(CopyError::Other);
        }
    }
    Ok(())
}

/// Refuses a destination that is the source, before anything in it is taken away. Names do not tell: links, other spellings
/// and proxies lead to one store. So the one is marked, and the other looked at. An interruption leaves the mark, which
/// is in nobody's way.
fn check_apart(from: &dyn Store, to: &dyn Store) -> Result<(), CopyError> {
    let (table, id) = MARK;
    let mut mark = vec![0; 16];
    let drawn =
        rand::fill(&mut mark).map_err(|_| StoreError::Unavailable { source: "no random numbers".into() });
    drawn.map_err(CopyError::Destination)?;
    write_mark(to, Some(mark.clone()))?;
    let (there, here) = (from.cold(table, id), to.cold(table, id));
    write_mark(to, None)?;
    if there.map_err(source)?.as_ref() == Some(&mark) {
        return Err(CopyError::Same);
    }
    // Somebody else has taken the mark away; it may have been in the source as well.
    if here.map_err(CopyError::Destination)? == Some(mark) { Ok(()) } else { Err(CopyError::Busy) }
}

/// Writes the mark, or takes it away, also beside a server that writes to the destination, which may be the source.
fn write_mark(to: &dyn Store, mark: Option<Vec<u8>>) -> Result<(), CopyError> {
    let (table, id) = MARK;
    let mut change = vec![ColdWrite { table, id, body: mark }];
    for _ in 0..PASSES {
        match write_rows(to, &mut change) {
            Err(CopyError::Destination(StoreError::Moved { .. })) => {}
            written => return written,
        }
    }
    Err(CopyError::Busy)
}

/// Reads a stream of the destination again, from its first entry to `end`. Each names the hash of the one before it, so that the
/// last one's hash stands for all, once they have been seen.
fn check_journal(
    to: &dyn Store,
    stream: StreamId,
    end: Head,
    progress: &mut dyn FnMut(u64),
) -> Result<(), CopyError> {
    let mut head = Head::EMPTY;
    while head.sequence < end.sequence {
        let records = to.read(stream, head.sequence, CHUNK).map_err(CopyError::Destination)?;
        for record in &records {
            journal::check_link(record, stream, &mut head).map_err(CopyError::Damaged)?;
        }
        if records.is_empty() {
            break;
        }
        progress(records.len() as u64);
    }
    if head == end { Ok(()) } else { Err(CopyError::Differs) }
}

/// Copies a stream up to `end`; what comes behind it is for the next pass.
fn copy_journal(
    from: &dyn Store,
    to: &dyn Store,
    stream: StreamId,
    end: u64,
    progress: &mut dyn FnMut(u64),
) -> Result<(), CopyError> {
    let mut head = to.head(stream).map_err(CopyError::Destination)?;
    progress(head.sequence);
    let epoch = to.lease(stream).map_err(CopyError::Destination)?.epoch;
    while head.sequence < end {
        let left = usize::try_from(end - head.sequence).unwrap_or(CHUNK);
        let records = from.read(stream, head.sequence, left.min(CHUNK)).map_err(source)?;
        if records.is_empty() {
            break;
        }
        let expected = head;
        for record in &records {
            journal::check_link(record, stream, &mut head).map_err(CopyError::Source)?;
        }
        to.append(&Append { stream, expected, epoch, records: &records, cold: &[] })
            .map_err(CopyError::Destination)?;
        progress(records.len() as u64);
    }
    Ok(())
}

/// Makes the rows of a table the same, both read in the order of their ids.
fn copy_rows(
    from: &dyn Store,
    to: &dyn Store,
    table: ColdTable,
    progress: &mut dyn FnMut(u64),
) -> Result<(), CopyError> {
    let (mut wanted, mut found) = (Rows::of(from, table), Rows::of(to, table));
    let (mut old, mut new) = (found.next().map_err(CopyError::Destination)?, wanted.next().map_err(source)?);
    let mut changes = Vec::new();
    let mut compared = 0;
    while old.is_some() || new.is_some() {
        let (was, is) = (old.as_ref().map(|(id, _)| *id), new.as_ref().map(|(id, _)| *id));
        // An absent one is behind every other.
        let delete = was.is_some_and(|was| is.is_none_or(|is| was < is));
        let put = is.is_some_and(|is| was.is_none_or(|was| is < was));
        if let (Some((id, _)), true) = (&old, delete) {
            changes.push(ColdWrite { table, id: *id, body: None });
        }
        if let Some((id, body)) = new.as_ref().filter(|row| !delete && (put || old.as_ref() != Some(*row))) {
            changes.push(ColdWrite { table, id: *id, body: Some(body.clone()) });
        }
        if !put {
            old = found.next().map_err(CopyError::Destination)?;
        }
        if !delete {
            new = wanted.next().map_err(source)?;
            compared += 1;
        }
        if changes.len() >= CHUNK || compared >= CHUNK as u64 {
            write_rows(to, &mut changes)?;
            progress(std::mem::take(&mut compared));
        }
    }
    write_rows(to, &mut changes)?;
    progress(compared);
    Ok(())
}

/// Leaves the destination these keys and no others: none while it is written to.
fn write_keys(to: &dyn Store, keys: &[Row]) -> Result<(), CopyError> {
    let table = ColdTable::Key;
    let old = all_keys(to).map_err(CopyError::Destination)?;
    let gone = old.into_iter().map(|(id, _)| ColdWrite { table, id, body: None });
    let put = keys.iter().map(|(id, body)| ColdWrite { table, id: *id, body: Some(body.clone()) });
    write_rows(to, &mut gone.chain(put).collect())?;
    let kept = all_keys(to).map_err(CopyError::Destination)?;
    if kept == keys { Ok(()) } else { Err(CopyError::Differs) }
}

fn write_rows(to: &dyn Store, changes: &mut Vec<ColdWrite>) -> Result<(), CopyError> {
    if !changes.is_empty() {
        let stream = StreamId(0);
        let expected = to.head(stream).map_err(CopyError::Destination)?;
        let epoch = to.lease(stream).map_err(CopyError::Destination)?.epoch;
        to.append(&Append { stream, expected, epoch, records: &[], cold: changes })
            .map_err(CopyError::Destination)?;
        changes.clear();
    }
    Ok(())
}

/// The id and the body of a cold row.
type Row = (i64, Vec<u8>);

/// The rows of a cold table, page by page.
struct Rows<'a> {
    store: &'a dyn Store,
    table: ColdTable,
    after: Option<i64>,
    page: std::vec::IntoIter<Row>,
}

impl<'a> Rows<'a> {
    fn of(store: &'a dyn Store, table: ColdTable) -> Self {
        Self { store, table, after: None, page: Vec::new().into_iter() }
    }

    fn next(&mut self) -> Result<Option<Row>, StoreError> {
        if self.page.len() == 0 {
            self.page = self.store.scan_cold(self.table, self.after, CHUNK)?.into_iter();
        }
        let row = self.page.next();
        self.after = row.as_ref().map(|(id, _)| *id).or(self.after);
        Ok(row)
    }
}

fn all_keys(store: &dyn Store) -> Result<Vec<Row>, StoreError> {
    let mut rows = Rows::of(store, ColdTable::Key);
    std::iter::from_fn(|| rows.next().transpose()).collect()
}

/// The hash of all that a store keeps but its keys: the ends of its streams, each of which stands for all before it, and
/// every cold row.
fn fingerprint(store: &dyn Store) -> Result<[u8; 32], StoreError> {
    let mut context = digest::Context::new(&digest::SHA256);
    for head in heads(store)? {
        context.update(&head.sequence.to_be_bytes());
        context.update(&head.hash);
    }
    for table in but_keys() {
        context.update(table.name().as_bytes());
        let mut rows = Rows::of(store, table);
        while let Some(row) = rows.next()? {
            add_row(&mut context, &row);
        }
    }
    Ok(finish(context))
}

/// The hash of all that a store keeps.
fn with_keys(fingerprint: [u8; 32], keys: &[Row]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(&fingerprint);
    keys.iter().for_each(|row| add_row(&mut context, row));
    finish(context)
}

fn add_row(context: &mut digest::Context, (id, body): &Row) {
    context.update(&id.to_be_bytes());
    context.update(&(body.len() as u64).to_be_bytes());
    context.update(body);
}

fn finish(context: digest::Context) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}
