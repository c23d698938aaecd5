//! Fills a store with many cards, in this process: through the use cases and the ledger, without HTTP.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use kortti_app::{App, Caller, NewCard, unsealed};
use kortti_core::{
    card::{AccountTemplate, CardRole, CardTemplate},
    controls::Controls,
    decide::OpenAccount,
    id::{AccountId, CustomerId, InstitutionId},
    personal::{AccountPersonal, CardPersonal},
    reference::Currency,
};
use tokio::task::JoinSet;

use crate::{Failure, config::StoreConfig, huge_pages, location::Location, open, products};

/// How many cards are on their way at once: as many as the engine takes into one commit.
const AT_ONCE: usize = 1024;

/// The id of the first card of a store that is filled.
pub const FIRST_CARD: u32 = 3001;
/// The id of the first account of a store that is filled; those before it are the sandbox's own.
const FIRST_ACCOUNT: u32 = 2004;
/// What is on each account, in minor units: enough for any number of purchases.
const BALANCE: i64 = 100_000_000_000;

/// What a store is filled with.
#[derive(Clone, Copy)]
pub struct Stock {
    /// How many cards.
    pub cards: u32,
    /// How many accounts they draw on, evenly; none for one of the sandbox's own.
    pub accounts: u32,
}

/// The configuration of a store in `folder`.
pub fn config(folder: &Path) -> StoreConfig {
    StoreConfig {
        location: Location::Sqlite(folder.join("kortti.db")),
        master_key: folder.join("master.key"),
        products: Vec::new(),
        zone: None,
    }
}

/// Makes a sandbox's store in `folder` with accounts and cards; how long the cards took. The store is left as a server leaves
/// it that was told to stop.
///
/// # Errors
/// When an account or card cannot be created.
pub fn fill(folder: &Path, stock: Stock) -> Result<Duration, Failure> {
    std::fs::create_dir_all(folder).map_err(Failure::of("cannot fill the store"))?;
    fill_store(&config(folder), stock)
}

/// The same with a store of any kind.
///
/// # Errors
/// When an account or card cannot be created.
pub fn fill_store(config: &StoreConfig, stock: Stock) -> Result<Duration, Failure> {
    let failed = "cannot fill the store";
    open::runtime()?.block_on(async {
        let app = open::app(config).await?;
        // What is loaded from the store later in this process takes the same memory.
        huge_pages(true);
        let filled = async {
            app.fill_sandbox(products::sandbox(None)).await.map_err(Failure::of(failed))?;
            many(stock.accounts.into(), AT_ONCE, &app, move |app, caller, place| async move {
                let number = format!("BENCH-{place}");
                let opened = app.open_account(&caller, account(number), AccountPersonal::default()).await;
                opened.map(drop).map_err(Failure::of(failed))
            })
            .await?;
            let begin = Instant::now();
            let issue = many(stock.cards.into(), AT_ONCE, &app, move |app, caller, place| async move {
                let issued = app.issue_card(&caller, card(stock.account_of(place))).await;
                issued.map(drop).map_err(Failure::of(failed))
            });
            issue.await.map(|()| begin.elapsed())
        };
        let filled = filled.await;
        app.ledger().stop();
        huge_pages(false);
        filled
    })
}

impl Stock {
    fn account_of(self, place: u64) -> AccountId {
        let account = match u64::from(self.accounts) {
            0 => 2001,
            accounts => u64::from(FIRST_ACCOUNT) + place % accounts,
        };
        AccountId(account.cast_signed())
    }
}

/// Does something many times, so many at once.
///
/// # Errors
/// When it fails once.
pub async fn many<F, R>(times: u64, at_once: usize, app: &Arc<App>, once: F) -> Result<(), Failure>
where
    F: Fn(Arc<App>, Caller, u64) -> R + Clone + Send + 'static,
    R: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let begun = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..at_once {
        let (app, begun, once) = (Arc::clone(app), Arc::clone(&begun), once.clone());
        tasks.spawn(async move {
            let caller = Caller::system(InstitutionId::DEFAULT, "kortti bench");
            loop {
                let place = begun.fetch_add(1, Ordering::Relaxed);
                if place >= times {
                    return Ok::<_, Failure>(());
                }
                once(Arc::clone(&app), caller.clone(), place).await?;
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(Failure::of("a caller ended badly"))??;
    }
    Ok(())
}

/// A prepaid account of the sandbox's customer with money on it.
fn account(number: String) -> OpenAccount {
    OpenAccount {
        id: AccountId(0),
        customer: CustomerId(1001),
        template: AccountTemplate::Prepaid,
        number: number.into(),
        currency: euro(),
        product: None,
        credit_limit: None,
        balance: BALANCE,
        segment: None,
        parent: None,
        zone: None,
        personal: unsealed(),
    }
}

/// A card for the sandbox's customer.
fn card(account: AccountId) -> NewCard {
    NewCard {
        customer: CustomerId(1001),
        account,
        role: CardRole::Main,
        template: CardTemplate::VisaVirtual,
        product_code: None,
        encrypted_number: None,
        expiration: None,
        segment: None,
        pin_status: None,
        layout_code: None,
        closing: None,
        card_delivery: None,
        pin_delivery: None,
        controls: Controls::default(),
        personal: CardPersonal::default(),
    }
}

/// The currency of the accounts.
pub fn euro() -> Currency {
    Currency::parse("EUR").unwrap_or_else(|| unreachable!("the euro is a currency"))
}
