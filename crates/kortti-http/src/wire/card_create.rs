//! Bodies that create cards, and the one that finds a card by its number.

use kortti_core::{
    card::{CardTemplate, DeliveryType, PinStatus, Segment},
    controls::Controls,
    personal::CardPersonal,
    time::{Timestamp, YearMonth},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    FieldError,
    address::AddressBody,
    codes::{CardDeliveryCode, CardTemplateCode, Coded, PinDeliveryCode, PinStatusCode, SegmentCode},
    controls::ControlsBody,
    embossing::EmbossingBody,
    pairs::AdditionalValues,
    schema::plain_optionals,
    text::{DigitalLayoutCode, ProductCode},
    time::{Expiration, ScheduledClosingBody},
};

/// A card as requested. What is absent the product, the customer or a default decides.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CardRequest {
    /// The template, where the body names it; elsewhere the path does.
    pub template: Option<CardTemplate>,
    /// Which product.
    pub product_code: Option<String>,
    /// The last month in which it may be used.
    pub expiration: Option<YearMonth>,
    /// The group it is put in.
    pub segment: Option<Segment>,
    /// How its PIN comes about.
    pub pin_status: Option<PinStatus>,
    /// Its wallet artwork.
    pub layout_code: Option<Box<str>>,
    /// When it closes by itself.
    pub closing: Option<Timestamp>,
    /// How the plastic is sent.
    pub card_delivery: Option<DeliveryType>,
    /// How the PIN is sent.
    pub pin_delivery: Option<DeliveryType>,
    /// The card number it shall have, as a JWE.
    pub encrypted_data: Option<String>,
    /// Where and how it may be used.
    pub controls: Controls,
    /// What stands on it, where it goes, and the pairs kept with it.
    pub personal: CardPersonal,
}

/// Defines a body from the members that all have and those of its own. The block fills the request from the latter.
macro_rules! create_body {
    ($(#[$meta:meta])* $name:ident { $($(#[$own_meta:meta])* $own:ident: $type:ty,)* } |$body:ident, $request:ident| $fill:block) => {
        #[derive(Deserialize, JsonSchema)]
        $(#[$meta])*
        #[serde(rename_all = "camelCase")]
        #[schemars(transform = plain_optionals)]
        pub struct $name {
            expiration: Option<Expiration>,
            segment: Option<Coded<SegmentCode>>,
            pin_status: Option<Coded<PinStatusCode>>,
            digital_layout_code: Option<DigitalLayoutCode>,
            scheduled_closing: Option<ScheduledClosingBody>,
            additional_values: Option<AdditionalValues>,
            /// The card number that the card shall have: a JWE in compact form over `{"cardNumber": "…"}`.
            encrypted_data: Option<String>,
            product_code: Option<ProductCode>,
            controls: Option<ControlsBody>,
            $($(#[$own_meta])* $own: $type,)*
        }

        impl $name {
            /// The request in the domain's terms.
            ///
            /// # Errors
            /// The first member that does not fit the others.
            pub fn into_parts(self) -> Result<CardRequest, FieldError> {
                let $body = self;
                let mut $request = CardRequest {
                    product_code: $body.product_code.map(ProductCode::into_string),
                    expiration: $body.expiration.map_or(Ok(None), Expiration::into_month)?,
                    segment: $body.segment.map(|code| code.0),
                    pin_status: $body.pin_status.map(|code| code.0),
                    layout_code: $body.digital_layout_code.map(|code| code.into_string().into()),
                    closing: $body.scheduled_closing.map_or(Ok(None), ScheduledClosingBody::into_instant)?,
                    encrypted_data: $body.encrypted_data,
                    controls: $body.controls.map(ControlsBody::into_core).unwrap_or_default(),
                    ..CardRequest::default()
                };
                $request.personal.additional_values = $body.additional_values.map(AdditionalValues::into_core);
                $fill
                Ok($request)
            }
        }
    };
}

create_body!(
    /// A virtual card. What is given overrides the product; nothing has to be given.
    #[schemars(rename = "createVirtualResourceBody")]
    CreateVirtualCard {
        embossing: Option<EmbossingBody>,
    } |body, request| {
        request.personal.embossing = body.embossing.map_or_else(|| Ok(Default::default()), EmbossingBody::into_core)?;
    }
);

create_body!(
    /// A card that can have a plastic. What is given overrides the product; nothing has to be given.
    #[schemars(rename = "createPhysicalResourceBody")]
    CreatePhysicalCard {
        embossing: Option<EmbossingBody>,
        card_address: Option<AddressBody>,
        pin_address: Option<AddressBody>,
        card_delivery_type: Option<Coded<CardDeliveryCode>>,
        pin_delivery_type: Option<Coded<PinDeliveryCode>>,
    } |body, request| {
        request.personal.embossing = body.embossing.map_or_else(|| Ok(Default::default()), EmbossingBody::into_core)?;
        request.personal.card_address = body.card_address.map(AddressBody::into_boxed);
        request.personal.pin_address = body.pin_address.map(AddressBody::into_boxed);
        request.card_delivery = body.card_delivery_type.map(|code| code.0);
        request.pin_delivery = body.pin_delivery_type.map(|code| code.0);
    }
);

create_body!(
    /// A card of any template, which the body names.
    #[schemars(rename = "createResourceBodyV3")]
    CreateCard {
        card_template: Coded<CardTemplateCode>,
        embossing: EmbossingBody,
        card_address: Option<AddressBody>,
        pin_address: Option<AddressBody>,
        card_delivery_type: Option<Coded<CardDeliveryCode>>,
        pin_delivery_type: Option<Coded<PinDeliveryCode>>,
    } |body, request| {
        request.template = Some(body.card_template.0);
        request.personal.embossing = body.embossing.into_core()?;
        request.personal.card_address = body.card_address.map(AddressBody::into_boxed);
        request.personal.pin_address = body.pin_address.map(AddressBody::into_boxed);
        request.card_delivery = body.card_delivery_type.map(|code| code.0);
        request.pin_delivery = body.pin_delivery_type.map(|code| code.0);
    }
);

/// The number of the card that is looked for.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "findByNumberBody")]
pub struct FindByNumber {
    /// A JWE in compact form over `{"cardNumber": "…"}`.
    pub encrypted_data: String,
}
