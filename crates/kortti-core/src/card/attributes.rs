use minicbor::{Decode, Encode};

use crate::time::Timestamp;

/// Whether the holder is also the account's holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum CardRole {
    /// The card's holder holds the account.
    #[n(0)]
    Main,
    /// The card's holder may be somebody else.
    #[n(1)]
    Supplementary,
}

/// A group that card and accounts can be put in; exported, otherwise without meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Segment {
    /// Segment A.
    #[n(0)]
    A,
    /// Segment B.
    #[n(1)]
    B,
    /// Segment C.
    #[n(2)]
    C,
    /// Segment D.
    #[n(3)]
    D,
    /// Segment E.
    #[n(4)]
    E,
    /// Segment F.
    #[n(5)]
    F,
}

/// How a card's PIN comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum PinStatus {
    /// The next embossing makes a random one.
    #[n(0)]
    Generate,
    /// The card waits, unembossed, until its holder has set one.
    #[n(1)]
    Wait,
    /// One has been set.
    #[n(2)]
    Set,
}

/// How plastic or PIN travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum DeliveryType {
    /// As agreed under the first name.
    #[n(0)]
    Custom1,
    /// As agreed under the second name.
    #[n(1)]
    Custom2,
    /// As agreed under the third name.
    #[n(2)]
    Custom3,
    /// As agreed under the fourth name.
    #[n(3)]
    Custom4,
    /// As agreed under the fifth name.
    #[n(4)]
    Custom5,
    /// Ordinary mail.
    #[n(5)]
    Mail,
    /// A courier.
    #[n(6)]
    Courier,
    /// Electronically; only a PIN can travel so.
    #[n(7)]
    Epin,
}

/// When a card closes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ScheduledClosing {
    /// The instant.
    #[n(0)]
    pub at: Timestamp,
    /// Whether it has happened; a card that is opened again afterwards stays open.
    #[n(1)]
    pub done: bool,
}
