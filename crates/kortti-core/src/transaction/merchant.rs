use minicbor::{Decode, Encode};

use crate::reference::{Country, Mcc};

/// Where a card is used.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Merchant {
    /// Its category.
    #[n(0)]
    pub mcc: Mcc,
    /// Its country.
    #[n(1)]
    pub country: CountryCode,
    /// Its id, as its acquirer gives it.
    #[n(2)]
    pub id: Option<Box<str>>,
    /// Its name.
    #[n(3)]
    pub name: Option<Box<str>>,
    /// Its city.
    #[n(4)]
    pub city: Option<Box<str>>,
    /// The terminal.
    #[n(5)]
    pub terminal: Option<Box<str>>,
    /// Its acquirer.
    #[n(6)]
    pub acquirer: Option<Box<str>>,
}

/// Three letters that may or may not be a country's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct CountryCode(#[cbor(n(0), with = "minicbor::bytes")] [u8; 3]);

impl CountryCode {
    /// Reads three capital letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 3] = text.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }

    /// The letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// The country, if there is one. Kosovo, to which ISO gives no letters, comes as `XKX` too.
    #[must_use]
    pub fn country(self) -> Option<Country> {
        Country::parse(if self.0 == *b"XKX" { "QZZ" } else { self.as_str() })
    }
}

impl From<Country> for CountryCode {
    fn from(country: Country) -> Self {
        Self::parse(country.alpha3()).unwrap_or(Self(*b"???"))
    }
}

/// What a message may say besides: it is shown again and decides nothing.
#[derive(Clone, Debug, PartialEq, Eq, Default, Encode, Decode)]
pub struct Details {
    /// What the holder reads on the statement.
    #[n(0)]
    pub text: Option<Box<str>>,
    /// The merchant's local time, as it was sent.
    #[n(1)]
    pub local_time: Option<Box<str>>,
    /// The number by which the acquirer finds it again.
    #[n(2)]
    pub retrieval_reference: Option<Box<str>>,
    /// The authorisation code that somebody else gave.
    #[n(3)]
    pub authorisation_code: Option<Box<str>>,
    /// Where it came from, as the source numbers it.
    #[n(4)]
    pub source: Option<Box<str>>,
}
