//! Doing something again that somebody else got in the way of.

use kortti_core::decide::Refusal;

use crate::AppError;

/// How often something is tried again. Each time somebody else got ahead.
pub(crate) const RETRIES: usize = 64;

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
