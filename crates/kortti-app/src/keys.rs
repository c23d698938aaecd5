//! The key ring: made at the first start, kept in the store wrapped under the master key, read again when a key is added.

use std::sync::Arc;

use kortti_core::{
    decide::{AddKey, Command},
    entry::Origin,
    event::KeyPurpose,
    id::{InstitutionId, KeyId},
    time::Timestamp,
};
use kortti_crypto::{KeyRecord, KeyRing, MasterKey, Purpose};
use kortti_ledger::Ledger;
use kortti_store::{ColdTable, ColdWrite};
use parking_lot::RwLock;

use crate::{AppError, Caller, retry::until_current};

/// The keys of a running system.
pub(crate) struct Keys {
    master: MasterKey,
    ring: RwLock<Option<Opened>>,
}

/// An open ring: how many keys it has, and in which life of the store it was read.
struct Opened {
    life: u64,
    count: usize,
    ring: Arc<KeyRing>,
}

/// A key as an operator sees it.
#[derive(Clone, Debug)]
pub struct KeyInfo {
    /// Its id.
    pub id: KeyId,
    /// What it is for.
    pub purpose: KeyPurpose,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Keys {
    pub fn new(master: MasterKey) -> Self {
        Self { master, ring: RwLock::new(None) }
    }

    /// Makes the first key of each purpose where there is none, and opens the ring. A first start that was interrupted
    /// has made some of them.
    pub async fn open(&self, ledger: &Ledger) -> Result<(), AppError> {
        let by = Caller::system(InstitutionId::DEFAULT, "first start");
        for purpose in [KeyPurpose::Data, KeyPurpose::Index, KeyPurpose::Jwe] {
            until_current(|| async {
                // Before the keys are looked at: if another process adds one now, it takes this id.
                let id = next_id(ledger)?;
                let known = Self::list(ledger)?.iter().any(|key| key.purpose == purpose);
                if known { Ok(()) } else { self.add_as(id, ledger, purpose, &by).await }
            })
            .await?;
        }
        self.ring(ledger).map(drop)
    }

    /// Adds a key. It writes from now on; the older ones still read.
    pub async fn add(&self, ledger: &Ledger, purpose: KeyPurpose, by: &Caller) -> Result<KeyId, AppError> {
        until_current(|| async {
            let id = next_id(ledger)?;
            self.add_as(id, ledger, purpose, by).await.map(|()| KeyId(id))
        })
        .await
    }

    async fn add_as(
        &self,
        id: u32,
        ledger: &Ledger,
        purpose: KeyPurpose,
        by: &Caller,
    ) -> Result<(), AppError> {
        let record = KeyRing::new_record(&self.master, id, crypto_purpose(purpose), ledger.clock().now().0)?;
        let body = minicbor::to_vec(&record).map_err(|_| AppError::Missing("the key record"))?;
        let cold = ColdWrite { table: ColdTable::Key, id: i64::from(id), body: Some(body) };
        let command = Command::AddKey(AddKey { id: KeyId(id), purpose });
        // All institutions use it, so it stands in the feed of each.
        let origin = Origin { institution: None, ..by.origin() };
        ledger.submit(by.institution, origin, command, vec![cold]).await?;
        Ok(())
    }

    /// The ring with all keys there are.
    pub fn ring(&self, ledger: &Ledger) -> Result<Arc<KeyRing>, AppError> {
        // Before the keys are looked at, so that a ring is never taken for one of a later life.
        let life = ledger.state().lives();
        if let Some(opened) = &*self.ring.read()
            && (life, ledger.state().key_count()) == (opened.life, opened.count)
        {
            return Ok(Arc::clone(&opened.ring));
        }
        let ids = ledger.state().keys();
        let ring = Arc::new(KeyRing::open(&self.master, records(ledger, &ids)?)?);
        *self.ring.write() = Some(Opened { life, count: ids.len(), ring: Arc::clone(&ring) });
        Ok(ring)
    }

    /// All keys, the oldest first.
    pub fn list(ledger: &Ledger) -> Result<Vec<KeyInfo>, AppError> {
        let records = records(ledger, &ledger.state().keys())?;
        let info = |record: KeyRecord| KeyInfo {
            id: KeyId(record.id),
            purpose: purpose_of(record.purpose),
            created_at: Timestamp(record.created_at),
        };
        Ok(records.into_iter().map(info).collect())
    }
}

/// The crypto crate knows nothing of the domain, so it has a name of its own for the same thing.
const fn crypto_purpose(purpose: KeyPurpose) -> Purpose {
    match purpose {
        KeyPurpose::Data => Purpose::Data,
        KeyPurpose::Index => Purpose::Index,
        KeyPurpose::Jwe => Purpose::Jwe,
    }
}

const fn purpose_of(purpose: Purpose) -> KeyPurpose {
    match purpose {
        Purpose::Data => KeyPurpose::Data,
        Purpose::Index => KeyPurpose::Index,
        Purpose::Jwe => KeyPurpose::Jwe,
    }
}

/// The id of the next key: each follows on the one before it.
fn next_id(ledger: &Ledger) -> Result<u32, AppError> {
    let last = ledger.state().keys().last().map_or(0, |last| last.0);
    last.checked_add(1).ok_or(AppError::Missing("a key id"))
}

fn records(ledger: &Ledger, ids: &[KeyId]) -> Result<Vec<KeyRecord>, AppError> {
    let body = |id: &KeyId| ledger.cold(ColdTable::Key, i64::from(id.0));
    let bodies = ids.iter().map(body).collect::<Result<Vec<_>, _>>()?;
    if !bodies.is_empty() && bodies.iter().all(Option::is_none) {
        return Err(AppError::Unfinished);
    }
    let record = |body: Option<Vec<u8>>| {
        let body = body.ok_or(AppError::Missing("a key"))?;
        minicbor::decode(&body).map_err(|_| AppError::Missing("a key"))
    };
    bodies.into_iter().map(record).collect()
}
