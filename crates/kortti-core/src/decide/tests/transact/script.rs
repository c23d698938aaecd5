//! Decision tables as text. A scenario is a title, lines that set a card and its account up, and steps with what comes of them:
//!
//! ```text
//! # purchases add up to the limit
//! limit 24H RETAIL sum=400
//! at 2026-03-16T11:30:00Z auth RETAIL CHIP 300 FIN 5411 as=A -> approved
//! at 18:00 auth RETAIL CHIP 100.01 -> declined AMOUNT_EXCEEDED
//! at 18:00 reverse A -> approved REVERSED; amount 300; used 24H RETAIL 0/0; funds 10000/0/10000
//! ```
//!
//! Amounts are euros. A time without a date is on the date of the step before, in UTC. What a line leaves out is usual: Finland,
//! a grocer, merchant `M1`, the first card, ten thousand euros on the account.

use std::{collections::BTreeMap, sync::Arc};

use super::super::{
    given::issue,
    world::{ANNS, CARD, World, at, now},
};
use crate::{
    calendar::Windows,
    decide::{Command, IssueCard, Refusal, Transact, tests::transact::script::parse::Words},
    event::Event,
    id::{AccountId, CardId, IdempotencyKey, PanIndex, ReferenceNumber, TransactionId},
    money::Money,
    reference::Currency,
    time::Timestamp,
    transaction::{Checked, Original, Post, PostKind, Request, Reverse, Transaction},
    usage::{Activity, Used},
    view::{View, expire_uses},
};

pub mod parse;
mod setup;

pub const SECOND: CardId = CardId(3002);

/// Runs every scenario of a text.
pub fn run(text: &str) {
    let scenarios =
        text.split("\n# ").flat_map(|block| block.trim().strip_prefix("# ").or(Some(block.trim())));
    let mut steps = 0;
    for scenario in scenarios.filter(|scenario| !scenario.is_empty()) {
        let mut lines = scenario.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut script = Script::new(lines.next().unwrap());
        for line in lines {
            steps += script.line(line);
        }
    }
    assert!(steps > 0, "a table without steps tests nothing");
}

/// A scenario as it runs.
pub struct Script {
    title: String,
    pub world: World,
    now: Timestamp,
    names: BTreeMap<String, TransactionId>,
}

/// Another card on the account of [`CARD`].
pub fn issue_second() -> IssueCard {
    let (pan_index, reference) = (PanIndex([8; 16]), ReferenceNumber(1_234_567_890_123_457));
    IssueCard { id: SECOND, pan_index, reference, ..issue() }
}

pub fn euros(minor: i64) -> Money {
    Money { minor, currency: Currency::parse("EUR").unwrap() }
}

/// The transaction of the only event.
pub fn only(events: &[Event]) -> &Transaction {
    match events {
        [Event::Transacted(transaction)] => transaction,
        other => panic!("{other:?} is not one transaction"),
    }
}

impl Script {
    pub fn new(title: &str) -> Self {
        let mut world = World::with_card(|_| {});
        world.run(Command::IssueCard(issue_second()), now()).unwrap();
        let mut script = Self { title: title.to_owned(), world, now: now(), names: BTreeMap::new() };
        script.load(1_000_000);
        script
    }

    fn load(&mut self, minor: i64) {
        let kind = if minor < 0 { PostKind::Debit } else { PostKind::Deposit };
        let (account, amount) = (Some(ANNS), euros(minor.abs()));
        let post = Post { card: None, account, kind, amount, details: None };
        self.transact(Request::Post(Box::new(post)), None).unwrap();
    }

    fn transact(
        &mut self,
        request: Request,
        message: Option<u8>,
    ) -> Result<(Transaction, TransactionId), Refusal> {
        let message = message.map(|number| IdempotencyKey([number; 16]));
        let events = self.world.run(Command::Transact(Transact { request, message }), self.now)?;
        Ok((only(&events).clone(), TransactionId::of(0, self.world.entries.0)))
    }

    /// Runs a line; how many steps it was.
    pub fn line(&mut self, line: &str) -> usize {
        let Some(step) = line.strip_prefix("at ") else {
            self.set(&mut Words::new(line));
            return 0;
        };
        let (time, step) = step.split_once(' ').unwrap();
        let date = self.now.local_text()[..10].to_owned();
        self.now = match (time.contains('T'), time.len()) {
            (true, _) => at(time),
            (false, 5) => at(&format!("{date}T{time}:00Z")),
            (false, _) => at(&format!("{date}T{time}Z")),
        };
        if let Some(change) = step.strip_prefix("set ") {
            self.set(&mut Words::new(change));
            return 1;
        }
        let (what, expected) = step.split_once(" -> ").unwrap_or_else(|| panic!("no outcome: {line}"));
        let outcome = self.step(&mut Words::new(what));
        let mut clauses = expected.split(';').map(str::trim);
        self.check(line, &outcome, clauses.next().unwrap());
        for clause in clauses {
            self.check_more(line, outcome.as_ref().ok(), clause);
        }
        1
    }

    fn step(&mut self, words: &mut Words<'_>) -> Result<Transaction, Refusal> {
        let name = words.option("as").map(ToOwned::to_owned);
        let message = words.option("msg").map(|number| number.parse().unwrap());
        let request = self.request(words);
        assert_eq!(words.rest(), "", "words that mean nothing");
        let (transaction, id) = self.transact(request, message)?;
        assert_eq!(transaction.postings.iter().map(|posting| posting.minor).sum::<i64>(), 0);
        name.map(|name| self.names.insert(name, id));
        Ok(transaction)
    }

    /// A purchase of so many cents.
    pub fn authorise(&mut self, minor: i64, at: Timestamp) -> Transaction {
        self.purchase("RETAIL CHIP 0", minor, at)
    }

