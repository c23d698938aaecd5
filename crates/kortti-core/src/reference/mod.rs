//! Reference data that changes by standard, not by programme: countries with their regions, and currencies.

mod country;
mod currency;

pub use country::{Country, Region};
pub use currency::Currency;
