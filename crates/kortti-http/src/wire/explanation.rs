//! Decisions put into words. Nothing else words them, so that a statement, an answer and a person on the phone say the same.

use std::fmt::{self, Write};

use kortti_core::{
    money::Major,
    reference::Currency,
    time::{Timestamp, YearMonth},
    transaction::{Check, CheckKind, Checked, Comparison, Facts, LimitFacts, Reason, Request, Transaction},
    usage::Used,
};

use super::codes::{AccountStatusCode, CardStatusCode, Code, PeriodCode, UsageCode};

/// What was decided, as the compatible API describes it: the response code in three digits and its text, such as
/// `061-Usage Limit "24H_RETAIL" Amount Exceeded`.
#[must_use]
pub fn response_description(transaction: &Transaction) -> String {
    described(response_code(transaction), transaction.reason, &transaction.checks)
}

/// The same, of its parts.
pub(super) fn described(code: &str, reason: Reason, checks: &[Check]) -> String {
    let mut text = format!("{code:0>3}-");
    let failed = checks.iter().find(|check| check.result == Checked::Fail(reason));
    let what = match failed.and_then(|check| check.facts.as_ref()) {
        Some(Facts::Limit(limit)) => limit.failure().map(|failure| (limit, failure)),
        _ => None,
    };
    // Writing to a string cannot fail.
    let _ = match what {
        Some((limit, Comparison::Off)) => write!(text, "Usage Limit \"{}\" Disabled", name(limit, '_')),
        Some((limit, failure)) => {
            write!(text, "Usage Limit \"{}\" {}", name(limit, '_'), failure.reason().text())
        }
        None => text.write_str(reason.text()),
    };
    text
}

/// The response code of a transaction: that of its reason, or the one that was given elsewhere where that decided.
#[must_use]
pub fn response_code(transaction: &Transaction) -> &str {
    let given = match (transaction.reason, &transaction.request) {
        (Reason::Advised | Reason::AdvisedDeclined, Request::Authorise(request)) => {
            request.advice.as_ref().and_then(|advice| advice.response_code.as_deref())
        }
        _ => None,
    };
    given.unwrap_or(transaction.reason.response().0)
}

/// `24H_RETAIL`, with another sign between the two where people read it.
fn name(limit: &LimitFacts, between: char) -> String {
    format!("{}{between}{}", PeriodCode::spell(limit.period), UsageCode::spell(limit.usage))
}

/// A decision in words: what came of it, and every check that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// What came of it, such as `declined, 061-Usage Limit "24H_RETAIL" Amount Exceeded`.
    pub outcome: String,
    /// A sentence for each check, in the order of decision.
    pub checks: Vec<String>,
}

/// Puts a transaction into words.
#[must_use]
pub fn explained(transaction: &Transaction) -> Explained {
    let verb = if transaction.approved { "approved" } else { "declined" };
    let mut outcome = verb.to_owned();
    let mut checks = Vec::new();
    if let Some(currency) = transaction.currency {
        // Writing to a string cannot fail.
        let _ = write!(outcome, " {} {currency}", Amount(Major { minor: transaction.amount, currency }));
        checks.extend(transaction.checks.iter().map(|check| sentence(check, currency)));
    }
    let _ = write!(outcome, ", {}", response_description(transaction));
    Explained { outcome, checks }
}

/// A check as a sentence that a person can repeat. Amounts are in `currency`, which none of them names.
#[must_use]
pub fn sentence(check: &Check, currency: Currency) -> String {
    let words = Words { check, currency };
    match &check.facts {
        None => words.plain(),
        Some(Facts::Limit(limit)) => words.limit(limit),
        Some(facts) => words.with_facts(facts),
    }
}

/// An amount with all decimals of its currency: `400.00`.
struct Amount(Major);

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = usize::from(self.0.currency.exponent());
        let unit = 10_u64.pow(u32::from(self.0.currency.exponent()));
        let (whole, rest) = (self.0.minor.unsigned_abs() / unit, self.0.minor.unsigned_abs() % unit);
        let sign = if self.0.minor < 0 { "-" } else { "" };
        if digits == 0 { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{rest:0digits$}") }
    }
}

/// An instant to the second.
struct At(Timestamp);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", self.0.local_text())
    }
}

/// A month as it stands on a card.
struct Month(YearMonth);

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}/{}", self.0.month(), self.0.year())
    }
}

struct Words<'a> {
    check: &'a Check,
    currency: Currency,
}

