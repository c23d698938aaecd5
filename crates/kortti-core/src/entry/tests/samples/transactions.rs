//! One transaction of each kind, and a check with facts of each kind.

use std::sync::Arc;

use super::AT;
use crate::{
    account::AccountStatus,
    card::{Block, CardStatus},
    id::{AccountId, CardId, IdempotencyKey, PanIndex, TransactionId},
    limit::{Bounds, Period, UsageType},
    money::Money,
    reference::{Currency, Mcc},
    time::YearMonth,
    trail::Step,
    transaction::{
        Advice, Authorisation, Authorise, Book, Check, CheckKind, Checked, Clear, Counted, CountryCode,
        Details, End, EntryMode, Facts, Fee, Increment, LimitFacts, Merchant, Original, Post, PostKind,
        Posting, Reason, Refund, Request, Reverse, Transaction, TransactionType,
    },
    usage::Used,
};

fn eur(minor: i64) -> Money {
    Money { minor, currency: Currency::parse("EUR").unwrap() }
}

fn merchant() -> Merchant {
    Merchant {
        mcc: Mcc::parse("5411").unwrap(),
        country: CountryCode::parse("FIN").unwrap(),
        id: Some("M-1".into()),
        name: Some("Kauppa".into()),
        city: Some("Äänekoski".into()),
        terminal: Some("T-1".into()),
        acquirer: Some("400001".into()),
    }
}

fn details() -> Option<Box<Details>> {
    Some(Box::new(Details {
        text: Some("Bread".into()),
        local_time: Some("2026-03-15T14:00:00".into()),
        retrieval_reference: Some("123456789012".into()),
        authorisation_code: Some("A1B2C3".into()),
        source: Some("9999999".into()),
    }))
}

fn limit_facts() -> LimitFacts {
    LimitFacts {
        period: Period::Daily,
        usage: UsageType::Retail,
        bounds: Some(Bounds { single: Some(5_000), sum: Some(10_000), count: Some(3) }),
        start: Some(AT),
        end: Some(AT.plus_ms(1)),
        before: Used { amount: 100, count: 1 },
        this: Used { amount: 1_250, count: 1 },
        total: Some(1_350),
    }
}

fn checks() -> Vec<Check> {
    let check = |kind, facts| Check { kind, result: Checked::Pass, facts };
    vec![
        check(CheckKind::NotReversed, None),
        check(
            CheckKind::Expiry,
            Some(Facts::Expiry(YearMonth::new(2029, 3), YearMonth::new(2029, 3).unwrap())),
        ),
        check(CheckKind::CardStatus, Some(Facts::CardStatus(CardStatus::Ok, AT))),
        check(CheckKind::AccountStatus, Some(Facts::AccountStatus(AccountStatus::Ok, AT))),
        Check { kind: CheckKind::EcommerceBlock, result: Checked::Skipped, facts: None },
        check(
            CheckKind::RegionBlock,
            Some(Facts::Region(CountryCode::parse("FIN").unwrap(), Some(Block::Home))),
        ),
        check(CheckKind::SingleUse, Some(Facts::Uses(0))),
        check(CheckKind::MerchantLock, Some(Facts::MerchantLock(Some("M-1".into()), Some("M-1".into())))),
        check(CheckKind::MccList, Some(Facts::Mcc(Mcc::parse("5411").unwrap()))),
        check(CheckKind::MerchantList, Some(Facts::Merchant(Some("M-1".into())))),
        check(CheckKind::CountryList, Some(Facts::Country(CountryCode::parse("FIN").unwrap()))),
        check(CheckKind::AuthorisationOpen, Some(Facts::Held(5))),
        check(CheckKind::CardLimit, Some(Facts::Limit(Box::new(limit_facts())))),
        Check {
            kind: CheckKind::Funds,
            result: Checked::Fail(Reason::NotEnoughFunds),
            facts: Some(Facts::Funds(1_000, 1_250)),
        },
    ]
}

