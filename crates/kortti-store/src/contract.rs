//! What a store promises.

use std::fmt;

use crate::StoreError;

/// One of the streams the journal is split into, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u32);

/// Where a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The sequence of the last record, 0 when there is none.
    pub sequence: u64,
    /// The hash of the last record, all zero when there is none.
    pub hash: [u8; 32],
}

impl Head {
    /// The head of a stream without records.
    pub const EMPTY: Head = Head { sequence: 0, hash: [0; 32] };
}

/// One entry of the journal. Sequences are 1, 2, 3 … without a gap in each stream.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// The place in the stream; at most `i64::MAX`.
    pub sequence: u64,
    /// The hash of this entry, computed by the caller over the entry and its predecessor's hash.
    pub hash: [u8; 32],
    /// The encoded entry.
    pub bytes: Vec<u8>,
}

/// Who answers for a stream. It is a hint for those who want to be answered soon; what keeps a journal right is what an
/// append compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// How often the stream has changed hands; 0 when nobody has taken it yet.
    pub epoch: u64,
    /// How many signs of life its holder has given.
    pub beat: u64,
    /// What the holder says of itself, such as where it can be reached; empty when nobody holds the stream.
    pub holder: Vec<u8>,
}

impl Lease {
    /// The lease of a stream that nobody has taken yet.
    pub const FREE: Lease = Lease { epoch: 0, beat: 0, holder: Vec::new() };

    /// Refuses a lease that does not follow on `seen`; for implementations of the store.
    ///
    /// # Errors
    /// [`StoreError::Invalid`].
    pub fn check_after(&self, seen: &Lease) -> Result<(), StoreError> {
        let follows = self.epoch >= seen.epoch && self.epoch.max(self.beat) <= i64::MAX.cast_unsigned();
        if follows { Ok(()) } else { Err(StoreError::Invalid { reason: "epochs of a lease only grow" }) }
    }
}

/// The tables of rows that are looked up when needed rather than held in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColdTable {
    /// A card's number, by card.
    CardPan,
    /// A card's embossing, addresses and other personal data, by card.
    CardPersonal,
    /// A customer's names and addresses, by customer.
    CustomerPersonal,
    /// The data key a customer's personal data is encrypted under, by customer. Deleting it erases the person.
    CustomerKey,
    /// An account's personal data, by account.
    AccountPersonal,
    /// The verifier of an API client's secret, by client.
    ClientSecret,
    /// The data keys of the installation, by key number.
    Key,
    /// The last journal entry of an authorisation that has ended, by its first.
    Authorisation,
}

impl ColdTable {
    /// Every table; `table as usize` is its place here.
    pub const ALL: [ColdTable; 8] = [
        ColdTable::CardPan,
        ColdTable::CardPersonal,
        ColdTable::CustomerPersonal,
        ColdTable::CustomerKey,
        ColdTable::AccountPersonal,
        ColdTable::ClientSecret,
        ColdTable::Key,
        ColdTable::Authorisation,
    ];

    /// The table's name in the database: lower case letters and underscores.
    pub const fn name(self) -> &'static str {
        match self {
            ColdTable::CardPan => "card_pan",
            ColdTable::CardPersonal => "card_personal",
            ColdTable::CustomerPersonal => "customer_personal",
            ColdTable::CustomerKey => "customer_key",
            ColdTable::AccountPersonal => "account_personal",
            ColdTable::ClientSecret => "client_secret",
            ColdTable::Key => "key",
            ColdTable::Authorisation => "authorisation",
        }
    }
}

/// A change of one cold row, written in the same transaction as the records that tell of it.
#[derive(Clone, PartialEq, Eq)]
pub struct ColdWrite {
    /// The table.
    pub table: ColdTable,
    /// The row; any number.
    pub id: i64,
    /// The new body, or `None` to delete the row (no error when there is none).
    pub body: Option<Vec<u8>>,
}

/// One transaction: records at the end of a stream, and the cold rows they change.
#[derive(Debug, Clone, Copy)]
pub struct Append<'a> {
    /// The stream to append to.
    pub stream: StreamId,
    /// Where the stream must still end. The hash is compared too: another process may have started the journal over and
    /// written just as many records since.
    pub expected: Head,
    /// The epoch that the stream's lease must still be in: whoever lost the stream to another cannot write any more.
    pub epoch: u64,
    /// The records, numbered on from `expected` without a gap; may be empty.
    pub records: &'a [Record],
    /// The cold rows, applied in order; may be empty.
    pub cold: &'a [ColdWrite],
}

/// One row of a snapshot. `kind` and `id` together name it.
#[derive(Clone, PartialEq, Eq)]
pub struct SnapshotRow {
    /// The caller's kind of row.
    pub kind: u8,
    /// The caller's number within the kind; any number.
    pub id: i64,
    /// The body, or `None` to delete the row. Rows that are read always have one.
    pub body: Option<Vec<u8>>,
}

/// What the rows of a snapshot are that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everything that changed since the snapshot this handle last read, wrote or cleared (since the beginning, when it did
    /// none of these).
    Changes,
    /// All there are.
    Whole,
}

impl Extent {
    /// Whether such rows may bring a snapshot that stands at `actual` to `sequence`, written by a handle that knew one at `known`.
    #[must_use]
    pub const fn fits(self, known: u64, actual: u64, sequence: u64) -> bool {
        match self {
            Self::Changes => actual == known && actual <= sequence,
            Self::Whole => actual <= sequence,
        }
    }
}

