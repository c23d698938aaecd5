//! How many requests a client may send.

use std::{collections::HashMap, num::NonZeroU32, sync::Arc};

use governor::{DefaultDirectRateLimiter, Quota};
use kortti_core::id::ClientId;
use std::sync::RwLock;

/// Limits for each client; none means no limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct RateLimits {
    /// Requests in a second.
    pub per_second: Option<NonZeroU32>,
    /// Requests in a minute.
    pub per_minute: Option<NonZeroU32>,
}

/// Counts the requests of each client.
pub(crate) struct Rate {
    limits: RateLimits,
    clients: RwLock<HashMap<ClientId, Arc<[DefaultDirectRateLimiter]>>>,
}

impl Rate {
    pub fn new(limits: RateLimits) -> Self {
        Self { limits, clients: RwLock::new(HashMap::new()) }
    }

    /// Whether `client` may send one more request now.
    pub fn allows(&self, client: ClientId) -> bool {
        if self.limits.per_second.is_none() && self.limits.per_minute.is_none() {
            return true;
        }
        self.limiters(client).iter().all(|limiter| limiter.check().is_ok())
    }

    fn limiters(&self, client: ClientId) -> Arc<[DefaultDirectRateLimiter]> {
        if let Some(limiters) =
            self.clients.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&client)
        {
            return Arc::clone(limiters);
        }
        let quotas =
            [self.limits.per_second.map(Quota::per_second), self.limits.per_minute.map(Quota::per_minute)];
        let limiters = || quotas.into_iter().flatten().map(DefaultDirectRateLimiter::direct).collect();
        let mut clients = self.clients.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(clients.entry(client).or_insert_with(limiters))
    }
}
