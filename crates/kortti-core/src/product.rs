//! Card products: what a template leaves open, decided once for all cards of a programme.

use minicbor::{Decode, Encode};

use crate::{
    calendar::Zone,
    card::{Blocks, CardTemplate},
    controls::Controls,
    embossing::Alphabet,
    id::{InstitutionId, ProductId},
    limit::Limits,
    reference::{Country, Mcc, MccRange, default_hold_days, default_tolerance_percent},
};

/// A card product.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Product {
    /// Its id.
    #[n(0)]
    pub id: ProductId,
    /// The tenant it belongs to.
    #[n(1)]
    pub institution: InstitutionId,
    /// The code by which requests name it.
    #[n(2)]
    pub code: Box<str>,
    /// The template its cards are made by.
    #[n(3)]
    pub template: CardTemplate,
    /// Whether it is meant where a request names none.
    #[n(4)]
    pub default: bool,
    /// The leading digits of its numbers, 6 to 10. Numbers are made under the first; callers may bring their own under any.
    #[n(5)]
    pub ranges: Vec<Box<str>>,
    /// How many digits its numbers have.
    #[n(6)]
    pub digits: u8,
    /// For how many months a new card is valid.
    #[n(7)]
    pub validity_months: u16,
    /// Which characters can stand on it.
    #[n(8)]
    pub alphabet: Alphabet,
    /// The programme's own country.
    #[n(9)]
    pub home: Country,
    /// How many wrong PINs in a row are too many.
    #[n(10)]
    pub pin_tries: u8,
    /// The limits of cards that have none of their own, in minor units of each card's currency.
    #[n(11)]
    pub limits: Limits,
    /// The blocks that new cards start with.
    #[n(12)]
    pub blocks: Blocks,
    /// The wallet artwork of new cards.
    #[n(13)]
    pub layout_code: Option<Box<str>>,
    /// How its cards' transactions are treated; the defaults when absent.
    #[n(14)]
    pub terms: Option<Box<Terms>>,
}

/// How the transactions of a product's cards are treated.
#[derive(Clone, Debug, PartialEq, Eq, Default, Encode, Decode)]
pub struct Terms {
    /// Where the days, weeks and months of its cards' limits begin and end.
    #[n(0)]
    pub zone: Zone,
    /// For how many days authorisations hold money, by category of merchant; the first range that fits counts.
    #[n(1)]
    pub hold_days: Vec<ByMcc<u16>>,
    /// By how many percent a clearing may exceed its authorisation, by category of merchant; the first range that fits counts.
    #[n(2)]
    pub tolerance_percent: Vec<ByMcc<u16>>,
    /// Where and how its cards may be used, unless a card says otherwise.
    #[n(3)]
    pub controls: Controls,
}

/// A value for merchants of some categories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ByMcc<T> {
    /// Which categories.
    #[n(0)]
    pub range: MccRange,
    /// The value.
    #[n(1)]
    pub value: T,
}

impl Product {
    /// Where the days of its cards' limits begin.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        match &self.terms {
            Some(terms) => &terms.zone,
            None => Zone::utc(),
        }
    }

    /// Where and how its cards may be used.
    #[must_use]
    pub fn controls(&self) -> &Controls {
        self.terms.as_ref().map_or(Controls::none(), |terms| &terms.controls)
    }

    /// For how many days an authorisation at a merchant of a category holds money.
    #[must_use]
    pub fn hold_days(&self, mcc: Mcc) -> u16 {
        let own = self.terms.as_ref().and_then(|terms| find(&terms.hold_days, mcc));
        own.unwrap_or_else(|| default_hold_days(mcc))
    }

    /// By how many percent a clearing of a merchant of a category may exceed its authorisation.
    #[must_use]
    pub fn tolerance_percent(&self, mcc: Mcc) -> u16 {
        let own = self.terms.as_ref().and_then(|terms| find(&terms.tolerance_percent, mcc));
        own.unwrap_or_else(|| default_tolerance_percent(mcc).into())
    }
}

fn find<T: Copy>(table: &[ByMcc<T>], mcc: Mcc) -> Option<T> {
    table.iter().find(|row| row.range.contains(mcc)).map(|row| row.value)
}
