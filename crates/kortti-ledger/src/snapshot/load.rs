//! From the rows back into memory.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
    mpsc,
};

use kortti_core::{
    id::{AccountId, CardId, IdempotencyKey, InstitutionId, KeyId, TransactionId},
    reference::Currency,
    time::Timestamp,
    transaction::Book,
};
use kortti_store::{SnapshotRow, Store, StoreError, StreamId};
use parking_lot::Mutex;

use super::{
    ACCOUNT, ACCOUNT_ACTIVITY, ANSWERED, AUTHORISATION, AnsweredRow, BOOKS, CARD, CARD_ACTIVITY, CLIENT,
    CLOCK, CUSTOMER, KEY, PRODUCT, REACHED, REACHED_UNSEALED, REVERSALS, Reached, USE, block::visit,
    seal::open,
};
use crate::{answers::Answered, hot::HotState};

/// How many rows a thread takes at once.
const CHUNK: usize = 4096;
/// How many chunks may wait for a thread.
const WAITING: usize = 8;

/// What makes a snapshot useless.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Not every row is what was written.
    Damaged,
    /// It is of a program that lays rows out in another way.
    OtherVersion,
    OtherJournal,
}

impl Flaw {
    const fn what(self) -> &'static str {
        match self {
            Self::Damaged => "is damaged",
            Self::OtherVersion => "is of another version",
            Self::OtherJournal => "was made from another journal",
        }
    }
}

/// Fills an empty state from the snapshot. Returns the sequence it stands for; 0, and an empty state, when there is none
/// or it is useless, and thrown away.
pub(crate) fn read(store: &dyn Store, stream: StreamId, state: &HotState) -> Result<u64, StoreError> {
    match try_read(store, stream, state)? {
        Ok(sequence) => Ok(sequence),
        Err(flaw) => {
            tracing::warn!("the snapshot {}; the journal is replayed from its beginning", flaw.what());
            store.clear_snapshot(stream)?;
            Ok(0)
        }
    }
}

/// The same, and leaves a useless one where it is. Then the state is empty as well.
pub(crate) fn try_read(
    store: &dyn Store,
    stream: StreamId,
    state: &HotState,
) -> Result<Result<u64, Flaw>, StoreError> {
    let loaded = load_all(store, stream, state)?;
    if loaded.sequence == 0 {
        state.clear();
        return Ok(Ok(0));
    }
    let flaw = match &loaded.reached {
        _ if !loaded.readable => Flaw::OtherVersion,
        Some(reached) if loaded.intact => {
            if reached.is_in(store, stream)? {
                state.transactions.sort_uses();
                state.note_time(reached.decided_at);
                return Ok(Ok(loaded.sequence));
            }
            Flaw::OtherJournal
        }
        _ => Flaw::Damaged,
    };
    state.clear();
    Ok(Err(flaw))
}

/// What became of loading a snapshot.
struct Loaded {
    sequence: u64,
    /// Every row is what was written.
    intact: bool,
    /// This program lays rows out in the same way.
    readable: bool,
    reached: Option<Reached>,
}

/// Loads all rows, on as many threads as there are cores: most of the time goes into filling memory.
fn load_all(store: &dyn Store, stream: StreamId, state: &HotState) -> Result<Loaded, StoreError> {
    let (intact, readable) = (AtomicBool::new(true), AtomicBool::new(true));
    let reached = Mutex::new(None);
    let (sender, chunks) = mpsc::sync_channel::<Vec<SnapshotRow>>(WAITING);
    let chunks = Mutex::new(chunks);
    let work = || {
        while let Ok(rows) = { chunks.lock().recv() } {
            for row in &rows {
                match open(row) {
                    None if row.kind != REACHED_UNSEALED => intact.store(false, Ordering::Relaxed),
                    Some(body) if load(row, body, state, &reached).is_some() => {}
                    _ => readable.store(false, Ordering::Relaxed),
                }
            }
        }
    };
    let sequence = std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        (0..cores).for_each(|_| drop(scope.spawn(work)));
        let mut chunk = Vec::with_capacity(CHUNK);
        let sequence = store.read_snapshot(stream, &mut |row| {
            chunk.push(row);
            if chunk.len() == CHUNK {
                // The threads take until the sender is gone.
                let _ = sender.send(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK)));
            }
        });
        let _ = sender.send(chunk);
        drop(sender);
        sequence
    })?;
    let (intact, readable) = (intact.into_inner(), readable.into_inner());
    Ok(Loaded { sequence, intact, readable, reached: reached.into_inner() })
}

/// None when this program does not know how to read it.
fn load(row: &SnapshotRow, body: &[u8], state: &HotState, reached: &Mutex<Option<Reached>>) -> Option<()> {
    match row.kind {
        CARD => visit(body, |_, card| state.commit_card(Arc::new(card)))?,
        ACCOUNT => visit(body, |_, account| state.commit_account(Arc::new(account)))?,
        CUSTOMER => visit(body, |_, customer| state.commit_customer(Arc::new(customer)))?,
        PRODUCT => state.commit_product(Arc::new(minicbor::decode(body).ok()?)),
        CLIENT => state.commit_client(Arc::new(minicbor::decode(body).ok()?)),
        KEY => state.commit_key(KeyId(u32::try_from(row.id).ok()?)),
        CLOCK => state.clock_ahead_ms.store(minicbor::decode(body).ok()?, Ordering::Release),
        ANSWERED => visit(body, |sequence, (key, at, id): AnsweredRow| {
            state.note_answered(key, Answered { at, id, sequence: sequence.cast_unsigned() });
        })?,
        CARD_ACTIVITY => visit(body, |id, activity| {
            state.transactions.cards.insert(CardId(id), Arc::new(activity));
        })?,
        ACCOUNT_ACTIVITY => visit(body, |id, activity| {
            state.transactions.accounts.insert(AccountId(id), Arc::new(activity));
        })?,
        AUTHORISATION => visit(body, |first, known| {
            state.transactions.commit_authorisation(TransactionId(first), known);
        })?,
        USE => visit(body, |_, one| state.transactions.uses.lock().push(one))?,
        BOOKS => {
            let books: Vec<((InstitutionId, Currency, Book), i64)> = minicbor::decode(body).ok()?;
            state.transactions.books.write().extend(books);
        }
        REVERSALS => {
            let reversals: Vec<(IdempotencyKey, Timestamp)> = minicbor::decode(body).ok()?;
            state.transactions.reversals.write().extend(reversals);
        }
        REACHED => *reached.lock() = Some(minicbor::decode(body).ok()?),
        _ => return None,
    }
    Some(())
}
