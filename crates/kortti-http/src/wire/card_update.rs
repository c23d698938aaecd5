//! Bodies that update cards.

use kortti_core::{
    card::{CardStatus, DeliveryType, PinStatus, Segment},
    controls::Controls,
    decide::{BlocksPatch, LimitRequest},
    embossing::Embossing,
    id::{AccountId, CustomerId},
    personal::{AdditionalValue, Address, CardPersonal},
    time::Timestamp,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    FieldError,
    address::AddressBody,
    blocks::BlocksBody,
    codes::{CardDeliveryCode, Coded, PinDeliveryCode, PinStatusCode, SegmentCode, SettableStatusCode},
    controls::ControlsBody,
    embossing::EmbossingBody,
    id::IdInput,
    limits::UsageLimits,
    pairs::AdditionalValues,
    schema::plain_optionals,
    text::{DigitalLayoutCode, Text},
    time::ScheduledClosingUpdate,
};

/// Changes of a card as requested. What is absent stays.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CardPatch {
    /// A new account.
    pub account: Option<AccountId>,
    /// A new holder.
    pub customer: Option<CustomerId>,
    /// A new status.
    pub status: Option<CardStatus>,
    /// Why.
    pub reason: Option<Box<str>>,
    /// A new group.
    pub segment: Option<Segment>,
    /// Changes of its limits.
    pub limits: Vec<LimitRequest>,
    /// How its PIN comes about.
    pub pin_status: Option<PinStatus>,
    /// A new wallet artwork.
    pub layout_code: Option<Box<str>>,
    /// A new time for its scheduled closing.
    pub closing: Option<Timestamp>,
    /// Blocks to put or lift.
    pub blocks: BlocksPatch,
    /// Where and how it may be used; what is absent stays.
    pub controls: Controls,
    /// How the plastic is sent.
    pub card_delivery: Option<DeliveryType>,
    /// How the PIN is sent.
    pub pin_delivery: Option<DeliveryType>,
    /// New lines; those that are absent stay.
    pub embossing: Option<Embossing>,
    /// Where the plastic goes.
    pub card_address: Option<Box<Address>>,
    /// Where the PIN goes.
    pub pin_address: Option<Box<Address>>,
    /// The pairs kept with it, all of them.
    pub additional_values: Option<Vec<AdditionalValue>>,
}

impl CardPatch {
    /// Puts the changes of the encrypted part into effect.
    pub fn apply_personal(&self, personal: &mut CardPersonal) {
        if let Some(embossing) = &self.embossing {
            personal.embossing = std::mem::take(&mut personal.embossing).merged(embossing.clone());
        }
        replace(&mut personal.card_address, &self.card_address);
        replace(&mut personal.pin_address, &self.pin_address);
        replace(&mut personal.additional_values, &self.additional_values);
    }
}

/// Puts `new` in place of `old` where there is something new.
pub(super) fn replace<T: Clone>(old: &mut Option<T>, new: &Option<T>) {
    if new.is_some() {
        old.clone_from(new);
    }
}

/// Defines a body from the members that all have and those of its own. The expression puts the latter into the patch.
macro_rules! update_body {
    ($(#[$meta:meta])* $name:ident { $($own:ident: $type:ty,)* } |$body:ident, $patch:ident| $result:expr) => {
        #[derive(Deserialize, JsonSchema)]
        $(#[$meta])*
        #[serde(rename_all = "camelCase")]
        #[schemars(transform = plain_optionals)]
        pub struct $name {
            /// The account to which the card moves.
            account_id: Option<IdInput>,
            /// The customer to whom the card moves.
            customer_id: Option<IdInput>,
            embossing: Option<EmbossingBody>,
            /// Why the status changes.
            reason: Option<Text<0, 32>>,
            segment: Option<Coded<SegmentCode>>,
            status: Option<Coded<SettableStatusCode>>,
            usage_limits: Option<UsageLimits>,
            pin_status: Option<Coded<PinStatusCode>>,
            digital_layout_code: Option<DigitalLayoutCode>,
            scheduled_closing: Option<ScheduledClosingUpdate>,
            additional_values: Option<AdditionalValues>,
            region_and_ecomm_blocking: Option<BlocksBody>,
            controls: Option<ControlsBody>,
            $($own: $type,)*
        }

        impl $name {
            /// The changes in the domain's terms.
            ///
            /// # Errors
            /// The first member that does not fit the others.
            pub fn into_parts(self) -> Result<CardPatch, FieldError> {
                let $body = self;
                let embossing = $body.embossing.map(EmbossingBody::into_core).transpose()?;
                let $patch = CardPatch {
                    account: $body.account_id.map(|id| AccountId(id.0)),
                    customer: $body.customer_id.map(|id| CustomerId(id.0)),
                    status: $body.status.map(|code| code.0),
                    reason: $body.reason.map(|reason| reason.into_string().into()),
                    segment: $body.segment.map(|code| code.0),
                    limits: $body.usage_limits.map_or_else(|| Ok(Vec::new()), UsageLimits::into_requests)?,
                    pin_status: $body.pin_status.map(|code| code.0),
                    layout_code: $body.digital_layout_code.map(|code| code.into_string().into()),
                    closing: $body.scheduled_closing.and_then(|closing| closing.time).map(|time| time.0),
                    blocks: $body.region_and_ecomm_blocking.map(BlocksBody::into_patch).unwrap_or_default(),
                    controls: $body.controls.map(ControlsBody::into_core).unwrap_or_default(),
                    embossing: embossing.filter(|embossing| *embossing != Embossing::default()),
                    additional_values: $body.additional_values.map(AdditionalValues::into_core),
                    ..CardPatch::default()
                };
                Ok($result)
            }
        }
    };
}

update_body!(
    /// Changes of a virtual card. What is absent or null stays.
    #[schemars(rename = "updateVirtualResourceBody")]
    UpdateVirtualCard {} |body, patch| patch
);

update_body!(
    /// Changes of a card that can have a plastic. What is absent or null stays.
    #[schemars(rename = "updatePhysicalResourceBody")]
    UpdatePhysicalCard {
        card_address: Option<AddressBody>,
        pin_address: Option<AddressBody>,
        card_delivery_type: Option<Coded<CardDeliveryCode>>,
        pin_delivery_type: Option<Coded<PinDeliveryCode>>,
    } |body, patch| CardPatch {
        card_address: body.card_address.map(AddressBody::into_boxed),
        pin_address: body.pin_address.map(AddressBody::into_boxed),
        card_delivery: body.card_delivery_type.map(|code| code.0),
        pin_delivery: body.pin_delivery_type.map(|code| code.0),
        ..patch
    }
);
