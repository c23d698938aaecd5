use minicbor::{Decode, Encode};

use crate::reference::Region;

/// A place or channel in which a card can be blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
#[repr(u8)]
pub enum Block {
    /// Every purchase online.
    #[n(0)]
    Ecomm,
    /// Card-present use in Africa.
    #[n(1)]
    Africa,
    /// Card-present use in Asia.
    #[n(2)]
    Asia,
    /// Card-present use in Europe.
    #[n(3)]
    Europe,
    /// Card-present use in the programme's own country.
    #[n(4)]
    Home,
    /// Card-present use in North and Central America and the Caribbean.
    #[n(5)]
    NorthAmerica,
    /// Card-present use in Oceania.
    #[n(6)]
    Oceania,
    /// Card-present use in South America.
    #[n(7)]
    SouthAmerica,
}

impl From<Region> for Block {
    fn from(region: Region) -> Self {
        match region {
            Region::Africa => Self::Africa,
            Region::Asia => Self::Asia,
            Region::Europe => Self::Europe,
            Region::NorthAmerica => Self::NorthAmerica,
            Region::Oceania => Self::Oceania,
            Region::SouthAmerica => Self::SouthAmerica,
        }
    }
}

impl Block {
    /// All blocks, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Ecomm,
        Self::Africa,
        Self::Asia,
        Self::Europe,
        Self::Home,
        Self::NorthAmerica,
        Self::Oceania,
        Self::SouthAmerica,
    ];

    const fn bit(self) -> u16 {
        1 << self as u8
    }
}

/// The set of blocks of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Blocks(#[n(0)] u16);

impl Blocks {
    /// Whether `block` is in force.
    #[must_use]
    pub const fn has(self, block: Block) -> bool {
        self.0 & block.bit() != 0
    }

    /// The same set with `block` in force or lifted.
    #[must_use]
    pub const fn with(self, block: Block, blocked: bool) -> Self {
        Self(if blocked { self.0 | block.bit() } else { self.0 & !block.bit() })
    }
}
