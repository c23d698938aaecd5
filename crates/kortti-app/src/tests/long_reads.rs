//! Reads that take long: nobody else waits for them, and there are never too many.

use std::{future::ready, pin::pin, sync::Arc};

use kortti_core::{
    id::{AccountId, CustomerId},
    money::Money,
    reference::Currency,
    transaction::{Post, PostKind, Request},
};
use tempfile::TempDir;

use super::{OURS, caller, faulty::Faulty, sandbox_app};
use crate::{App, AppError, TransactionQuery, reads::AT_ONCE};

const ACCOUNT: AccountId = AccountId(2001);

async fn load(app: &App) {
    let amount = Money { minor: 100, currency: Currency::parse("EUR").unwrap() };
    let post = Post { card: None, account: Some(ACCOUNT), kind: PostKind::Deposit, amount, details: None };
    app.transact(&caller(), Request::Post(Box::new(post))).await.unwrap();
}

/// How many transactions the account has.
async fn count(app: Arc<App>) -> Result<usize, AppError> {
    let query = TransactionQuery { from: None, to: None, skip: 0, take: 1000, without_authorisations: false };
    Ok(app.transactions_of_account(OURS, ACCOUNT, query).await?.unwrap().len())
}

// One thread answers all requests here, so that whoever waits on it stops them all.
#[tokio::test]
async fn another_request_is_answered_while_a_list_is_read() {
    let folder = TempDir::new().unwrap();
    sandbox_app(&folder).await;
    let (store, app) = Faulty::app(&folder).await;
    // More than are read in one turn.
    for _ in 0..300 {
        load(&app).await;
    }
    let (mut arrived, release) = store.hold_reads();
    let list = tokio::spawn(count(Arc::clone(&app)));
    let feed = tokio::spawn({
        let app = Arc::clone(&app);
        async move { app.events(OURS, 0, 1000).await.map(|(events, _)| events.len()) }
    });
    arrived.recv().await.unwrap();
    arrived.recv().await.unwrap();
    assert!(app.customer(OURS, CustomerId(1001)).await.unwrap().is_some());
    drop(release);
    assert_eq!(list.await.unwrap().unwrap(), 300);
    assert!(feed.await.unwrap().unwrap() > 300);
}

#[tokio::test]
async fn reads_that_nobody_waits_for_any_more_still_count() {
    let folder = TempDir::new().unwrap();
    sandbox_app(&folder).await;
    let (store, app) = Faulty::app(&folder).await;
    load(&app).await;
    let (mut arrived, release) = store.hold_reads();
    let lists: Vec<_> = (0..AT_ONCE).map(|_| tokio::spawn(count(Arc::clone(&app)))).collect();
    for _ in 0..AT_ONCE {
        arrived.recv().await.unwrap();
    }
    for list in lists {
        list.abort();
        assert!(list.await.unwrap_err().is_cancelled());
    }
    let mut next = pin!(count(Arc::clone(&app)));
    tokio::select! {
        biased;
        _ = &mut next => panic!("threads of the ones that were given up are still busy"),
        () = ready(()) => {}
    }
    drop(release);
    assert_eq!(next.await.unwrap(), 1);
}
