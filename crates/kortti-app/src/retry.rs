//! Doing something again that somebody else got in the way of.

use kortti_core::decide::Refusal;
use kortti_ledger::Ledger;

use crate::AppError;

/// How often something is tried again. Each time somebody else got ahead.
const RETRIES: usize = 64;

/// Tries as long as what an attempt was made from is no longer so when it is decided: another process has given the same id
/// out, or changed the same thing. After such a refusal the state has followed, so the next attempt starts from what is so.
pub(crate) async fn until_current<T, F>(attempt: impl Fn() -> F) -> Result<T, AppError>
where
    F: Future<Output = Result<T, AppError>>,
{
    for _ in 0..RETRIES {
        match attempt().await {
            Err(AppError::Refused(Refusal::Stale)) => {}
            result => return result,
        }
    }
    Err(AppError::Unavailable)
}

/// Reads from the state and from the store, until both are of the same age: the store has what is decided before the state
/// follows, and where another process decides long before. None says that they are not.
pub(crate) async fn until_consistent<T>(
    ledger: &Ledger,
    read: impl Fn() -> Result<Option<T>, AppError>,
) -> Result<T, AppError> {
    for _ in 0..RETRIES {
        if let Some(found) = read()? {
            return Ok(found);
        }
        ledger.catch_up().await?;
    }
    Err(AppError::Unavailable)
}
