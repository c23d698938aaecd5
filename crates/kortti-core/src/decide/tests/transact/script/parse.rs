//! The words of a line.

use super::euros;
use crate::{
    id::{AccountId, CardId, TransactionId},
    limit::{Period, UsageType},
    money::{Decimal, Money},
    reference::Currency,
    reference::Mcc,
    time::YearMonth,
    transaction::{
        Advice, Authorise, Clear, CountryCode, EntryMode, Fee, Increment, Merchant, Post, PostKind, Refund,
        TransactionType,
    },
};

/// A line's words that stand in order, and those with an equals sign, which may stand anywhere.
pub struct Words<'a> {
    plain: Vec<&'a str>,
    options: Vec<(&'a str, &'a str)>,
}

/// Something that a word names.
pub trait Named: Copy + std::fmt::Debug + 'static {
    const ALL: &'static [Self];

    fn named(word: &str) -> Self {
        let found = Self::ALL.iter().find(|one| format!("{one:?}").to_uppercase() == word.replace('_', ""));
        *found.unwrap_or_else(|| panic!("{word} is none of {:?}", Self::ALL))
    }
}

impl Named for TransactionType {
    const ALL: &'static [Self] = &Self::ALL;
}
impl Named for EntryMode {
    const ALL: &'static [Self] = &Self::ALL;
}
impl Named for UsageType {
    const ALL: &'static [Self] = &Self::ALL;
}
impl Named for crate::card::CardStatus {
    const ALL: &'static [Self] = &Self::ALL;
}
impl Named for crate::account::AccountStatus {
    const ALL: &'static [Self] = &Self::ALL;
}
impl Named for crate::card::Block {
    const ALL: &'static [Self] = &Self::ALL;
}

impl<'a> Words<'a> {
    pub fn new(line: &'a str) -> Self {
        let words = line.split_whitespace();
        let (options, plain): (Vec<_>, Vec<_>) = words.partition(|word| word.contains('='));
        Self { plain, options: options.into_iter().map(|word| word.split_once('=').unwrap()).collect() }
    }

    pub fn next(&mut self) -> &'a str {
        self.next_or("")
    }

    pub fn next_or(&mut self, usual: &'a str) -> &'a str {
        if self.plain.is_empty() { usual } else { self.plain.remove(0) }
    }

    pub fn rest(&mut self) -> String {
        let options = self.options.drain(..).map(|(key, value)| format!("{key}={value}"));
        self.plain.drain(..).map(ToOwned::to_owned).chain(options).collect::<Vec<_>>().join(" ")
    }

    pub fn option(&mut self, key: &str) -> Option<&'a str> {
        let place = self.options.iter().position(|(name, _)| *name == key)?;
        Some(self.options.remove(place).1)
    }

    /// Whether the next word is this one.
    pub fn flag(&mut self, word: &str) -> bool {
        let place = self.plain.iter().position(|plain| *plain == word);
        place.map(|place| self.plain.remove(place)).is_some()
    }

    pub fn named<T: Named>(&mut self) -> T {
        T::named(self.next())
    }

    pub fn period(&mut self) -> Period {
        match self.next() {
            "24H" => Period::Rolling24Hours,
            "DAILY" => Period::Daily,
            "WEEKLY" => Period::Weekly,
            "MONTHLY" => Period::Monthly,
            "LIFETIME" => Period::Lifetime,
            other => panic!("{other} is no period"),
        }
    }

    pub fn amount(&mut self) -> Money {
        minor(self.next())
    }

    pub fn amount_if_any(&mut self) -> Option<Money> {
        (!self.plain.is_empty()).then(|| self.amount())
    }

    fn merchant(&mut self) -> Merchant {
        let partner = self.option("merchant").unwrap_or("M1");
        Merchant {
            country: CountryCode::parse(self.next_or("FIN")).unwrap(),
            mcc: Mcc::parse(self.next_or("5411")).unwrap(),
            id: (partner != "none").then(|| partner.into()),
            name: None,
            city: None,
            terminal: None,
            acquirer: None,
        }
    }

    pub fn authorise(&mut self, card: Option<CardId>) -> Authorise {
        let partial_capable = self.flag("partial");
        let expiry = self.option("expiry").map(month);
        let advice = self
            .option("advice")
            .map(|answer| Advice { approved: answer == "approved", response_code: None });
        let billing = self.option("billing").map(minor);
        // What is billed in euros has another amount in other money only.
        let other = Currency::parse("USD").filter(|_| billing.is_some());
        Authorise {
            card,
            transaction_type: self.named(),
            entry_mode: self.named(),
            amount: {
                let amount = self.amount();
                Money { currency: other.unwrap_or(amount.currency), ..amount }
            },
            billing,
            merchant: self.merchant(),
            partial_capable,
            expiry,
            advice,
            details: None,
            unknown_number: None,
        }
    }

    pub fn increment(&mut self, named: impl Fn(&str) -> TransactionId) -> Increment {
        Increment { authorisation: named(self.next()), amount: self.amount(), billing: None }
    }

    pub fn clear(&mut self, card: CardId, named: impl Fn(&str) -> TransactionId) -> Clear {
        let last = !self.flag("more");
        let transaction_type = self.flag("credit").then_some(TransactionType::Credit);
        let name = self.next();
        Clear {
            authorisation: (name != "alone").then(|| named(name)),
            card: (name == "alone").then_some(card),
            amount: self.amount(),
            billing: None,
            last,
            transaction_type,
            merchant: None,
            details: None,
        }
    }

    pub fn refund(&mut self, card: CardId) -> Refund {
        Refund { card, amount: self.amount(), billing: None, merchant: None, details: None }
    }

    pub fn post(&mut self, account: AccountId, kind: PostKind) -> Post {
        Post { card: None, account: Some(account), kind, amount: self.amount(), details: None }
    }

    pub fn fee(&mut self, account: AccountId) -> Fee {
        Fee { card: None, account: Some(account), code: "F".into(), amount: self.amount() }
    }
}

pub fn minor(text: &str) -> Money {
    let minor = Decimal::parse(text).and_then(|decimal| decimal.minor(euros(0).currency));
    euros(minor.unwrap_or_else(|error| panic!("{text}: {error}")))
}

pub fn month(text: &str) -> YearMonth {
    let (year, month) = text.split_once('-').unwrap();
    YearMonth::new(year.parse().unwrap(), month.parse().unwrap()).unwrap()
}
