//! The journal as its readers see it: entries with their personal parts opened, as long as the person's key exists.

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
    /// When the store fails.
    pub fn events(
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
            own.map(|(entry, hash)| JournalEvent { personal: self.personal(&entry.event), entry, hash });
        Ok((events.collect(), next))
    }

    fn personal(&self, event: &Event) -> Option<Personal> {
        match event {
            Event::CustomerCreated(_, sealed) => self.customer_part(sealed),
            Event::CustomerUpdated(_, changes) => changes.iter().find_map(|change| match change {
                CustomerChange::Personal(sealed) => self.customer_part(sealed),
                _ => None,
            }),
            Event::AccountOpened(account, sealed) => self.account_part(account.id, sealed),
            Event::AccountUpdated(id, changes) => changes.iter().find_map(|change| match change {
                AccountChange::Personal(sealed) => self.account_part(*id, sealed),
                _ => None,
            }),
            Event::CardIssued(card, sealed) => self.card_part(card.id, sealed),
            Event::CardUpdated(id, _, changes) => changes.iter().find_map(|change| match change {
                CardChange::Personal(sealed) => self.card_part(*id, sealed),
                _ => None,
            }),
            _ => None,
        }
    }

    fn customer_part(&self, sealed: &Sealed) -> Option<Personal> {
        self.open_sealed(sealed.owner.0, sealed).map(|part| Personal::Customer(Box::new(part)))
    }

    fn account_part(&self, id: AccountId, sealed: &Sealed) -> Option<Personal> {
        self.open_sealed(id.0, sealed).map(|part| Personal::Account(Box::new(part)))
    }

    fn card_part(&self, id: CardId, sealed: &Sealed) -> Option<Personal> {
        self.open_sealed(id.0, sealed).map(|part| Personal::Card(Box::new(part)))
    }

    fn open_sealed<T: vault::Record>(&self, id: i64, sealed: &Sealed) -> Option<Versioned<T>> {
        let key = self.vault.subject(&self.ledger, &*self.ring().ok()?, sealed.owner).ok()?;
        vault::open(&key, id, sealed).ok()
    }
}
