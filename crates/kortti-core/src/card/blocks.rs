use minicbor::{Decode, Encode};

/// A place or channel in which a card can be blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Block {
    /// Every purchase online.
    Ecomm,
    /// Card-present use in Africa.
    Africa,
    /// Card-present use in Asia.
    Asia,
    /// Card-present use in Europe.
    Europe,
    /// Card-present use in the programme's own country.
    Home,
    /// Card-present use in North and Central America and the Caribbean.
    NorthAmerica,
    /// Card-present use in Oceania.
    Oceania,
    /// Card-present use in South America.
    SouthAmerica,
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
