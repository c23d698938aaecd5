//! Looking ahead: what the next decisions will look at is fetched from memory before they are made.
//!
//! Of a million cards hardly any is in the processor's caches. A decision that looks for its card, the account and what both have
//! done waits for memory each time, and the next one only begins when it is through. A look at the cards of several decisions in
//! a row lets the processor wait for all of them at the same time.

use std::{hint::black_box, sync::Arc};

use kortti_core::{
    decide::{Command, Transact},
    entry::Entry,
    event::Event,
    id::CardId,
    transaction::Request,
};

use crate::{engine::Submission, hot::HotState};

/// How many decisions one look is for. More would fill the caches with what is not needed yet.
pub(crate) const AHEAD: usize = 16;
/// For fewer a look costs as much as it spares.
const WORTH: usize = 4;

/// The card that a submission asks about.
pub(crate) fn card_asked(submission: &Submission) -> Option<CardId> {
    let Command::Transact(Transact { request: Request::Authorise(request), .. }) = &submission.command else {
        return None;
    };
    request.card
}

/// The card that an entry is about.
pub(crate) fn card_told(entry: &Entry) -> Option<CardId> {
    let Event::Transacted(transaction) = &entry.event else { return None };
    transaction.card
}

impl HotState {
    /// Looks at these cards, their accounts, and what both have done. Nothing comes of it but that they are at hand.
    pub(crate) fn look_ahead(&self, cards: impl Iterator<Item = CardId>) {
        let cards: Vec<_> = cards.collect();
        if cards.len() < WORTH {
            return;
        }
        let mut accounts = Vec::with_capacity(cards.len());
        // Whoever shares a value touches its count, too.
        self.cards.visit(&cards, |card| {
            touch(Arc::strong_count(card));
            accounts.push(card.account);
        });
        self.accounts.visit(&accounts, |account| touch((Arc::strong_count(account), account.currency)));
        self.transactions.cards.visit(&cards, |done| touch((Arc::strong_count(done), done.version)));
        self.transactions.accounts.visit(&accounts, |done| touch((Arc::strong_count(done), done.version)));
    }
}

/// Has something read that nobody needs now.
fn touch<T: Copy>(read: T) {
    black_box(read);
}
