//! Where a card is blocked.

use kortti_core::{
    card::{Block, Blocks},
    decide::BlocksPatch,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::{all_required, plain_optionals};

/// Blocks to put (`true`) or lift (`false`); those that are absent stay. Regions block the use of the card itself, `ecomm` every
/// purchase online.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "regionAndEcommBlocking", transform = plain_optionals)]
pub struct BlocksBody {
    /// Every purchase online.
    ecomm: Option<bool>,
    /// Africa.
    africa: Option<bool>,
    /// Asia.
    asia: Option<bool>,
    /// Europe.
    europe: Option<bool>,
    /// The programme's own country; there, this alone decides.
    home: Option<bool>,
    /// North and Central America and the Caribbean.
    north_america: Option<bool>,
    /// Oceania.
    oceania: Option<bool>,
    /// South America.
    south_america: Option<bool>,
}

impl BlocksBody {
    pub(super) fn into_patch(self) -> BlocksPatch {
        let wanted = [
            (Block::Ecomm, self.ecomm),
            (Block::Africa, self.africa),
            (Block::Asia, self.asia),
            (Block::Europe, self.europe),
            (Block::Home, self.home),
            (Block::NorthAmerica, self.north_america),
            (Block::Oceania, self.oceania),
            (Block::SouthAmerica, self.south_america),
        ];
        wanted.into_iter().filter_map(|(block, blocked)| blocked.map(|blocked| (block, blocked))).collect()
    }
}

/// The blocks of a card in a response.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "regionAndEcommBlockingView", transform = all_required)]
pub(super) struct BlocksView {
    ecomm: bool,
    africa: bool,
    asia: bool,
    europe: bool,
    home: bool,
    north_america: bool,
    oceania: bool,
    south_america: bool,
}

impl BlocksView {
    pub(super) const fn of(blocks: Blocks) -> Self {
        Self {
            ecomm: blocks.has(Block::Ecomm),
            africa: blocks.has(Block::Africa),
            asia: blocks.has(Block::Asia),
            europe: blocks.has(Block::Europe),
            home: blocks.has(Block::Home),
            north_america: blocks.has(Block::NorthAmerica),
            oceania: blocks.has(Block::Oceania),
            south_america: blocks.has(Block::SouthAmerica),
        }
    }
}
