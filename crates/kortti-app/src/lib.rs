//! The use cases of Kortti: what a caller can have done. Everything that changes goes through the ledger; everything that
//! is personal or secret is sealed on the way in and opened on the way out.

mod accounts;
mod caller;
mod cards;
mod clients;
mod customers;
mod decryptor;
mod error;
mod events;
mod history;
mod keys;
mod reads;
mod retry;
pub mod sandbox;
mod transactions;
mod turns;
mod usage;
mod vault;
mod verify;

use std::sync::Arc;

pub use accounts::{AccountDetails, unsealed};
pub use caller::{Caller, idempotency_key};
pub use cards::{CardDetails, NewCard};
pub use customers::{CustomerDetails, CustomerUpdate, NewCustomer};
pub use error::AppError;
pub use events::{JournalEvent, Personal};
pub use history::{AuthorisationDetails, Part, TransactionQuery};
pub use keys::KeyInfo;
use kortti_core::{
    decide::{Command, DefineProduct, PersonalUpdate, Refusal},
    event::KeyPurpose,
    id::{CustomerId, InstitutionId, KeyId, ProductId},
    product::Product,
    view::View,
};
use kortti_crypto::{KeyRing, MasterKey};
pub use kortti_ledger::{
    AccountRules, AskError, Asked, Clock, ClockMove, Copied, Difference, JournalError, Ledger, Outcome,
    Peers, ProductRules, Replayed, Rules, copy as copy_store, replay, verify_journal,
};
use kortti_store::ColdWrite;
pub use kortti_store::chain;
use tokio::sync::RwLock;
pub use transactions::{Recorded, message_key};
pub use usage::Usage;
pub use verify::{Verdict, VerifyError, verify};

use crate::{
    clients::Verified, decryptor::Decryptor, keys::Keys, reads::Reads, retry::until_current, vault::Vault,
};

/// A running system.
pub struct App {
    ledger: Ledger,
    keys: Keys,
    vault: Vault,
    verified: Verified,
    decryptor: Decryptor,
    reads: Reads,
    /// Held for writing while the sandbox starts over: nothing made with the old keys may end up in the new store.
    gate: RwLock<()>,
}

impl App {
    /// Opens the system on a ledger; makes the first keys if there are none.
    ///
    /// # Errors
    /// When the keys cannot be made or opened with `master`.
    pub async fn open(ledger: Ledger, master: MasterKey) -> Result<Arc<Self>, AppError> {
        let app = Self {
            ledger,
            keys: Keys::new(master),
            vault: Vault::new(),
            verified: Verified::new(),
            decryptor: Decryptor::start(),
            reads: Reads::new(),
            gate: RwLock::new(()),
        };
        app.keys.open(&app.ledger).await?;
        Ok(Arc::new(app))
    }

    /// The ledger below.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Brings the institution's products to what the configuration says.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn define_products(&self, products: Vec<Product>) -> Result<(), AppError> {
        for product in products {
            let caller = Caller::system(product.institution, "configuration");
            until_current(|| async {
                let known = self.ledger.state().products(product.institution);
                let known = known.iter().find(|known| known.code == product.code).map(|known| known.id);
                let next = || u32::try_from(self.ledger.state().ids().products.take()).unwrap_or(u32::MAX);
                let id = known.unwrap_or_else(|| ProductId(next()));
                let command = DefineProduct(Product { id, ..product.clone() });
                self.submit(&caller, Command::DefineProduct(command), Vec::new()).await
            })
            .await?;
        }
        Ok(())
    }

    /// Adds a key of the given purpose; from now on it is the one that writes.
    ///
    /// # Errors
    /// When it cannot be made or written.
    pub async fn rotate_key(&self, purpose: KeyPurpose, by: &Caller) -> Result<KeyId, AppError> {
        self.keys.add(&self.ledger, purpose, by).await
    }

    /// All keys, the oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn keys(&self) -> Result<Vec<KeyInfo>, AppError> {
        Keys::list(&self.ledger)
    }

    /// The certificates that callers may encrypt card numbers to, the newest first: PEM.
    ///
    /// # Errors
    /// When the store fails.
    pub fn certificates(&self) -> Result<Vec<String>, AppError> {
        Ok(self.ring()?.certificates().map(kortti_crypto::Certificate::pem).collect())
    }

    fn ring(&self) -> Result<Arc<KeyRing>, AppError> {
        self.keys.ring(&self.ledger)
    }

    /// What a repeated request was answered.
    async fn repeated(&self, caller: &Caller) -> Result<Option<Outcome>, AppError> {
        let Some(key) = caller.idempotency else { return Ok(None) };
        Ok(self.ledger.find_answered(key).await?)
    }

    fn known_customer(&self, institution: InstitutionId, id: CustomerId) -> Result<(), AppError> {
        let found = self.ledger.state().customer(id);
        let known = found.is_some_and(|customer| customer.institution == institution);
        if known { Ok(()) } else { Err(Refusal::CustomerUnknown(id).into()) }
    }

    /// Seals a record anew, if it or its owner has changed: the update for the command, and the row to write with it.
    fn reseal<T: vault::Record>(
        &self,
        change: &vault::Change,
        before: T,
        after: T,
    ) -> Result<(Option<PersonalUpdate>, Vec<ColdWrite>), AppError> {
        let owner = change.owner.after;
        let moves = owner != change.owner.before;
        if after == before && !moves {
            return Ok((None, Vec::new()));
        }
        let key = self.vault.subject(&self.ledger, &*self.ring()?, owner)?;
        // What was the old owner's stays under the old owner's key.
        let previous = (!moves).then_some(before);
        let (sealed, row) = vault::seal(owner, &key, change.id, change.based_on + 1, after, previous)?;
        Ok((Some(PersonalUpdate { based_on: change.based_on, sealed }), vec![row]))
    }

    async fn submit(
        &self,
        caller: &Caller,
        command: Command,
        cold: Vec<ColdWrite>,
    ) -> Result<Outcome, AppError> {
        Ok(self.ledger.submit(caller.institution, caller.origin(), command, cold).await?)
    }
}

#[cfg(test)]
mod tests;
