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
    CLOCK, CUSTOMER, KEY, PRODUCT, REACHED, REVERSALS, Reached, USE,
};
use crate::{answers::Answered, hot::HotState};

/// How many rows a thread takes at once.
const CHUNK: usize = 4096;
/// How many chunks may wait for a thread.
const WAITING: usize = 8;

/// Fills an empty state from the snapshot. Returns the sequence it stands for; 0, and an empty state, when there is none
/// or this program cannot read it.
pub(crate) fn read(store: &dyn Store, stream: StreamId, state: &HotState) -> Result<u64, StoreError> {
    let loaded = load_all(store, stream, state)?;
    if loaded.sequence == 0 {
        state.clear();
        return Ok(0);
    }
    // Earlier versions did not say up to when they had decided.
    let decided = loaded.reached.filter(|_| loaded.readable).and_then(|it| Some((it.decided_at?, it)));
    let useless = match &decided {
        Some((_, reached)) if reached.is_in(store, stream)? => None,
        Some(_) => Some("was made from another journal"),
        None => Some("is of another version"),
    };
    if let Some(what) = useless {
        tracing::warn!("the snapshot {what}; the journal is replayed from its beginning");
        state.clear();
        store.clear_snapshot(stream)?;
        return Ok(0);
    }
    state.transactions.sort_uses();
    if let Some((at, _)) = decided {
        state.note_time(at);
    }
    Ok(loaded.sequence)
}

/// What became of loading a snapshot.
struct Loaded {
    sequence: u64,
    /// Every row could be read.
    readable: bool,
    /// Missing where an earlier version has written them.
    reached: Option<Reached>,
}

/// Loads all rows, on as many threads as there are cores: most of the time goes into filling memory.
fn load_all(store: &dyn Store, stream: StreamId, state: &HotState) -> Result<Loaded, StoreError> {
    let (readable, reached) = (AtomicBool::new(true), Mutex::new(None));
    let (sender, chunks) = mpsc::sync_channel::<Vec<SnapshotRow>>(WAITING);
    let chunks = Mutex::new(chunks);
    let work = || {
        while let Ok(rows) = { chunks.lock().recv() } {
            if !rows.iter().all(|row| load(row, state, &reached).is_some()) {
                readable.store(false, Ordering::Relaxed);
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
    Ok(Loaded { sequence, readable: readable.into_inner(), reached: reached.into_inner() })
}

fn load(row: &SnapshotRow, state: &HotState, reached: &Mutex<Option<Reached>>) -> Option<()> {
    let body = row.body.as_deref()?;
    match row.kind {
        CARD => state.commit_card(Arc::new(minicbor::decode(body).ok()?)),
        ACCOUNT => state.commit_account(Arc::new(minicbor::decode(body).ok()?)),
        CUSTOMER => state.commit_customer(Arc::new(minicbor::decode(body).ok()?)),
        PRODUCT => state.commit_product(Arc::new(minicbor::decode(body).ok()?)),
        CLIENT => state.commit_client(Arc::new(minicbor::decode(body).ok()?)),
        KEY => state.commit_key(KeyId(u32::try_from(row.id).ok()?)),
        CLOCK => state.clock_ahead_ms.store(minicbor::decode(body).ok()?, Ordering::Release),
        ANSWERED => {
            let AnsweredRow { key, at, id } = minicbor::decode(body).ok()?;
            state.answered.insert(key, Answered { at, id, sequence: row.id.cast_unsigned() });
        }
        CARD_ACTIVITY => {
            let activity = Arc::new(minicbor::decode(body).ok()?);
            state.transactions.cards.insert(CardId(row.id), activity);
        }
        ACCOUNT_ACTIVITY => {
            let activity = Arc::new(minicbor::decode(body).ok()?);
            state.transactions.accounts.insert(AccountId(row.id), activity);
        }
        AUTHORISATION => {
            state.transactions.commit_authorisation(TransactionId(row.id), minicbor::decode(body).ok()?);
        }
        USE => state.transactions.uses.lock().push(minicbor::decode(body).ok()?),
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
