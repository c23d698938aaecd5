//! Trails: how the transactions of a card or account are found, newest first, in the journal itself.

use minicbor::{Decode, Encode};

use crate::id::TransactionId;

/// Where the newest transaction of a card or account is, from which all earlier ones are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Encode, Decode)]
pub struct Trail {
    /// How many transactions there are.
    #[n(0)]
    pub length: u32,
    /// The newest one.
    #[n(1)]
    pub last: Option<TransactionId>,
    /// The newest milestone.
    #[n(2)]
    pub milestone: Option<TransactionId>,
}

/// Where a transaction stands on the trail of its card or account: each points to the one before it, and to the milestone
/// before it, of which there is one in every [`Step::MILESTONE`] transactions, so that a far one is reached in few steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Step {
    /// How many transactions come before it.
    #[n(0)]
    pub place: u32,
    /// The one before it.
    #[n(1)]
    pub previous: Option<TransactionId>,
    /// The milestone before it.
    #[n(2)]
    pub milestone: Option<TransactionId>,
}

impl Step {
    /// How far milestones lie apart.
    pub const MILESTONE: u32 = 128;

    /// Whether others point to this one as a milestone.
    #[must_use]
    pub const fn is_milestone(self) -> bool {
        self.place.is_multiple_of(Self::MILESTONE)
    }
}

impl Trail {
    /// Where the next transaction will stand.
    #[must_use]
    pub const fn next(&self) -> Step {
        Step { place: self.length, previous: self.last, milestone: self.milestone }
    }

    pub(crate) const fn advance(&mut self, step: Step, id: TransactionId) {
        self.length = step.place.saturating_add(1);
        self.last = Some(id);
        if step.is_milestone() {
            self.milestone = Some(id);
        }
    }
}
