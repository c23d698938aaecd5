//! The journal as its readers see it: entries with their personal parts opened, as long as the person's key exists.

use std::sync::Arc;

use kortti_core::{
    entry::Entry,
    event::{AccountChange, CardChange, CustomerChange, Event},
    id::{AccountId, CardId, InstitutionId},
    personal::{AccountPersonal, CardPersonal, CustomerPersonal, Sealed, Versioned},
};

use crate::{App, AppError, vault};

/// One entry of the journal.
pub struct JournalEvent {
    /// The entry.
    pub entry: Entry,
    /// Its hash, which the next one carries.
    pub hash: [u8; 32],
    /// What it says of a person, before and after; none where it says nothing or the person's key is gone.
    pub personal: Option<Personal>,
}

/// The personal part of an entry.
pub enum Personal {
    /// Of a card.
    Card(Box<Versioned<CardPersonal>>),
    /// Of a customer.
    Customer(Box<Versioned<CustomerPersonal>>),
    /// Of an account.
    Account(Box<Versioned<AccountPersonal>>),
}

impl App {
    /// The sequence of the last journal entry, whichever process wrote it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn journal_end(&self) -> Result<u64, AppError> {
        Ok(self.ledger.end()?)
    }

    /// The institution's events among the `limit` entries after `after`, oldest first, and the sequence to go on from.
    ///
    /// # Errors
    /// When the store fails, or a part that must be readable is not: a reader who went on without it would never see it.
    pub async fn events(
        self: &Arc<Self>,
        institution: InstitutionId,
        after: u64,
        limit: usize,
    ) -> Result<(Vec<JournalEvent>, u64), AppError> {
        let read = move |app: &Self| app.read_events(institution, after, limit);
        match self.apart(read).await? {
            Err(error) if !error.is_passing() => {
                // The store has a key that another process has just added before this one's state knows of it.
                self.ledger.catch_up().await?;
                self.apart(read).await?
            }
            result => result,
        }
    }

    fn read_events(
        &self,
        institution: InstitutionId,
        after: u64,
        limit: usize,
    ) -> Result<(Vec<JournalEvent>, u64), AppError> {
        let entries = self.ledger.entries(after, limit)?;
        let next = entries.last().map_or(after, |(entry, _)| entry.sequence);
        let own = entries
            .into_iter()
            .filter(|(entry, _)| entry.origin.institution.is_none_or(|of| of == institution));
        let events =
            own.map(|(entry, hash)| Ok(JournalEvent { personal: self.personal(&entry.event)?, entry, hash }));
        Ok((events.collect::<Result<_, AppError>>()?, next))
    }

    fn personal(&self, event: &Event) -> Result<Option<Personal>, AppError> {
        match event {
            Event::CustomerCreated(_, sealed) => self.customer_part(sealed),
            Event::CustomerUpdated(_, changes) => {
                let sealed = changes.iter().find_map(|change| match change {
                    CustomerChange::Personal(sealed) => Some(sealed),
                    _ => None,
                });
                sealed.map_or(Ok(None), |sealed| self.customer_part(sealed))
            }
            Event::AccountOpened(account, sealed) => self.account_part(account.id, sealed),
            Event::AccountUpdated(id, changes) => {
                let sealed = changes.iter().find_map(|change| match change {
                    AccountChange::Personal(sealed) => Some(sealed),
                    _ => None,
                });
                sealed.map_or(Ok(None), |sealed| self.account_part(*id, sealed))
            }
            Event::CardIssued(card, sealed) => self.card_part(card.id, sealed),
            Event::CardUpdated(id, _, changes) => {
                let sealed = changes.iter().find_map(|change| match change {
                    CardChange::Personal(sealed) => Some(sealed),
                    _ => None,
                });
                sealed.map_or(Ok(None), |sealed| self.card_part(*id, sealed))
            }
            _ => Ok(None),
        }
    }

    fn customer_part(&self, sealed: &Sealed) -> Result<Option<Personal>, AppError> {
        let part = self.open_sealed(sealed.owner.0, sealed)?;
        Ok(part.map(|part| Personal::Customer(Box::new(part))))
    }

    fn account_part(&self, id: AccountId, sealed: &Sealed) -> Result<Option<Personal>, AppError> {
        Ok(self.open_sealed(id.0, sealed)?.map(|part| Personal::Account(Box::new(part))))
    }

    fn card_part(&self, id: CardId, sealed: &Sealed) -> Result<Option<Personal>, AppError> {
        Ok(self.open_sealed(id.0, sealed)?.map(|part| Personal::Card(Box::new(part))))
    }

    /// What was sealed under a customer's key; none once that is gone.
    fn open_sealed<T: vault::Record>(
        &self,
        id: i64,
        sealed: &Sealed,
    ) -> Result<Option<Versioned<T>>, AppError> {
        let key = self.vault.find_subject(&self.ledger, &*self.ring()?, sealed.owner)?;
        key.map(|key| vault::open(&key, id, sealed)).transpose()
    }
}
