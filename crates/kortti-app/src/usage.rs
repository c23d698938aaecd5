//! What has been used of limits, as it is read.

use kortti_core::{
    calendar::Windows,
    limit::{Period, UsageType},
    usage::{SharedActivity, Used},
};

/// What has been used of the limits of a card or account by now.
#[derive(Clone, Debug)]
pub struct Usage {
    /// What it has done; nothing where it was never used.
    pub activity: Option<SharedActivity>,
    /// The windows that are open now.
    pub windows: Windows,
}

impl Usage {
    /// What has been used in a period.
    #[must_use]
    pub fn of(&self, period: Period, usage: UsageType) -> Used {
        self.activity.as_ref().map(|activity| activity.used(period, usage, &self.windows)).unwrap_or_default()
    }
}
