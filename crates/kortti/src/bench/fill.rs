//! Fills a store with many cards, in this process: through the use cases and the ledger, without HTTP.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use kortti_app::{App, AppError, Caller, NewCard};
use kortti_core::{
    card::{CardRole, CardTemplate},
    controls::Controls,
    id::{AccountId, CustomerId, InstitutionId},
    personal::CardPersonal,
};
use tokio::task::JoinSet;

use crate::{Failure, config::StoreConfig, open, products};

/// How many cards are on their way at once: as many as the engine takes into one commit.
const AT_ONCE: usize = 1024;

/// Makes a sandbox's store in `folder` with this many cards; how long the cards took. The store is left as a server leaves it
/// that was told to stop.
///
/// # Errors
/// When a card cannot be created.
pub fn fill(folder: &Path, cards: u32) -> Result<Duration, Failure> {
    let failed = "cannot fill the store";
    let config = StoreConfig {
        path: folder.join("kortti.db"),
        master_key: folder.join("master.key"),
        products: Vec::new(),
    };
    std::fs::create_dir_all(folder).map_err(Failure::of(failed))?;
    open::runtime()?.block_on(async {
        let app = open::app(&config).await?;
        let filled = async {
            app.fill_sandbox(products::sandbox()).await?;
            let begin = Instant::now();
            issue(&app, cards).await.map(|()| begin.elapsed())
        };
        let filled = filled.await.map_err(Failure::of(failed));
        app.ledger().stop();
        filled
    })
}

async fn issue(app: &Arc<App>, cards: u32) -> Result<(), AppError> {
    let begun = Arc::new(AtomicU32::new(0));
    let mut issuers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (app, begun) = (Arc::clone(app), Arc::clone(&begun));
        issuers.spawn(async move {
            let caller = Caller::system(InstitutionId::DEFAULT, "kortti bench");
            while begun.fetch_add(1, Ordering::Relaxed) < cards {
                app.issue_card(&caller, card()).await?;
            }
            Ok::<_, AppError>(())
        });
    }
    while let Some(ended) = issuers.join_next().await {
        ended.map_err(|_| AppError::Unavailable)??;
    }
    Ok(())
}

/// A card for the sandbox's customer.
fn card() -> NewCard {
    NewCard {
        customer: CustomerId(1001),
        account: AccountId(2001),
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
