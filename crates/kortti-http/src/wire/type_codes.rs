//! The spellings of what transactions are, and how they came about.

use kortti_core::transaction::{EntryMode, PostKind, TransactionType};
use schemars::JsonSchema;
use serde::Serialize;

use super::codes::{Code, code};

code!(TypeCode: TransactionType, "", "What the holder did.", &[
    ("R1", TransactionType::Retail),
    ("A1", TransactionType::Atm),
    ("C1", TransactionType::CashDisbursement),
    ("B1", TransactionType::Cashback),
    ("U1", TransactionType::Unique),
    ("K1", TransactionType::Credit),
    ("T0", TransactionType::P2pCredit),
    ("TA", TransactionType::P2pDebit),
    ("BQ", TransactionType::BalanceInquiry),
]);

code!(PostKindCode: PostKind, "",
"What moves. Onto the account: `DP` a deposit, `T0` a payment to the holder, `K1` a refund or another credit. Off it: `TA` a \
 debit of the holder, `R1` a purchase, `A1` cash from a machine, `C1` cash over a counter, `U1` what can be turned into cash again.",
&[
    ("DP", PostKind::Deposit),
    ("T0", PostKind::PaymentToHolder),
    ("K1", PostKind::Credit),
    ("TA", PostKind::Debit),
    ("R1", PostKind::Retail),
    ("A1", PostKind::Atm),
    ("C1", PostKind::Cash),
    ("U1", PostKind::Unique),
]);

code!(SimulatedTypeCode: TransactionType, "",
"What the holder does. `CHPAYMENT` is a payment to the holder, `CHDEBIT` one by the holder to somebody else.", &[
    ("RETAIL", TransactionType::Retail),
    ("CASH", TransactionType::CashDisbursement),
    ("ATM", TransactionType::Atm),
    ("CREDIT", TransactionType::Credit),
    ("UNIQUE", TransactionType::Unique),
    ("CHPAYMENT", TransactionType::P2pCredit),
    ("CHDEBIT", TransactionType::P2pDebit),
]);

/// The name of a type code.
pub(super) fn type_name(code: &str) -> &'static str {
    match code {
        "R1" => "Retail",
        "A1" => "ATM",
        "C1" => "Cash",
        "B1" => "Retail with cash back",
        "U1" => "Unique",
        "K1" => "Credit",
        "T0" => "Payment to cardholder",
        "TA" => "Debit of cardholder",
        "BQ" => "Balance inquiry",
        "DP" => "Deposit",
        _ => "Other",
    }
}

/// A condition under which a card was used.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "transactionCondition", transform = super::schema::all_required)]
pub struct ConditionView {
    code: &'static str,
    name: &'static str,
}

impl ConditionView {
    /// All conditions.
    pub const ALL: &'static [Self] = &[
        Self { code: "TERM", name: "With a terminal" },
        Self { code: "NO_TERM", name: "Without a terminal" },
        Self { code: "CARD", name: "Card present" },
        Self { code: "NO_CARD", name: "Card not present" },
        Self { code: "CARDHOLDER", name: "Cardholder present" },
        Self { code: "NO_CARDHOLDER", name: "Cardholder not present" },
        Self { code: "MERCH", name: "Merchant present" },
        Self { code: "NO_MERCH", name: "Merchant not present" },
        Self { code: "ATM", name: "Cash machine" },
        Self { code: "CAT1", name: "Cardholder-activated terminal, level 1: dispenses, with PIN" },
        Self { code: "CAT2", name: "Cardholder-activated terminal, level 2: self-service" },
        Self { code: "CAT3", name: "Cardholder-activated terminal, level 3: limited amount" },
        Self { code: "CAT4", name: "Cardholder-activated terminal, level 4: in flight" },
        Self { code: "CAT7", name: "Cardholder-activated terminal, level 7: transponder" },
        Self { code: "IMPRINTER", name: "Imprinter" },
        Self { code: "POS", name: "Point of sale" },
        Self { code: "TERM_UNATT", name: "Unattended terminal" },
        Self { code: "MAIL", name: "Order by mail" },
        Self { code: "PHONE", name: "Order by telephone" },
        Self { code: "MOTO", name: "Order by mail or telephone" },
        Self { code: "ECOMMERCE", name: "Online" },
        Self { code: "RECURRING", name: "Recurring" },
        Self { code: "READ_CHIP", name: "Read from the chip" },
        Self { code: "READ_TRACK", name: "Read from the magnetic stripe" },
        Self { code: "KEY_ENTRY", name: "Typed in" },
    ];

    /// The code of the condition that an entry mode is.
    pub(super) const fn code_of(mode: EntryMode) -> Option<&'static str> {
        match mode {
            EntryMode::Unknown => None,
            EntryMode::Manual => Some("KEY_ENTRY"),
            EntryMode::MagneticStripe => Some("READ_TRACK"),
            EntryMode::Chip | EntryMode::Contactless => Some("READ_CHIP"),
            EntryMode::Ecommerce => Some("ECOMMERCE"),
        }
    }
}
