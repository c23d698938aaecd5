//! A journal as it is after a long time: purchases and their clearings, decided and written by the ledger in this process. They
//! are the same entries that requests come to, only without the time that HTTP takes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use kortti_app::App;
use kortti_core::{
    decide::{Command, Transact},
    entry::Origin,
    id::{CardId, InstitutionId, TransactionId},
    money::Money,
    transaction::{Clear, Request},
};

use super::{fill, ledger};
use crate::{Failure, config::StoreConfig, open, random::Random};

/// How many purchases are on their way at once: enough for one batch that is written and one that is decided meanwhile.
const AT_ONCE: usize = 2048;
/// A purchase and its clearing.
const EACH: u64 = 2;

/// What was written.
pub struct Written {
    /// How many entries.
    pub entries: u64,
    /// How long they took.
    pub took: Duration,
}

/// Writes so many entries, or one more, into the journal of a store that `fill` has put so many cards into and no server uses.
///
/// # Errors
/// When one cannot be written.
pub fn write(config: &StoreConfig, cards: u32, entries: u64) -> Result<Written, Failure> {
    let failed = "cannot write the journal";
    open::runtime()?.block_on(async {
        let app = open::app(config).await?;
        let begin = Instant::now();
        let written = async {
            let before = app.ledger().end().map_err(Failure::of(failed))?;
            let pairs = fill::many(entries.div_ceil(EACH), AT_ONCE, &app, move |app, _, place| async move {
                let mut random = Random::seeded(place);
                let card = CardId(i64::from(fill::FIRST_CARD) + random.below(cards.into()).cast_signed());
                let minor = 1 + random.below(2_000).cast_signed();
                buy_and_clear(&app, card, minor).await
            });
            pairs.await?;
            Ok(app.ledger().end().map_err(Failure::of(failed))? - before)
        };
        let written = written.await;
        let took = begin.elapsed();
        app.ledger().stop();
        written.map(|entries| Written { entries, took })
    })
}

/// A purchase and its clearing, after which nothing is held.
async fn buy_and_clear(app: &Arc<App>, card: CardId, minor: i64) -> Result<(), Failure> {
    let bought = submit(app, ledger::purchase(card, minor)).await?;
    submit(app, clearing(bought, minor)).await.map(drop)
}

/// Submits a request without a message id: the ids of a day stay in memory, and these entries stand for many days.
async fn submit(app: &App, request: Request) -> Result<TransactionId, Failure> {
    let institution = InstitutionId::DEFAULT;
    let origin = Origin {
        institution: Some(institution),
        client: "sandbox".into(),
        audit_user: "bench".into(),
        request: None,
        idempotency: None,
    };
    let command = Command::Transact(Transact { request, message: None });
    let outcome = app.ledger().submit(institution, origin, command, Vec::new()).await;
    let outcome = outcome.map_err(Failure::of("a decision was not made"))?;
    let approved = outcome.transaction.filter(|recorded| recorded.transaction.approved);
    approved.map(|recorded| recorded.id).ok_or_else(|| Failure::new("a purchase or clearing was declined"))
}

fn clearing(authorisation: TransactionId, minor: i64) -> Request {
    Request::Clear(Box::new(Clear {
        authorisation: Some(authorisation),
        card: None,
        amount: Money { minor, currency: fill::euro() },
        billing: None,
        last: true,
        transaction_type: None,
        merchant: None,
        details: None,
    }))
}

#[cfg(test)]
mod tests {
    use kortti_app::verify_journal;
    use kortti_core::event::Event;

    use super::write;
    use crate::{
        bench::fill::{self, Stock},
        open,
    };

    #[test]
    fn entries_are_as_many_as_wanted_and_hold_before_the_verification() {
        let folder = tempfile::tempdir().unwrap();
        fill::fill(folder.path(), Stock { cards: 10, accounts: 5 }).unwrap();
        let config = fill::config(folder.path());
        let count = || {
            let (store, master) = (config.location.open().unwrap(), open::master_key(&config).unwrap());
            let mut transactions = 0;
            verify_journal(&*store, &mut |entry| {
                transactions += usize::from(matches!(entry.event, Event::Transacted(_)));
                Ok(())
            })
            .unwrap();
            (kortti_app::verify(&store, &master).unwrap().entries, transactions)
        };
        let (before, none) = count();
        let written = write(&config, 10, 99).unwrap();
        assert_eq!((none, written.entries), (0, 100));
        assert_eq!(count(), (before + 100, 100));
    }
}
