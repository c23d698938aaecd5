//! The spellings of everything that is one of a few: each table stands here once, for bodies and for paths.

use std::borrow::Cow;

use kortti_core::{
    account::AccountStatus,
    card::{AccountTemplate, CardRole, CardStatus, CardTemplate, DeliveryType, PinStatus, Segment},
    customer::CustomerKind,
    limit::{Period, UsageType},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::refused;

/// A table of spellings.
pub trait Code {
    /// What is spelled.
    type Value: Copy + PartialEq + 'static;
    /// The name of its schema; empty where it stands in place.
    const SCHEMA: &'static str;
    /// What it says, for the schema.
    const DESCRIPTION: &'static str;
    /// Every spelling.
    const TABLE: &'static [(&'static str, Self::Value)];

    /// What `text` spells.
    #[must_use]
    fn parse(text: &str) -> Option<Self::Value> {
        Self::TABLE.iter().find(|(code, _)| *code == text).map(|(_, value)| *value)
    }

    /// How `value` is spelled; empty for a value that is not in the table.
    #[must_use]
    fn spell(value: Self::Value) -> &'static str {
        Self::TABLE.iter().find(|(_, known)| *known == value).map_or("", |(code, _)| code)
    }
}

/// A value that is read and written in the spelling of `C`.
#[derive(Clone, Copy)]
pub struct Coded<C: Code>(pub C::Value);

impl<'de, C: Code> Deserialize<'de> for Coded<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        C::parse(&text).map(Self).ok_or_else(|| {
            let codes: Vec<&str> = C::TABLE.iter().map(|(code, _)| *code).collect();
            let one_of = if codes.len() > 1 { "one of " } else { "" };
            refused(&format!("{one_of}{}", codes.join(" ")))
        })
    }
}

impl<C: Code> Serialize for Coded<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(C::spell(self.0))
    }
}

impl<C: Code> JsonSchema for Coded<C> {
    fn inline_schema() -> bool {
        C::SCHEMA.is_empty()
    }

    fn schema_name() -> Cow<'static, str> {
        if C::SCHEMA.is_empty() { std::any::type_name::<C>().into() } else { C::SCHEMA.into() }
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let codes: Vec<&str> = C::TABLE.iter().map(|(code, _)| *code).collect();
        json_schema!({ "type": "string", "description": C::DESCRIPTION, "enum": codes })
    }
}

macro_rules! code {
    ($name:ident: $value:ty, $schema:literal, $description:literal, $table:expr) => {
        #[doc = $description]
        #[derive(Clone, Copy)]
        pub enum $name {}

        impl Code for $name {
            type Value = $value;
            const SCHEMA: &'static str = $schema;
            const DESCRIPTION: &'static str = $description;
            const TABLE: &'static [(&'static str, $value)] = $table;
        }
    };
}

pub(super) use code;

code!(CardRoleCode: CardRole, "cardRole", "Whether the card's holder is also the account's holder.",
    &[("MAIN", CardRole::Main), ("SUPPLEMENTARY", CardRole::Supplementary)]);

code!(CardTemplateCode: CardTemplate, "", "The template by which the card was made.", &[
    ("VISA_VIRTUAL", CardTemplate::VisaVirtual),
    ("MC_VIRTUAL", CardTemplate::McVirtual),
    ("VISA_CARD", CardTemplate::VisaCard),
    ("MC_CARD", CardTemplate::McCard),
    ("DEBIT_MC", CardTemplate::DebitMc),
    ("DEBIT_MC_VIRTUAL", CardTemplate::DebitMcVirtual),
    ("DEBIT_VISA", CardTemplate::DebitVisa),
    ("DEBIT_VISA_VIRTUAL", CardTemplate::DebitVisaVirtual),
]);

