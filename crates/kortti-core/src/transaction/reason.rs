use minicbor::{Decode, Encode};

/// A response code as card networks know it: two characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseCode(pub &'static str);

macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $index:literal $name:ident $spelling:literal $code:literal $text:literal;)*) => {
        /// The one reason that decided a transaction. Each has one response code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(index_only)]
        pub enum Reason { $(#[doc = $text] #[n($index)] $name,)* }

        impl Reason {
            /// All reasons.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The reason as it is answered.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$name => $spelling,)* } }

            /// The response code.
            #[must_use]
            pub const fn response(self) -> ResponseCode { match self { $(Self::$name => ResponseCode($code),)* } }

            /// What it means, for people.
            #[must_use]
            pub const fn text(self) -> &'static str { match self { $(Self::$name => $text,)* } }
        }
    };
}

reasons! {
    0 Approved "APPROVED" "00" "Approved";
    1 PartiallyApproved "PARTIALLY_APPROVED" "10" "Approved for a part of the amount";
    2 Verified "VERIFIED" "85" "Card verified, no amount";
    3 Advised "ADVISED" "00" "Decided elsewhere and recorded";
    4 AdvisedDeclined "ADVISED_DECLINED" "05" "Declined elsewhere and recorded";
    5 ReversedBefore "REVERSED_BEFORE" "12" "Its reversal came first";
    6 CardUnknown "CARD_UNKNOWN" "14" "No such card";
    7 ExpiryMismatch "EXPIRY_MISMATCH" "54" "Another expiry than the card's";
    8 CardExpired "CARD_EXPIRED" "54" "Expired Card";
    9 CardBlocked "CARD_BLOCKED" "62" "Card Blocked";
    10 SuspectedFraud "SUSPECTED_FRAUD" "59" "Suspected Fraud";
    11 ClosedDueToFraud "CLOSED_DUE_TO_FRAUD" "04" "Card Closed Due To Fraud";
    12 CardLost "CARD_LOST" "41" "Card Lost";
    13 CardStolen "CARD_STOLEN" "43" "Card Stolen";
    14 CardClosed "CARD_CLOSED" "46" "Card Closed";
    15 AccountBlocked "ACCOUNT_BLOCKED" "62" "Account Blocked";
    16 AccountClosing "ACCOUNT_CLOSING" "46" "Account To Close";
    17 EcommerceBlocked "ECOMMERCE_BLOCKED" "57" "E-commerce Blocked";
    18 RegionBlocked "REGION_BLOCKED" "62" "Region Blocked";
    19 SingleUse "SINGLE_USE" "57" "Single-use Card Already Used";
    20 MerchantLocked "MERCHANT_LOCKED" "57" "Card Locked To Another Merchant";
    21 MccNotAllowed "MCC_NOT_ALLOWED" "57" "Merchant Category Not Allowed";
    22 MerchantNotAllowed "MERCHANT_NOT_ALLOWED" "57" "Merchant Not Allowed";
    23 CountryNotAllowed "COUNTRY_NOT_ALLOWED" "57" "Country Not Allowed";
    24 UsageDisabled "USAGE_DISABLED" "57" "Usage Disabled";
    25 SingleAmountExceeded "SINGLE_AMOUNT_EXCEEDED" "61" "Single Amount Exceeded";
    26 AmountExceeded "AMOUNT_EXCEEDED" "61" "Amount Exceeded";
    27 CountExceeded "COUNT_EXCEEDED" "65" "Count Exceeded";
    28 NotEnoughFunds "NOT_ENOUGH_FUNDS" "51" "Not Sufficient Funds";
    29 AuthorisationEnded "AUTHORIZATION_ENDED" "12" "The authorisation has ended";
    30 Reversed "REVERSED" "00" "Reversed";
    31 NothingToReverse "NOTHING_TO_REVERSE" "00" "Nothing was held any more";
    32 ReversalNoted "REVERSAL_NOTED" "00" "The original is not known; it will be declined if it arrives";
    33 HoldExpired "HOLD_EXPIRED" "00" "What was held was released in time";
    34 Posted "POSTED" "00" "Posted";
    35 PostedBelow "POSTED_BELOW" "00" "Posted, for less than was authorised";
    36 PostedAbove "POSTED_ABOVE" "00" "Posted, for more than was authorised, within the tolerance";
    37 PostedAboveTolerance "POSTED_ABOVE_TOLERANCE" "00" "Posted, for more than was authorised and the tolerance allows";
    38 PostedAfterExpiry "POSTED_AFTER_EXPIRY" "00" "Posted after the hold had expired";
    39 PostedAfterReversal "POSTED_AFTER_REVERSAL" "00" "Posted after the authorisation had been reversed";
    40 PostedAfterClearing "POSTED_AFTER_CLEARING" "00" "Posted after the authorisation had been cleared";
    41 PostedAfterDecline "POSTED_AFTER_DECLINE" "00" "Posted although the authorisation had been declined";
    42 PostedWithoutAuthorisation "POSTED_WITHOUT_AUTHORIZATION" "00" "Posted without authorisation";
}
