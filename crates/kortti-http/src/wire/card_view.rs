//! Cards in responses. Every member is always there, null where there is nothing.

use kortti_app::Usage;
use kortti_core::{
    card::{Card, NumberMask, StatusRecord},
    id::{AccountId, CardId, CustomerId, ReferenceNumber},
    personal::CardPersonal,
    product::Product,
    reference::Currency,
    time::{Timestamp, YearMonth},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    address::AddressView,
    blocks::BlocksView,
    codes::{
        CardDeliveryCode, CardRoleCode, CardStatusCode, CardTemplateCode, ClosingTypeCode, Coded,
        PinDeliveryCode, PinStatusCode, SegmentCode,
    },
    controls::ControlsView,
    embossing::EmbossingView,
    id::TextId,
    limits_view::{UsageLimitsView, usage_limits},
    pairs::PairView,
    schema::all_required,
    time::{DateTime, LocalTime},
};

/// What a card's views are made of.
#[derive(Clone, Copy)]
pub struct CardParts<'a> {
    /// The card.
    pub card: &'a Card,
    /// The status that holds now.
    pub status: &'a StatusRecord,
    /// Its encrypted part, opened.
    pub personal: &'a CardPersonal,
    /// Its product.
    pub product: &'a Product,
    /// The currency of its account.
    pub currency: Currency,
    /// How much of its number is shown.
    pub mask: NumberMask,
    /// What has been used of its limits.
    pub usage: &'a Usage,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "expirationView", transform = all_required)]
struct ExpirationView {
    year: i16,
    month: i8,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "pinAttempts", transform = all_required)]
struct PinAttempts {
    /// Wrong PINs since the last right one.
    counter: u8,
    /// How many are too many.
    max: u8,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "scheduledClosingView", transform = all_required)]
struct ClosingView {
    time: DateTime,
    r#type: Coded<ClosingTypeCode>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "namesView", transform = all_required)]
struct NamesView<'a> {
    company_name: Option<&'a str>,
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
}

