//! What happened: the payload of a journal entry. The state is what the events fold to.

use minicbor::{Decode, Encode};

use crate::{
    access::Client,
    account::{Account, AccountStatusRecord},
    card::{Blocks, Card, DeliveryType, PinStatus, ScheduledClosing, Segment, StatusRecord},
    controls::Controls,
    customer::Customer,
    id::{AccountId, BlindIndex, CardId, ClientId, CustomerId, KeyId},
    limit::Limits,
    personal::Sealed,
    product::Product,
    transaction::Transaction,
};

/// Something that happened and was committed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Event {
    /// A customer was created.
    #[n(0)]
    CustomerCreated(#[n(0)] Customer, #[n(1)] Sealed),
    /// A customer was updated.
    #[n(1)]
    CustomerUpdated(#[n(0)] CustomerId, #[n(1)] Vec<CustomerChange>),
    /// An account was opened.
    #[n(2)]
    AccountOpened(#[n(0)] Account, #[n(1)] Sealed),
    /// An account was updated.
    #[n(3)]
    AccountUpdated(#[n(0)] AccountId, #[n(1)] Vec<AccountChange>),
    /// A card was issued.
    #[n(4)]
    CardIssued(#[n(0)] Card, #[n(1)] Sealed),
    /// A card was updated.
    #[n(5)]
    CardUpdated(#[n(0)] CardId, #[n(1)] Cause, #[n(2)] Vec<CardChange>),
    /// A card product was defined, or defined anew.
    #[n(6)]
    ProductDefined(#[n(0)] Product),
    /// A client was let in.
    #[n(7)]
    ClientAdded(#[n(0)] Client),
    /// A client's credentials were withdrawn.
    #[n(8)]
    ClientRevoked(#[n(0)] ClientId),
    /// A key was added to the key ring; from now on it is the one that writes.
    #[n(9)]
    KeyAdded(#[n(0)] KeyId, #[n(1)] KeyPurpose),
    /// The sandbox's clock was moved: by how many milliseconds it runs ahead, before and after.
    #[n(10)]
    ClockMoved(#[n(0)] Changed<i64>),
    /// Money was asked for, held, moved or given back, or was refused.
    #[n(11)]
    Transacted(#[n(0)] Box<Transaction>),
}

impl Event {
    /// Whether the event tells of no change at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        match self {
            Self::CustomerUpdated(_, changes) => changes.is_empty(),
            Self::AccountUpdated(_, changes) => changes.is_empty(),
            Self::CardUpdated(_, _, changes) => changes.is_empty(),
            _ => false,
        }
    }

    /// The id of the thing that the event is about.
    #[must_use]
    pub fn subject(&self) -> i64 {
        match self {
            Self::CustomerCreated(customer, _) => customer.id.0,
            Self::CustomerUpdated(id, _) => id.0,
            Self::AccountOpened(account, _) => account.id.0,
            Self::AccountUpdated(id, _) => id.0,
            Self::CardIssued(card, _) => card.id.0,
            Self::CardUpdated(id, ..) => id.0,
            Self::ProductDefined(product) => i64::from(product.id.0),
            Self::ClientAdded(client) => client.id.0,
            Self::ClientRevoked(id) => id.0,
            Self::KeyAdded(id, _) => i64::from(id.0),
            Self::ClockMoved(_) => 0,
            Self::Transacted(transaction) => transaction.subject(),
        }
    }
}

/// A value before and after.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Changed<T> {
    /// Until then.
    #[n(0)]
    pub before: T,
    /// Since then.
    #[n(1)]
    pub after: T,
}

impl<T: PartialEq> Changed<T> {
    /// The change from `before` to `after`, unless they are the same.
    pub fn between(before: T, after: T) -> Option<Self> {
        (before != after).then_some(Self { before, after })
    }
}

/// Why a card was updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Cause {
    /// A request asked for it.
    #[n(0)]
    Request,
    /// Its scheduled closing was due.
    #[n(1)]
    ScheduledClosing,
    /// Its life was over.
    #[n(2)]
    Expiry,
    /// Its account is being closed.
    #[n(3)]
    AccountClosing,
}

/// What a key of the key ring is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum KeyPurpose {
    /// It encrypts what is stored.
    #[n(0)]
    Data,
    /// It makes the keyed indexes.
    #[n(1)]
    Index,
    /// Callers encrypt card numbers to it.
    #[n(2)]
    Jwe,
}

/// One change of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum CustomerChange {
    /// The institution's number for it.
    #[n(0)]
    Number(#[n(0)] Changed<Box<str>>),
    /// The keyed index of its registration number.
    #[n(1)]
    Registration(#[n(0)] Changed<BlindIndex>),
    /// Its encrypted part.
    #[n(2)]
    Personal(#[n(0)] Sealed),
}

/// One change of an account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum AccountChange {
    /// Who holds it.
    #[n(0)]
    Customer(#[n(0)] Changed<CustomerId>),
    /// Its status.
    #[n(1)]
    Status(#[n(0)] Changed<AccountStatusRecord>),
    /// What the holder may owe.
    #[n(2)]
    CreditLimit(#[n(0)] Changed<i64>),
    /// The group it is in.
    #[n(3)]
    Segment(#[n(0)] Changed<Option<Segment>>),
    /// The account above it.
    #[n(4)]
    Parent(#[n(0)] Changed<Option<AccountId>>),
    /// Its limits.
    #[n(5)]
    Limits(#[n(0)] Changed<Limits>),
    /// Its encrypted part.
    #[n(6)]
    Personal(#[n(0)] Sealed),
}

/// One change of a card.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum CardChange {
    /// Which account it draws on.
    #[n(0)]
    Account(#[n(0)] Changed<AccountId>),
    /// Who holds it.
    #[n(1)]
    Customer(#[n(0)] Changed<CustomerId>),
    /// Its status, with the reason.
    #[n(2)]
    Status(#[n(0)] Changed<StatusRecord>),
    /// The group it is in.
    #[n(3)]
    Segment(#[n(0)] Changed<Option<Segment>>),
    /// Its limits.
    #[n(4)]
    Limits(#[n(0)] Changed<Limits>),
    /// How its PIN comes about.
    #[n(5)]
    PinStatus(#[n(0)] Changed<PinStatus>),
    /// Its wallet artwork.
    #[n(6)]
    LayoutCode(#[n(0)] Changed<Option<Box<str>>>),
    /// When it closes by itself.
    #[n(7)]
    Closing(#[n(0)] Changed<Option<ScheduledClosing>>),
    /// Where it is blocked.
    #[n(8)]
    Blocks(#[n(0)] Changed<Blocks>),
    /// How the plastic is sent.
    #[n(9)]
    CardDelivery(#[n(0)] Changed<Option<DeliveryType>>),
    /// How the PIN is sent.
    #[n(10)]
    PinDelivery(#[n(0)] Changed<Option<DeliveryType>>),
    /// Its encrypted part.
    #[n(11)]
    Personal(#[n(0)] Sealed),
    /// Where and how it may be used.
    #[n(12)]
    Controls(#[n(0)] Changed<Option<Box<Controls>>>),
}

impl CardChange {
    /// Puts the change into effect.
    pub fn apply(&self, card: &mut Card) {
        match self {
            Self::Account(change) => card.account = change.after,
            Self::Customer(change) => card.customer = change.after,
            Self::Status(change) => card.status = change.after.clone(),
            Self::Segment(change) => card.segment = change.after,
            Self::Limits(change) => card.limits = change.after.clone(),
            Self::PinStatus(change) => card.pin_status = change.after,
            Self::LayoutCode(change) => card.layout_code.clone_from(&change.after),
            Self::Closing(change) => card.closing = change.after,
            Self::Blocks(change) => card.blocks = change.after,
            Self::CardDelivery(change) => card.card_delivery = change.after,
            Self::PinDelivery(change) => card.pin_delivery = change.after,
            Self::Personal(sealed) => card.personal_revision = sealed.revision,
            Self::Controls(change) => card.controls.clone_from(&change.after),
        }
    }
}

impl AccountChange {
    /// Puts the change into effect.
    pub fn apply(&self, account: &mut Account) {
        match self {
            Self::Customer(change) => account.customer = change.after,
            Self::Status(change) => account.status = change.after.clone(),
            Self::CreditLimit(change) => account.credit_limit = change.after,
            Self::Segment(change) => account.segment = change.after,
            Self::Parent(change) => account.parent = change.after,
            Self::Limits(change) => account.limits = change.after.clone(),
            Self::Personal(sealed) => account.personal_revision = sealed.revision,
        }
    }
}

impl CustomerChange {
    /// Puts the change into effect.
    pub fn apply(&self, customer: &mut Customer) {
        match self {
            Self::Number(change) => customer.number.clone_from(&change.after),
            Self::Registration(change) => customer.registration = change.after,
            Self::Personal(sealed) => customer.personal_revision = sealed.revision,
        }
    }
}
