//! The spellings of everything about transactions that is one of a few.

use kortti_core::transaction::{Book, CheckKind, End, EntryMode, Request, TransactionType};

use super::codes::{Code, code};

code!(TransactionTypeCode: TransactionType, "authorizationTransactionType", "What the holder wants to do.", &[
    ("RETAIL", TransactionType::Retail),
    ("ATM", TransactionType::Atm),
    ("UNIQUE", TransactionType::Unique),
    ("CASH_DISBURSEMENT", TransactionType::CashDisbursement),
    ("CASHBACK", TransactionType::Cashback),
    ("CREDIT", TransactionType::Credit),
    ("P2P_DEBIT", TransactionType::P2pDebit),
    ("P2P_CREDIT", TransactionType::P2pCredit),
    ("BALANCE_INQUIRY", TransactionType::BalanceInquiry),
]);

code!(EntryModeCode: EntryMode, "cardEntryMode", "How the card's number came into the message.", &[
    ("CHIP_READ", EntryMode::Chip),
    ("CONTACTLESS", EntryMode::Contactless),
    ("ELECTRONIC_COMMERCE", EntryMode::Ecommerce),
    ("MAGNETIC_STRIPE_READ", EntryMode::MagneticStripe),
    ("MANUAL_ENTRY", EntryMode::Manual),
    ("UNKNOWN", EntryMode::Unknown),
]);

code!(CheckCode: CheckKind, "checkName", "Which check.", &[
    ("NOT_REVERSED", CheckKind::NotReversed),
    ("CARD_KNOWN", CheckKind::CardKnown),
    ("EXPIRY", CheckKind::Expiry),
    ("CARD_STATUS", CheckKind::CardStatus),
    ("ACCOUNT_STATUS", CheckKind::AccountStatus),
    ("ECOMMERCE_BLOCK", CheckKind::EcommerceBlock),
    ("REGION_BLOCK", CheckKind::RegionBlock),
    ("SINGLE_USE", CheckKind::SingleUse),
    ("MERCHANT_LOCK", CheckKind::MerchantLock),
    ("MCC_LIST", CheckKind::MccList),
    ("MERCHANT_LIST", CheckKind::MerchantList),
    ("COUNTRY_LIST", CheckKind::CountryList),
    ("AUTHORIZATION_OPEN", CheckKind::AuthorisationOpen),
    ("CARD_LIMIT", CheckKind::CardLimit),
    ("ACCOUNT_LIMIT", CheckKind::AccountLimit),
    ("FUNDS", CheckKind::Funds),
    ("PARTIAL_APPROVAL", CheckKind::PartialApproval),
    ("ADVICE", CheckKind::Advice),
]);

code!(BookCode: Book, "book", "A book of the double-entry ledger. The first two are the account's.", &[
    ("BALANCE", Book::Balance),
    ("HELD", Book::Held),
    ("RESERVE", Book::Reserve),
    ("SETTLEMENT", Book::Settlement),
    ("FUNDING", Book::Funding),
    ("FEES", Book::Fees),
]);

/// How an authorisation stands: how it ended, if it has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AuthorisationStatus(pub Option<End>);

code!(AuthorisationStatusCode: AuthorisationStatus, "authorizationStatus",
    "How an authorisation stands. One that was cleared, reversed or ran out in parts is what the last part was.", &[
    ("OPEN", AuthorisationStatus(None)),
    ("CLEARED", AuthorisationStatus(Some(End::Cleared))),
    ("REVERSED", AuthorisationStatus(Some(End::Reversed))),
    ("EXPIRED", AuthorisationStatus(Some(End::Expired))),
    ("DECLINED", AuthorisationStatus(Some(End::Declined))),
    ("NOTHING_HELD", AuthorisationStatus(Some(End::NothingHeld))),
    ("CREDIT_DUE", AuthorisationStatus(Some(End::CreditDue))),
]);

/// What kind of transaction it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TransactionKind {
    Authorization,
    Increment,
    Reversal,
    HoldExpired,
    Clearing,
    Refund,
    Posting,
    Fee,
}

impl TransactionKind {
    /// The kind of what was asked.
    pub const fn of(request: &Request) -> Self {
        match request {
            Request::Authorise(_) => Self::Authorization,
            Request::Increment(_) => Self::Increment,
            Request::Reverse(_) => Self::Reversal,
            Request::ExpireHold(_) => Self::HoldExpired,
            Request::Clear(_) => Self::Clearing,
            Request::Refund(_) => Self::Refund,
            Request::Post(_) => Self::Posting,
            Request::Fee(_) => Self::Fee,
        }
    }
}

code!(TransactionKindCode: TransactionKind, "transactionKind", "What kind of transaction it is.", &[
    ("AUTHORIZATION", TransactionKind::Authorization),
    ("INCREMENT", TransactionKind::Increment),
    ("REVERSAL", TransactionKind::Reversal),
    ("HOLD_EXPIRED", TransactionKind::HoldExpired),
    ("CLEARING", TransactionKind::Clearing),
    ("REFUND", TransactionKind::Refund),
    ("POSTING", TransactionKind::Posting),
    ("FEE", TransactionKind::Fee),
]);