    /// The same at a merchant that can take a part.
    pub fn authorise_part(&mut self, minor: i64, at: Timestamp) -> Transaction {
        self.purchase("RETAIL CHIP 0 partial", minor, at)
    }

    fn purchase(&mut self, words: &str, minor: i64, at: Timestamp) -> Transaction {
        self.now = at;
        let request = Words::new(words).authorise(Some(CARD));
        let request = crate::transaction::Authorise { amount: euros(minor), ..request };
        self.transact(Request::Authorise(Arc::new(request)), None).unwrap().0
    }

    fn named(&self, name: &str) -> TransactionId {
        *self.names.get(name).unwrap_or_else(|| panic!("nothing is called {name}"))
    }

    fn request(&self, words: &mut Words<'_>) -> Request {
        let card = if words.option("card") == Some("2") { SECOND } else { CARD };
        match words.next() {
            "auth" => Request::Authorise(Arc::new(words.authorise(Some(card)))),
            "unknown" => Request::Authorise(Arc::new(words.authorise(None))),
            "inc" => Request::Increment(Box::new(words.increment(|name| self.named(name)))),
            "reverse" => {
                let original = match words.option("of") {
                    Some(number) => Original::Message(IdempotencyKey([number.parse().unwrap(); 16])),
                    None => Original::Authorisation(self.named(words.next())),
                };
                Request::Reverse(Reverse { original, amount: words.amount_if_any() })
            }
            "expire" => Request::ExpireHold(self.named(words.next())),
            "clear" => Request::Clear(Box::new(words.clear(card, |name| self.named(name)))),
            "refund" => Request::Refund(Box::new(words.refund(card))),
            "load" => Request::Post(Box::new(words.post(ANNS, PostKind::Deposit))),
            "debit" => Request::Post(Box::new(words.post(ANNS, PostKind::Debit))),
            "fee" => Request::Fee(words.fee(ANNS)),
            other => panic!("{other} is no step"),
        }
    }

    fn check(&self, line: &str, outcome: &Result<Transaction, Refusal>, expected: &str) {
        let mut words = Words::new(expected);
        let answer = words.next();
        let found = match outcome {
            Ok(found) => found,
            Err(refusal) => {
                assert_eq!((answer, format!("{refusal:?}").as_str()), ("refused", words.next()), "{line}");
                return;
            }
        };
        let title = &self.title;
        let reason = words.next_or(if answer == "approved" { "APPROVED" } else { "a reason" });
        let approved = if found.approved { "approved" } else { "declined" };
        assert_eq!((approved, found.reason.name()), (answer, reason), "in {title:?}: {line}");
        if words.next_or("also") == "also" {
            let further: Vec<_> = failures(found).into_iter().skip(1).collect();
            let expected: Vec<_> = words.rest().split_whitespace().map(ToOwned::to_owned).collect();
            assert!(expected.is_empty() || further == expected, "also {further:?} in {title:?}: {line}");
        }
    }

    fn check_more(&self, line: &str, found: Option<&Transaction>, clause: &str) {
        let mut words = Words::new(clause);
        let title = &self.title;
        let kind = words.next();
        let (actual, expected) = match kind {
            "amount" => (show(found.unwrap().amount), words.next().to_owned()),
            "used" => (self.used(CARD, words.period(), words.named()), words.next().to_owned()),
            "used2" => (self.used(SECOND, words.period(), words.named()), words.next().to_owned()),
            "account" => (self.used_of_account(words.period(), words.named()), words.next().to_owned()),
            "until" => {
                let state = found.and_then(|found| found.authorisation.as_deref()).unwrap();
                (state.expires_at.local_text(), words.next().to_owned())
            }
            "funds" => (self.funds(), words.next().to_owned()),
            other => panic!("{other} is no outcome"),
        };
        assert_eq!(actual, expected, "{kind} in {title:?}: {line}");
    }

    fn used(&self, card: CardId, period: crate::limit::Period, usage: crate::limit::UsageType) -> String {
        let mut world = self.world.clone();
        expire_uses(self.now, &mut world);
        let product = world.product(View::card(&world, card).unwrap().product).unwrap();
        let windows = Windows::at(product.zone(), self.now);
        let activity = world.card_activity(card);
        show_used(activity.as_deref().unwrap_or(Activity::none()).used(period, usage, &windows))
    }

    fn used_of_account(&self, period: crate::limit::Period, usage: crate::limit::UsageType) -> String {
        let mut world = self.world.clone();
        expire_uses(self.now, &mut world);
        let windows = Windows::at(world.account(ANNS).unwrap().zone(), self.now);
        show_used(world.account_activity(ANNS).unwrap().used(period, usage, &windows))
    }

    fn funds(&self) -> String {
        let account = self.world.account(ANNS).unwrap();
        let funds = self.world.account_activity(ANNS).unwrap().funds;
        let available = funds.available(account.credit_limit);
        format!("{}/{}/{}", show(funds.balance), show(funds.held), show(available))
    }

    pub fn activity(&self, account: AccountId) -> Activity {
        self.world.account_activity(account).unwrap().as_ref().clone()
    }
}

/// The reasons of all checks that failed, in order.
pub fn failures(transaction: &Transaction) -> Vec<String> {
    let failed = transaction.checks.iter().filter_map(|check| match check.result {
        Checked::Fail(reason) => Some(reason.name().to_owned()),
        _ => None,
    });
    failed.collect()
}

fn show(minor: i64) -> String {
    crate::money::Major { minor, currency: Currency::parse("EUR").unwrap() }.to_string()
}

fn show_used(used: Used) -> String {
    format!("{}/{}", show(used.amount), used.count)
}
