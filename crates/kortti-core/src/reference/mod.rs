//! Reference data that changes by standard, not by programme: countries with their regions, currencies, and
//! merchant categories.

mod country;
mod currency;
mod mcc;

pub use country::{Country, Region};
pub use currency::Currency;
pub use mcc::{Mcc, MccRange, default_hold_days, default_tolerance_percent};
