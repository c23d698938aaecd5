//! Money: integer minor units, checked arithmetic, no floating point anywhere.

use std::fmt;

use minicbor::{Decode, Encode};

use crate::reference::Currency;

/// An amount: integer minor units of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Money {
    /// How much, in minor units.
    #[n(0)]
    pub minor: i64,
    /// Of which currency.
    #[n(1)]
    pub currency: Currency,
}

/// The most digits a decimal may have before and after its point together.
const DIGITS_MAX: usize = 18;

/// A decimal number exactly as somebody wrote it, before anybody knows the currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Decimal {
    #[n(0)]
    mantissa: i64,
    #[n(1)]
    scale: u32,
}

/// Why a number is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Encode, Decode)]
pub enum AmountError {
    /// Not a plain decimal number of at most eighteen digits.
    #[error("must be a plain decimal number of at most 18 digits")]
    #[n(0)]
    NotDecimal,
    /// More decimals than the currency has.
    #[error("must have at most {allowed} decimals in this currency")]
    #[n(1)]
    Precision {
        /// The currency's number of decimals.
        #[n(0)]
        allowed: u8,
    },
    /// Too large to count in minor units.
    #[error("is too large")]
    #[n(2)]
    TooLarge,
}

impl Decimal {
    /// A whole number.
    #[must_use]
    pub const fn whole(value: i64) -> Self {
        Self { mantissa: value, scale: 0 }
    }

    /// Reads JSON's number text: sign, digits, point, and an exponent only when the value stays exact.
    ///
    /// # Errors
    /// [`AmountError::NotDecimal`] for everything that is not exactly representable in eighteen digits.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => {
                (number, exponent.parse::<i32>().map_err(|_| AmountError::NotDecimal)?)
            }
            None => (text, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let negative = whole.starts_with('-');
        let digits = [whole.trim_start_matches('-'), fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(AmountError::NotDecimal);
        }
        let kept = digits.trim_start_matches('0').trim_end_matches('0');
        let dropped = digits.len() - digits.trim_end_matches('0').len();
        if kept.is_empty() {
            return Ok(Self::whole(0));
        }
        let fraction_len = i32::try_from(fraction.len()).map_err(|_| AmountError::NotDecimal)?;
        let dropped = i32::try_from(dropped).map_err(|_| AmountError::NotDecimal)?;
        let scale = fraction_len.saturating_sub(dropped).saturating_sub(exponent);
        Self::from_digits(kept, scale, negative)
    }

    fn from_digits(digits: &str, scale: i32, negative: bool) -> Result<Self, AmountError> {
        let zeros = usize::try_from(scale.min(0).unsigned_abs()).map_err(|_| AmountError::NotDecimal)?;
        let length = digits.len().saturating_add(zeros);
        if length > DIGITS_MAX || scale > DIGITS_MAX as i32 {
            return Err(AmountError::NotDecimal);
        }
        let text = format!("{digits}{}", "0".repeat(zeros));
        let magnitude: i64 = text.parse().map_err(|_| AmountError::NotDecimal)?;
        let mantissa = if negative { -magnitude } else { magnitude };
        Ok(Self { mantissa, scale: u32::try_from(scale.max(0)).unwrap_or(0) })
    }

    /// Whether the number lies below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// The number in minor units of `currency`.
    ///
    /// # Errors
    /// When it has more decimals than the currency, or is too large.
    pub fn minor(self, currency: Currency) -> Result<i64, AmountError> {
        let allowed = currency.exponent();
        let missing = u32::from(allowed).checked_sub(self.scale).ok_or(AmountError::Precision { allowed })?;
        10_i64.pow(missing).checked_mul(self.mantissa).ok_or(AmountError::TooLarge)
    }
}

/// Minor units written as a decimal in major units: `1234` of EUR is `12.34`, `1200` is `12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Major {
    /// The amount, in minor units.
    pub minor: i64,
    /// Its currency.
    pub currency: Currency,
}

impl fmt::Display for Major {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_u64.pow(u32::from(self.currency.exponent()));
        let (whole, rest) = (self.minor.unsigned_abs() / unit, self.minor.unsigned_abs() % unit);
        if self.minor < 0 {
            f.write_str("-")?;
        }
        write!(f, "{whole}")?;
        if rest == 0 {
            return Ok(());
        }
        let decimals = format!("{rest:0width$}", width = usize::from(self.currency.exponent()));
        write!(f, ".{}", decimals.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests;
