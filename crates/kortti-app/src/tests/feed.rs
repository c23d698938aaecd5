//! The event feed tells of persons, or fails: whoever reads it goes on and does not come back.

use std::sync::Arc;

use kortti_core::event::KeyPurpose;
use kortti_store::{ColdTable, StoreError};
use tempfile::TempDir;

use super::{OURS, app, caller, faulty::Faulty, numbered, sandbox_app};
use crate::{App, Personal};

/// The names of the customers that the feed tells of, as far as it does.
async fn customers(app: &Arc<App>) -> Vec<Option<String>> {
    let (events, _) = app.events(OURS, 0, 100).await.unwrap();
    let created = events.into_iter().filter(|event| event.entry.event.subject() >= 1001);
    let name = |personal| match personal {
        Some(Personal::Customer(part)) => Some(Some(part.current.reg_no.to_string())),
        Some(_) => None,
        None => Some(None),
    };
    created.filter_map(|event| name(event.personal)).collect()
}

#[tokio::test]
async fn persons_are_not_left_out_because_the_store_fails() {
    let folder = TempDir::new().unwrap();
    sandbox_app(&folder).await;
    for failing in [ColdTable::CustomerKey, ColdTable::Key] {
        let (store, app) = Faulty::app(&folder).await;
        // The ring is opened anew after this.
        let other = self::app(&folder).await;
        other.rotate_key(KeyPurpose::Jwe, &caller()).await.unwrap();
        app.ledger().catch_up().await.unwrap();
        let fails =
            move |table| (table == failing).then(|| Err(StoreError::Unavailable { source: "locked".into() }));
        store.on_cold(fails);
        let error = app.events(OURS, 0, 100).await.err().expect("nothing is passed over");
        assert!(error.is_passing(), "{error}");
        store.on_cold(|_| None);
        assert!(customers(&app).await.iter().all(Option::is_some));
    }
}

#[tokio::test]
async fn persons_are_left_out_whose_key_was_destroyed() {
    let folder = TempDir::new().unwrap();
    sandbox_app(&folder).await;
    let (store, app) = Faulty::app(&folder).await;
    store.on_cold(|table| (table == ColdTable::CustomerKey).then_some(Ok(None)));
    let told = customers(&app).await;
    assert!(!told.is_empty() && told.iter().all(Option::is_none));
}

#[tokio::test]
async fn persons_under_a_key_that_another_process_has_just_added_are_told_of() {
    let folder = TempDir::new().unwrap();
    let one = sandbox_app(&folder).await;
    let other = app(&folder).await;
    other.rotate_key(KeyPurpose::Data, &caller()).await.unwrap();
    other.create_customer(&caller(), numbered("NEW")).await.unwrap();
    assert_eq!(customers(&one).await.last().unwrap().as_deref(), Some("NEW"));
}
