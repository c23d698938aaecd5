//! API clients and their credentials.

use std::sync::Arc;

use kortti_core::{
    access::{Client, Scopes},
    decide::{AddClient, Command, Refusal},
    id::ClientId,
    view::View,
};
use kortti_crypto::{digest, password, random};
use kortti_store::{ColdTable, ColdWrite};
use quick_cache::sync::Cache;

use crate::{App, AppError, Caller, retry::until_current, turns::Turns};

/// How many credentials are remembered as verified.
const REMEMBERED: usize = 1024;

/// Credentials that have been verified, so that Argon2 runs once and not for every request. Kept are digests under a key
/// that lives and dies with the process.
pub(crate) struct Verified {
    key: [u8; 32],
    clients: Cache<[u8; 32], ClientId>,
    pub(crate) turns: Turns,
}

impl Verified {
    pub fn new() -> Self {
        Self { key: random::bytes(), clients: Cache::new(REMEMBERED), turns: Turns::new() }
    }

    /// What stands for a credential in one life of the store: in the next one the client's id may be somebody else's.
    fn digest(&self, life: u64, name: &str, secret: &str) -> [u8; 32] {
        let (life, length) = (life.to_be_bytes(), (name.len() as u64).to_be_bytes());
        digest::sha256(&[&self.key, &life, &length, name.as_bytes(), secret.as_bytes()])
    }
}

impl App {
    /// Lets a client in. Returns its secret, which is nowhere else, if none was given.
    ///
    /// # Errors
    /// When the name is in use, or nothing can be written.
    pub async fn add_client(
        &self,
        by: &Caller,
        name: &str,
        scopes: Scopes,
        secret: Option<&str>,
    ) -> Result<String, AppError> {
        let secret = secret.map_or_else(|| random::secret().to_string(), str::to_owned);
        let hash = password::hash(&secret).map_err(|_| AppError::Missing("the secret's hash"))?;
        until_current(|| async {
            let id = ClientId(self.ledger.state().ids().clients.take());
            let body = Some(hash.clone().into_bytes());
            let row = ColdWrite { table: ColdTable::ClientSecret, id: id.0, body };
            let command = Command::AddClient(AddClient { id, name: name.into(), scopes });
            self.submit(by, command, vec![row]).await
        })
        .await?;
        Ok(secret)
    }

    /// Withdraws a client's credentials.
    ///
    /// # Errors
    /// When there is no such client, or nothing can be written.
    pub async fn revoke_client(&self, by: &Caller, name: &str) -> Result<(), AppError> {
        let id = self.ledger.state().client_by_name(name).ok_or(Refusal::ClientUnknown)?;
        self.submit(by, Command::RevokeClient(id), Vec::new()).await.map(drop)
    }

    /// The client of these credentials; none when they are wrong or withdrawn. Takes as long for a name that does not exist.
    ///
    /// # Errors
    /// When the store fails, or too many wait to be verified.
    pub async fn authenticate(&self, name: &str, secret: &str) -> Result<Option<Arc<Client>>, AppError> {
        if self.ledger.state().client_by_name(name).is_none() {
            // Another process may have let it in just now.
            self.ledger.refresh().await?;
        }
        let digest = self.verified.digest(self.ledger.state().lives(), name, secret);
        // Of many who come with the same credentials at first one is verified, and the others wait for that.
        let id = match self.verified.clients.get_value_or_guard_async(&digest).await {
            Ok(id) => Some(id),
            Err(place) => {
                let id = self.verify_secret(name, secret).await?;
                if let Some(id) = id {
                    // It does not go in when the cache was emptied meanwhile: then the next one is verified again.
                    let _ = place.insert(id);
                }
                id
            }
        };
        let client = id.and_then(|id| self.ledger.state().client(id));
        Ok(client.filter(|client| !client.revoked))
    }

    async fn verify_secret(&self, name: &str, secret: &str) -> Result<Option<ClientId>, AppError> {
        let state = self.ledger.state();
        let id = state.client_by_name(name);
        let admitted = id.filter(|id| state.client(*id).is_some_and(|client| !client.revoked));
        let turn = self.verified.turns.take(admitted).await?;
        let stored = id.map_or(Ok(None), |id| self.ledger.cold(ColdTable::ClientSecret, id.0))?;
        let hash = stored.and_then(|hash| String::from_utf8(hash).ok());
        let hash = hash.unwrap_or_else(|| password::dummy_hash().to_owned());
        let secret = secret.to_owned();
        let right = tokio::task::spawn_blocking(move || {
            // Whoever asked may go away; the work goes on, and has its turn until it is done.
            let _turn = turn;
            password::verify(&secret, &hash)
        });
        let right = right.await.unwrap_or(false);
        Ok(id.filter(|_| right))
    }
}
