//! Turns at verifying secrets. That is slow by design and done for whoever connects, so only few may wait for it: a long queue
//! is how anybody could keep everybody out.

use std::sync::Arc;

use kortti_core::id::ClientId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::AppError;

/// How many secrets are verified at once; each takes memory and some hundredths of a second.
pub(crate) const AT_ONCE: usize = 2;
/// How many that name no client may be there at once, of which one is verified.
pub(crate) const STRANGERS: usize = 8;
/// How many groups the clients are in. Each has places of its own, so that whoever knows the name of one client keeps few
/// others out by it.
const GROUPS: usize = 16;
/// How many of a group may be there at once: those that come with the same secret count as one.
pub(crate) const PER_GROUP: usize = 4;

/// Who is verified, and who waits for that.
pub(crate) struct Turns {
    running: Arc<Semaphore>,
    stranger: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    groups: [Arc<Semaphore>; GROUPS],
}

/// A turn, until it is dropped.
pub(crate) struct Turn {
    _permits: [Option<OwnedSemaphorePermit>; 3],
}

impl Turns {
    pub fn new() -> Self {
        let places = |count| Arc::new(Semaphore::new(count));
        Self {
            running: places(AT_ONCE),
            stranger: places(1),
            strangers: places(STRANGERS),
            groups: std::array::from_fn(|_| places(PER_GROUP)),
        }
    }

    /// A turn for a client, or for a name that is none's.
    ///
    /// A name that is none's is let in to be compared with a hash that no secret has, and takes as long as any other. Only
    /// where many come at once can it be told apart, as it is refused before a client is: that is the price of not letting
    /// made-up names take the clients' places.
    pub async fn take(&self, client: Option<ClientId>) -> Result<Turn, AppError> {
        let (places, first) = match client {
            Some(id) => (self.group(id), None),
            None => (&self.strangers, Some(&self.stranger)),
        };
        let place = Arc::clone(places).try_acquire_owned().map_err(|_| AppError::Unavailable)?;
        let alone = match first {
            Some(stranger) => Some(next(stranger).await?),
            None => None,
        };
        Ok(Turn { _permits: [Some(next(&self.running).await?), alone, Some(place)] })
    }

    fn group(&self, id: ClientId) -> &Arc<Semaphore> {
        &self.groups[usize::try_from(id.0.unsigned_abs()).unwrap_or_default() % GROUPS]
    }

    /// Takes all turns, as clients do that are being verified.
    #[cfg(test)]
    pub fn take_all(&self) -> OwnedSemaphorePermit {
        let all = u32::try_from(AT_ONCE).unwrap();
        Arc::clone(&self.running).try_acquire_many_owned(all).unwrap()
    }
}

/// The next permit, in the order in which they are asked for.
async fn next(semaphore: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, AppError> {
    Arc::clone(semaphore).acquire_owned().await.map_err(|_| AppError::Unavailable)
}