impl Words<'_> {
    const fn amount(&self, minor: i64) -> Amount {
        Amount(Major { minor, currency: self.currency })
    }

    /// The check alone.
    fn plain(&self) -> String {
        let words = match self.check.kind {
            CheckKind::NotReversed => ["No reversal came first", "The reversal came first"],
            CheckKind::CardKnown => ["The card is known", "No such card"],
            CheckKind::EcommerceBlock => ["Online use is not blocked", "Online use is blocked"],
            CheckKind::Advice => ["Decided elsewhere, only recorded here"; 2],
            kind => [subject(kind); 2],
        };
        let end = match self.check.result {
            Checked::Skipped => return format!("{}: does not apply", subject(self.check.kind)),
            Checked::Pass => words[0],
            Checked::Fail(_) => words[1],
        };
        end.to_owned()
    }

    fn with_facts(&self, facts: &Facts) -> String {
        let subject = subject(self.check.kind);
        let result = match self.check.result {
            Checked::Pass => "passed",
            Checked::Fail(reason) => reason.text(),
            Checked::Skipped => "does not apply",
        };
        let unknown = "none";
        let compared = match facts {
            Facts::Expiry(None, card) => format!("{} on the card, none was sent", Month(*card)),
            Facts::Expiry(Some(sent), card) => {
                format!("{} on the card, {} was sent", Month(*card), Month(*sent))
            }
            Facts::CardStatus(status, since) => {
                format!("{} since {}", CardStatusCode::spell(*status), At(*since))
            }
            Facts::AccountStatus(status, since) => {
                format!("{} since {}", AccountStatusCode::spell(*status), At(*since))
            }
            Facts::Region(country, None) => {
                format!("the merchant is in {}, which no block covers", country.as_str())
            }
            Facts::Region(country, Some(block)) => {
                format!("the merchant is in {}, block {}", country.as_str(), super::block_name(*block))
            }
            Facts::Uses(uses) => format!("used {uses} times before"),
            Facts::MerchantLock(locked, here) => format!(
                "locked to {}, used at {}",
                locked.as_deref().unwrap_or(unknown),
                here.as_deref().unwrap_or(unknown)
            ),
            Facts::Mcc(mcc) => mcc.to_string(),
            Facts::Merchant(merchant) => merchant.as_deref().unwrap_or(unknown).to_owned(),
            Facts::Country(country) => country.as_str().to_owned(),
            Facts::Funds(available, amount) => {
                format!("{} available, this amount {}", self.amount(*available), self.amount(*amount))
            }
            Facts::Held(held) => format!("{} held", self.amount(*held)),
            Facts::Limit(limit) => return self.limit(limit),
        };
        format!("{subject}: {compared}: {result}")
    }

    /// `24H RETAIL: 350.00 used since 2026-03-14T12:00:00Z, this purchase 100.00, limit 400.00: exceeded`
    fn limit(&self, limit: &LimitFacts) -> String {
        let whose = if self.check.kind == CheckKind::AccountLimit { "Account, " } else { "" };
        let name = name(limit, ' ');
        let words =
            |(comparison, fails)| self.compared(limit, comparison, if fails { "exceeded" } else { "kept" });
        let compared: Vec<String> = limit.comparisons().map(words).collect();
        let compared = if compared.is_empty() { "no limit".to_owned() } else { compared.join("; ") };
        format!("{whose}{name}: {compared}")
    }

    /// One comparison of a limit.
    fn compared(&self, limit: &LimitFacts, comparison: Comparison, result: &str) -> String {
        let bounds = limit.bounds.unwrap_or_default();
        let this = this(limit);
        let since = limit.start.map_or_else(|| "ever".to_owned(), |start| format!("since {}", At(start)));
        let Used { amount, count } = limit.before;
        match comparison {
            Comparison::Off => "switched off".to_owned(),
            Comparison::Single => format!(
                "{this} {}, at most {} each: {result}",
                self.amount(limit.total.unwrap_or(limit.this.amount)),
                self.amount(bounds.single.unwrap_or_default())
            ),
            Comparison::Sum => format!(
                "{} used {since}, {this} {}, limit {}: {result}",
                self.amount(amount),
                self.amount(limit.this.amount),
                self.amount(bounds.sum.unwrap_or_default())
            ),
            Comparison::Count => format!(
                "used {count} times {since}, with {this} {} times, limit {}: {result}",
                limit.after().count,
                bounds.count.unwrap_or_default()
            ),
        }
    }
}

/// What the use is called.
const fn this(limit: &LimitFacts) -> &'static str {
    use kortti_core::limit::UsageType;

    match limit.usage {
        UsageType::All => "this use",
        UsageType::Atm | UsageType::Cash => "this withdrawal",
        UsageType::Retail | UsageType::Ecommerce | UsageType::Contactless => "this purchase",
    }
}

/// What a check is about.
const fn subject(kind: CheckKind) -> &'static str {
    match kind {
        CheckKind::NotReversed => "Reversal before",
        CheckKind::CardKnown => "Card",
        CheckKind::Expiry => "Expiry",
        CheckKind::CardStatus => "Card status",
        CheckKind::AccountStatus => "Account status",
        CheckKind::EcommerceBlock => "Block of online use",
        CheckKind::RegionBlock => "Block by region",
        CheckKind::SingleUse => "Single use",
        CheckKind::MerchantLock => "Lock to the first merchant",
        CheckKind::MccList => "Merchant category",
        CheckKind::MerchantList => "Merchant",
        CheckKind::CountryList => "Merchant's country",
        CheckKind::AuthorisationOpen => "Authorisation",
        CheckKind::CardLimit => "Limit of the card",
        CheckKind::AccountLimit => "Limit of the account",
        CheckKind::Funds => "Funds",
        CheckKind::PartialApproval => "Part of the amount",
        CheckKind::Advice => "Advice",
    }
}
