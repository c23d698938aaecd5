//! Card products: what a template leaves open, decided once for all cards of a programme.

use minicbor::{Decode, Encode};

use crate::{
    card::{Blocks, CardTemplate},
    embossing::Alphabet,
    id::{InstitutionId, ProductId},
    limit::Limits,
    reference::Country,
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
}
