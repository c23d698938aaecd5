//! Merchant category codes by ISO 18245, and what an issuer presumes of a category until it decides otherwise.

use std::fmt;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// A merchant category code: what kind of business a merchant is. Any four digits, since card schemes assign codes that the
/// standard does not have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mcc(u16);

impl Mcc {
    /// A code by its number, 0 to 9999.
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        if code <= 9999 { Some(Self(code)) } else { None }
    }

    /// Reads exactly four digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // The parser of numbers would let a sign in.
        let four_digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
        four_digits.then(|| text.parse().ok().map(Self)).flatten()
    }

    /// The number, 0 to 9999.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }

    /// Whether the merchant sells what is as good as money: transfers, currency, wallets, stakes.
    #[must_use]
    pub fn is_quasi_cash(self) -> bool {
        QUASI_CASH.contains(&self)
    }
}

/// Four digits, with leading zeroes.
impl fmt::Display for Mcc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

impl fmt::Debug for Mcc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mcc({self})")
    }
}

/// Written as its number.
impl<C> Encode<C> for Mcc {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.u16(self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Mcc {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let position = d.position();
        Self::new(d.u16()?).ok_or_else(|| decode::Error::message("merchant category above 9999").at(position))
    }
}

/// One merchant category, or all from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct MccRange {
    #[n(0)]
    first: Mcc,
    #[n(1)]
    last: Mcc,
}

impl MccRange {
    /// Reads `5812`, or `3501-3999` with the lower code first. One category has one spelling: `5812-5812` is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('-') {
            None => Mcc::parse(text).map(|mcc| Self { first: mcc, last: mcc }),
            Some((first, last)) => {
                let (first, last) = (Mcc::parse(first)?, Mcc::parse(last)?);
                (first < last).then_some(Self { first, last })
            }
        }
    }

    /// Whether the category lies inside; both ends do.
    #[must_use]
    pub fn contains(self, mcc: Mcc) -> bool {
        self.first <= mcc && mcc <= self.last
    }
}

/// The spelling that [`MccRange::parse`] reads.
impl fmt::Display for MccRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return write!(f, "{}", self.first);
        }
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// How many days an authorisation of this category holds its amount where no clearing comes, unless the issuer says
/// otherwise.
#[must_use]
pub fn default_hold_days(mcc: Mcc) -> u16 {
    find(&HOLD_DAYS, mcc).unwrap_or(HOLD_DAYS_OTHERWISE)
}

/// By how many percent of its authorisation a clearing of this category may exceed it without remark, unless the issuer
/// says otherwise.
#[must_use]
pub fn default_tolerance_percent(mcc: Mcc) -> u8 {
    find(&TOLERANCE_PERCENT, mcc).unwrap_or(0)
}

/// The value of the one row that the category lies in.
fn find<T: Copy>(table: &[(MccRange, T)], mcc: Mcc) -> Option<T> {
    table.iter().find(|(range, _)| range.contains(mcc)).map(|&(_, value)| value)
}

const fn one(code: u16) -> MccRange {
    range(code, code)
}

const fn range(first: u16, last: u16) -> MccRange {
    MccRange { first: Mcc(first), last: Mcc(last) }
}

/// Money transfers; currency, cheques and wallets from a bank and from elsewhere; licensed online casinos, licensed racing, and
/// betting. What is bought there can be turned into cash, or lost at once.
const QUASI_CASH: [Mcc; 6] = [Mcc(4829), Mcc(6050), Mcc(6051), Mcc(7801), Mcc(7802), Mcc(7995)];

/// A week: a shop clears within days, and money held for longer is money that the holder misses.
const HOLD_DAYS_OTHERWISE: u16 = 7;

/// Where a week is wrong. A stay, a hire or a cruise is authorised when it begins and cleared when it ends, for which card
/// schemes allow about a month. An unattended pump authorises a guess and says within minutes what was really filled, so a
/// guess that still stands the next day was forgotten.
const HOLD_DAYS: [(MccRange, u16); 7] = [
    // Car rental companies with a code of their own.
    (range(3351, 3500), 30),
    // Hotels with a code of their own.
    (range(3501, 3999), 30),
    // Cruise lines.
    (one(4411), 30),
    // Automated fuel dispensers.
    (one(5542), 1),
    // Other lodging.
    (one(7011), 30),
    // Other car rental; trucks and trailers.
    (range(7512, 7513), 30),
    // Motor homes.
    (one(7519), 30),
];

/// Where the last word on the price is spoken after the authorisation. Guests tip: in restaurants, in taxis and at the
/// hairdresser's, rarely above a fifth. A stay, a hire or a cruise gathers extras, for which card schemes allow 15 percent
/// without a new authorisation. The last litre of fuel is not foreseen.
const TOLERANCE_PERCENT: [(MccRange, u8); 11] = [
    // Car rental companies with a code of their own.
    (range(3351, 3500), 15),
    // Hotels with a code of their own.
    (range(3501, 3999), 15),
    // Taxis and limousines.
    (one(4121), 20),
    // Cruise lines.
    (one(4411), 15),
    // Service stations and automated fuel dispensers.
    (range(5541, 5542), 10),
    // Caterers, restaurants, bars, fast food.
    (range(5811, 5814), 20),
    // Other lodging.
    (one(7011), 15),
    // Hairdressers.
    (one(7230), 20),
    // Health and beauty spas.
    (one(7298), 20),
    // Other car rental; trucks and trailers.
    (range(7512, 7513), 15),
    // Motor homes.
    (one(7519), 15),
];

#[cfg(test)]
mod tests;