code!(CardStatusCode: CardStatus, "", "The card's status.", &[
    ("CARD_OK", CardStatus::Ok),
    ("CARD_BLOCKED", CardStatus::Blocked),
    ("SUSPECTED_FRAUD", CardStatus::SuspectedFraud),
    ("CARD_CLOSED_DUE_TO_FRAUD", CardStatus::ClosedDueToFraud),
    ("CARD_NO_RENEWAL", CardStatus::NoRenewal),
    ("CARD_LOST", CardStatus::Lost),
    ("CARD_STOLEN", CardStatus::Stolen),
    ("CARD_CLOSED", CardStatus::Closed),
    ("CARD_EXPIRED", CardStatus::Expired),
]);

code!(SettableStatusCode: CardStatus, "", "The new status. Any may follow any, save that an expired card stays expired.",
    // The last one, expired, is for the system alone.
    CardStatusCode::TABLE.split_at(8).0);

code!(SegmentCode: Segment, "segment", "A group to put it in; exported, otherwise without meaning.", &[
    ("SEGMENT_A", Segment::A),
    ("SEGMENT_B", Segment::B),
    ("SEGMENT_C", Segment::C),
    ("SEGMENT_D", Segment::D),
    ("SEGMENT_E", Segment::E),
    ("SEGMENT_F", Segment::F),
]);

code!(PinStatusCode: PinStatus, "pinStatus",
    "How the PIN comes about. `D`: the next embossing makes a random one. `W`: the card is not embossed until its holder has \
     set one. `S`: one has been set; the system writes this by itself.",
    &[("D", PinStatus::Generate), ("W", PinStatus::Wait), ("S", PinStatus::Set)]);

code!(PinDeliveryCode: DeliveryType, "", "How the PIN travels.", &[
    ("CUSTOM_1", DeliveryType::Custom1),
    ("CUSTOM_2", DeliveryType::Custom2),
    ("CUSTOM_3", DeliveryType::Custom3),
    ("CUSTOM_4", DeliveryType::Custom4),
    ("CUSTOM_5", DeliveryType::Custom5),
    ("MAIL", DeliveryType::Mail),
    ("COURIER", DeliveryType::Courier),
    ("EPIN", DeliveryType::Epin),
]);

code!(CardDeliveryCode: DeliveryType, "", "How the plastic travels.",
    // The last one is for PINs alone.
    PinDeliveryCode::TABLE.split_at(7).0);

code!(ClosingTypeCode: (), "scheduledClosingType", "By what the card closes: by time alone.", &[("TIMEBASED", ())]);

code!(PeriodCode: Period, "", "The window over which uses are added up: the last 24 hours, a calendar day, week or month, or, as an extension, all time.", &[
    ("24H", Period::Rolling24Hours),
    ("DAILY", Period::Daily),
    ("WEEKLY", Period::Weekly),
    ("MONTHLY", Period::Monthly),
    ("LIFETIME", Period::Lifetime),
]);

code!(UsageCode: UsageType, "", "Which uses are counted.",
&[
    ("ALL", UsageType::All),
    ("ATM", UsageType::Atm),
    ("RETAIL", UsageType::Retail),
    ("ECOMMERCE", UsageType::Ecommerce),
    ("CONTACTLESS", UsageType::Contactless),
    ("CASH", UsageType::Cash),
]);

code!(AccountTemplateCode: AccountTemplate, "", "The kind of account.", &[
    ("CREDIT", AccountTemplate::Credit),
    ("PREPAID", AccountTemplate::Prepaid),
    ("DEBIT", AccountTemplate::Debit),
]);

code!(AccountStatusCode: AccountStatus, "", "The account's status.", &[
    ("ACCOUNT_OK", AccountStatus::Ok),
    ("ACCOUNT_BLOCKED", AccountStatus::Blocked),
    ("ACCOUNT_TO_CLOSE", AccountStatus::ToClose),
]);

code!(ClosureReasonCode: u8, "", "Under which heading the account is closed.",
    &[("CLOSED1", 1), ("CLOSED2", 2), ("CLOSED3", 3), ("CLOSED4", 4), ("CLOSED5", 5)]);

code!(CustomerKindCode: CustomerKind, "", "Person or company.",
    &[("PRIVATE", CustomerKind::Private), ("CORPORATE", CustomerKind::Corporate)]);
