//! Cards: issue, update, read.

mod issue;
mod read;
mod update;

pub use issue::NewCard;
pub(crate) use issue::pan_place;
pub use read::CardDetails;
