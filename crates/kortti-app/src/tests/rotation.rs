//! Keys that another process has added.

use kortti_core::event::KeyPurpose;
use kortti_crypto::encrypt_card_number;
use tempfile::TempDir;

use super::{app, caller};
use crate::AppError;

const NUMBER: &str = "4242424242424242";

#[tokio::test]
async fn number_for_a_certificate_that_another_process_has_just_added_is_opened() {
    let folder = TempDir::new().unwrap();
    let (one, other) = (app(&folder).await, app(&folder).await);
    other.rotate_key(KeyPurpose::Jwe, &caller()).await.unwrap();
    let ring = other.ring().unwrap();
    let newest = ring.certificates().next().unwrap();
    let encrypted = encrypt_card_number(newest.der(), NUMBER).unwrap();
    assert_eq!(one.open_card_number(encrypted).await.unwrap().expose(), NUMBER);
    let refused = one.open_card_number("no.card.number".to_owned()).await;
    assert!(matches!(refused, Err(AppError::CardNumber)));
}