fn authorise() -> Request {
    Request::Authorise(Arc::new(Authorise {
        card: Some(CardId(3001)),
        transaction_type: TransactionType::Retail,
        entry_mode: EntryMode::Contactless,
        amount: Money { minor: 1_400, currency: Currency::parse("USD").unwrap() },
        billing: Some(eur(1_250)),
        merchant: merchant(),
        partial_capable: true,
        expiry: YearMonth::new(2029, 3),
        advice: Some(Advice { approved: true, response_code: Some("00".into()) }),
        details: details(),
        unknown_number: None,
    }))
}

/// An authorisation with every member there.
pub fn approved() -> Transaction {
    Transaction {
        card: Some(CardId(3001)),
        account: Some(AccountId(2001)),
        currency: Currency::parse("EUR"),
        request: authorise(),
        approved: true,
        reason: Reason::Advised,
        amount: 1_250,
        available: 98_750,
        checks: checks(),
        postings: Posting::pair(Book::Reserve, Book::Held, 1_250),
        counted: Some(Used { amount: 1_250, count: 1 }),
        authorisation: Some(Box::new(Authorisation {
            card: Some(CardId(3001)),
            account: AccountId(2001),
            approved_at: AT,
            expires_at: AT.plus_ms(604_800_000),
            mcc: Mcc::parse("5411").unwrap(),
            counted: Counted {
                kinds: TransactionType::Retail.kinds(EntryMode::Contactless),
                amount: 1_250,
                once: true,
            },
            approved: 1_250,
            held: 1_250,
            cleared: 0,
            reversed: 0,
            end: None,
            transaction_type: TransactionType::Retail,
        })),
        first: Some(TransactionId(69_000)),
        previous: Some(TransactionId(69_001)),
        card_step: Some(Step {
            place: 7,
            previous: Some(TransactionId(60)),
            milestone: Some(TransactionId(50)),
        }),
        account_step: Some(Step { place: 9, previous: Some(TransactionId(61)), milestone: None }),
    }
}

/// A transaction of each kind, one that has every end and one for each reason.
pub fn all() -> Vec<Transaction> {
    let (first, card) = (TransactionId(69_000), CardId(3001));
    let requests = vec![
        authorise(),
        Request::Increment(Box::new(Increment {
            authorisation: first,
            amount: eur(5),
            billing: Some(eur(6)),
        })),
        Request::Reverse(Reverse { original: Original::Authorisation(first), amount: Some(eur(5)) }),
        Request::Reverse(Reverse { original: Original::Message(IdempotencyKey([0x66; 16])), amount: None }),
        Request::ExpireHold(first),
        Request::Clear(Box::new(Clear {
            authorisation: Some(first),
            card: Some(card),
            amount: eur(1_250),
            billing: None,
            last: true,
            transaction_type: Some(TransactionType::Retail),
            merchant: Some(merchant()),
            details: details(),
        })),
        Request::Refund(Box::new(Refund {
            card,
            amount: eur(5),
            billing: None,
            merchant: Some(merchant()),
            details: details(),
        })),
        Request::Post(Box::new(Post {
            card: None,
            account: Some(AccountId(2001)),
            kind: PostKind::Deposit,
            amount: eur(100_000),
            details: details(),
        })),
        Request::Fee(Fee { card: Some(card), account: None, code: "F1".into(), amount: eur(150) }),
    ];
    let mut all: Vec<_> = requests.into_iter().map(|request| Transaction { request, ..approved() }).collect();
    all.extend(Reason::ALL.iter().map(|reason| Transaction { reason: *reason, ..approved() }));
    for end in [End::Cleared, End::Reversed, End::Expired, End::Declined, End::NothingHeld, End::CreditDue] {
        let mut one = approved();
        if let Some(authorisation) = &mut one.authorisation {
            authorisation.end = Some(end);
        }
        all.push(one);
    }
    let mut cash = approved();
    if let Some(authorisation) = &mut cash.authorisation {
        authorisation.transaction_type = TransactionType::Atm;
    }
    all.push(cash);
    let mut unknown = approved();
    if let Request::Authorise(request) = &mut unknown.request {
        let request = Arc::make_mut(request);
        (request.card, request.unknown_number) = (None, Some(PanIndex([0x77; 16])));
    }
    all.push(unknown);
    all
}