/// A store: journal, cold rows and snapshots.
///
/// Every method blocks until it is done. Several threads may call at once, and several handles, in
/// one process or in many, may be open on the same data.
pub trait Store: Send + Sync {
    /// How many streams there are. Any other `StreamId` is refused as [`StoreError::Invalid`].
    fn streams(&self) -> u32;

    /// Where the stream ends, as of the last commit.
    fn head(&self, stream: StreamId) -> Result<Head, StoreError>;

    /// Appends in one durable transaction: when this returns `Ok`, records and cold rows are on the disk.
    ///
    /// # Errors
    /// [`StoreError::Moved`] when the stream does not end at `expected`, or its lease is not in `epoch`;
    /// [`StoreError::Invalid`] when the records are not numbered on from there. After any error but `Unknown` and `Fatal` nothing
    /// of the append, neither record nor cold row, has happened.
    fn append(&self, append: &Append<'_>) -> Result<(), StoreError>;

    /// Up to `limit` records in order, beginning with the one behind `after`.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when a record is missing or malformed.
    fn read(&self, stream: StreamId, after: u64, limit: usize) -> Result<Vec<Record>, StoreError>;

    /// The body of one cold row. Requests wait for this, so it must take microseconds.
    fn cold(&self, table: ColdTable, id: i64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Up to `limit` rows of a cold table ordered by id, beginning behind `after` or with the first one.
    fn scan_cold(
        &self,
        table: ColdTable,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, Vec<u8>)>, StoreError>;

    /// Brings the stream's snapshot to `sequence`, all in one transaction: writes and deletes the given rows and leaves the
    /// others alone, or puts them in the place of all others. Until then, and when it fails, the snapshot before stands. Never
    /// makes an append wait, not even one that `rows` itself makes. Durable at some time later: after a power cut an earlier
    /// snapshot may be back.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when the journal does not reach `sequence`, or `sequence` is 0;
    /// [`StoreError::Moved`] when the snapshot is newer than `sequence`, or, for changes, not the one that this handle read or
    /// wrote last: the rows would not add up. After `Moved` or `Corrupt`, write a whole one.
    fn write_snapshot(
        &self,
        stream: StreamId,
        sequence: u64,
        extent: Extent,
        rows: &mut dyn Iterator<Item = SnapshotRow>,
    ) -> Result<(), StoreError>;

    /// Hands every row of the stream's snapshot to `visit`, in no promised order, and returns the
    /// sequence it stands for; 0 when there is none. A snapshot that is damaged or was not made from
    /// this journal is thrown away and counts as none: **whatever was visited before a 0 or an error must be forgotten**.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the journal has records but ends before the one the snapshot reaches: records that
    /// were on the disk are gone, and going on without them would be worse than stopping.
    fn read_snapshot(&self, stream: StreamId, visit: &mut dyn FnMut(SnapshotRow)) -> Result<u64, StoreError>;

    /// Throws the stream's snapshot away.
    fn clear_snapshot(&self, stream: StreamId) -> Result<(), StoreError>;

    /// The stream's lease, as of the last change.
    fn lease(&self, stream: StreamId) -> Result<Lease, StoreError>;

    /// Puts `next` in the place of the stream's lease if that is still `seen`, durably; false when it is not. An append in an
    /// earlier epoch than `next`'s succeeds before this returns or never.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when `next` is in an epoch before that of `seen`.
    fn replace_lease(&self, stream: StreamId, seen: &Lease, next: &Lease) -> Result<bool, StoreError>;

    /// Returns `Ok` once everything up to `end` is as durable as what an append returned `Ok` for. What is read need not be: a
    /// process or a server that ended while it wrote may have left what everybody sees and a power cut, or a standby that takes
    /// over, still takes away.
    ///
    /// # Errors
    /// [`StoreError::Moved`] when the stream does not go through `end`.
    fn confirm(&self, stream: StreamId, end: Head) -> Result<(), StoreError>;

    /// Whether this machine's clock may be trusted beside that of a store on another one. It always may where both are one.
    ///
    /// # Errors
    /// [`StoreError::Clock`] when they are too far apart.
    fn check_clock(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Deletes everything: journal, cold rows and snapshots of all streams; leases stay. A crash in the middle
    /// leaves the store empty or whole. Whoever keeps state read from this store must drop it.
    fn wipe(&self) -> Result<(), StoreError>;
}

/// What a migration of a store did to its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The newest migration the database had seen, 0 when it was new.
    pub from: u32,
    /// The newest migration it has seen now.
    pub to: u32,
}

/// How much there is, not what: bodies may hold personal data, even though encrypted.
struct Length(usize);

impl fmt::Debug for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0)
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("sequence", &self.sequence)
            .field("hash", &self.hash)
            .field("bytes", &Length(self.bytes.len()))
            .finish()
    }
}

impl fmt::Debug for ColdWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ColdWrite")
            .field("table", &self.table)
            .field("id", &self.id)
            .field("body", &self.body.as_ref().map(|body| Length(body.len())))
            .finish()
    }
}

impl fmt::Debug for SnapshotRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotRow")
            .field("kind", &self.kind)
            .field("id", &self.id)
            .field("body", &self.body.as_ref().map(|body| Length(body.len())))
            .finish()
    }
}