/// Defines the two views of one version of the API, which differs from the other in the names of two members.
macro_rules! card_views {
    ($(#[$meta:meta])* $view:ident, $(#[$item_meta:meta])* $item:ident, template: $template:literal, number: $number:literal) => {
        #[derive(Serialize, JsonSchema)]
        $(#[$meta])*
        #[serde(rename_all = "camelCase")]
        pub struct $view<'a> {
            id: TextId<CardId>,
            customer_id: TextId<CustomerId>,
            account_id: TextId<AccountId>,
            card_role: Coded<CardRoleCode>,
            #[serde(rename = $template)]
            template: Coded<CardTemplateCode>,
            product_code: &'a str,
            status: Coded<CardStatusCode>,
            status_date: LocalTime,
            reason: Option<&'a str>,
            /// The first and last digits, with an underscore for each digit between them.
            #[serde(rename = $number)]
            #[schemars(example = &"123456______4285")]
            number: String,
            /// Names the card where its number must not be named.
            reference_number: TextId<ReferenceNumber>,
            expiration: ExpirationView,
            segment: Option<Coded<SegmentCode>>,
            digital_layout_code: Option<&'a str>,
            pin_status: Coded<PinStatusCode>,
            pin_attempts: PinAttempts,
            embossing: EmbossingView<'a>,
            card_address: Option<AddressView<'a>>,
            pin_address: Option<AddressView<'a>>,
            card_delivery_type: Option<Coded<CardDeliveryCode>>,
            pin_delivery_type: Option<Coded<PinDeliveryCode>>,
            region_and_ecomm_blocking: BlocksView,
            scheduled_closing: Option<ClosingView>,
            additional_values: Option<Vec<PairView<'a>>>,
            usage_limits: UsageLimitsView,
            controls: Option<ControlsView<'a>>,
        }

        impl<'a> $view<'a> {
            /// The view of a card.
            #[must_use]
            pub fn of(parts: CardParts<'a>) -> Self {
                let CardParts { card, status, personal, product, .. } = parts;
                Self {
                    id: TextId(card.id),
                    customer_id: TextId(card.customer),
                    account_id: TextId(card.account),
                    card_role: Coded(card.role),
                    template: Coded(card.template),
                    product_code: &product.code,
                    status: Coded(status.status),
                    status_date: LocalTime(status.since),
                    reason: status.reason.as_deref(),
                    number: card.number.text(parts.mask),
                    reference_number: TextId(card.reference),
                    expiration: ExpirationView::of(card.expiration),
                    segment: card.segment.map(Coded),
                    digital_layout_code: card.layout_code.as_deref(),
                    pin_status: Coded(card.pin_status),
                    pin_attempts: PinAttempts { counter: card.pin_failures, max: product.pin_tries },
                    embossing: EmbossingView::of(&personal.embossing),
                    card_address: personal.card_address.as_deref().map(AddressView::of),
                    pin_address: personal.pin_address.as_deref().map(AddressView::of),
                    card_delivery_type: card.card_delivery.map(Coded),
                    pin_delivery_type: card.pin_delivery.map(Coded),
                    region_and_ecomm_blocking: BlocksView::of(card.blocks),
                    scheduled_closing: card.closing.map(|closing| ClosingView::of(closing.at)),
                    additional_values: PairView::all(personal.additional_values.as_ref()),
                    usage_limits: usage_limits(&card.limits, &product.limits, parts.usage, parts.currency),
                    controls: card.controls.as_deref().map(ControlsView::of),
                }
            }
        }

        #[derive(Serialize, JsonSchema)]
        $(#[$item_meta])*
        #[serde(rename_all = "camelCase")]
        pub struct $item<'a> {
            customer_id: TextId<CustomerId>,
            id: TextId<CardId>,
            #[serde(rename = $template)]
            template: Coded<CardTemplateCode>,
            account_id: TextId<AccountId>,
            card_role: Coded<CardRoleCode>,
            status: Coded<CardStatusCode>,
            /// The first and last digits, with an underscore for each digit between them.
            #[serde(rename = $number)]
            #[schemars(example = &"123456______4285")]
            number: String,
            status_date: LocalTime,
            embossing: NamesView<'a>,
            product_code: &'a str,
        }

        impl<'a> $item<'a> {
            /// The view of a card in a list.
            #[must_use]
            pub fn of(parts: CardParts<'a>) -> Self {
                let CardParts { card, status, personal, product, .. } = parts;
                Self {
                    customer_id: TextId(card.customer),
                    id: TextId(card.id),
                    template: Coded(card.template),
                    account_id: TextId(card.account),
                    card_role: Coded(card.role),
                    status: Coded(status.status),
                    number: card.number.text(parts.mask),
                    status_date: LocalTime(status.since),
                    embossing: NamesView {
                        company_name: personal.embossing.company_name.as_deref(),
                        first_name: personal.embossing.first_name.as_deref(),
                        last_name: personal.embossing.last_name.as_deref(),
                    },
                    product_code: &product.code,
                }
            }
        }
    };
}

card_views!(
    /// A card.
    #[schemars(rename = "card", transform = all_required)]
    CardView,
    /// A card in a list.
    #[schemars(rename = "cardListItem", transform = all_required)]
    CardListItem,
    template: "template",
    number: "maskedCardNumber"
);

card_views!(
    /// A card, as the third version of the API shows it.
    #[schemars(rename = "cardV3", transform = all_required)]
    CardViewV3,
    /// A card in a list, as the third version of the API shows it.
    #[schemars(rename = "cardListItemV3", transform = all_required)]
    CardListItemV3,
    template: "cardTemplate",
    number: "truncatedCardNumber"
);

impl ExpirationView {
    const fn of(month: YearMonth) -> Self {
        Self { year: month.year(), month: month.month() }
    }
}

impl ClosingView {
    const fn of(at: Timestamp) -> Self {
        Self { time: DateTime(at), r#type: Coded(()) }
    }
}
