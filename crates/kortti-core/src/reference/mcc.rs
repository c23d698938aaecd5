//! Merchant category codes, and what issuers commonly grant by them.

use std::fmt;

use minicbor::{Decode, Encode};

/// A merchant category code: four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Mcc(#[n(0)] u16);

/// A range of merchant category codes, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct MccRange {
    /// The first.
    #[n(0)]
    first: Mcc,
    /// The last.
    #[n(1)]
    last: Mcc,
}

impl Mcc {
    /// Reads four digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok().map(Self)).flatten()
    }
}

impl fmt::Display for Mcc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

impl MccRange {
    /// Reads `5812` or `3501-3999`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (Mcc::parse(first)?, Mcc::parse(last)?);
        (first <= last).then_some(Self { first, last })
    }

    /// Whether a code is in the range.
    #[must_use]
    pub fn contains(self, mcc: Mcc) -> bool {
        self.first <= mcc && mcc <= self.last
    }
}

impl fmt::Display for MccRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last { self.first.fmt(f) } else { write!(f, "{}-{}", self.first, self.last) }
    }
}

/// For how many days an authorisation holds money where a product says nothing: a week, save where stays and hires are
/// settled when they end, and at fuel pumps, whose clearing comes with the next file.
#[must_use]
pub const fn default_hold_days(mcc: Mcc) -> u16 {
    match mcc.0 {
        3351..=3999 | 4411 | 7011 | 7512 | 7513 | 7519 => 30,
        5542 => 2,
        _ => 7,
    }
}

/// By how many percent a clearing may exceed its authorisation unremarked where a product says nothing: a tip at table or to
/// a driver, what a guest takes on the way out.
#[must_use]
pub const fn default_tolerance_percent(mcc: Mcc) -> u16 {
    match mcc.0 {
        4121 | 5811..=5814 | 7230 | 7298 => 20,
        3351..=3999 | 4411 | 7011 | 7512 | 7513 | 7519 => 15,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
