//! Runs a history through the real rules and the model, and compares all there is after every step.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    super::{
        super::world::{ANNS, CARD, World},
        script::{SECOND, euros, issue_second, only},
    },
    history::{Amount, Step, Wait},
    reference::{ACCOUNT, Answer, Model, Owner},
};
use crate::{
    calendar::Zone,
    controls::Controls,
    decide::{Command, LimitRequest, RequestedRule, Transact, UpdateCard, tests::given},
    event::Event,
    id::{CardId, TransactionId},
    limit::{Bounds, Period, Rule, UsageType},
    money::Decimal,
    product::Terms,
    reference::Mcc,
    time::Timestamp,
    transaction::{
        Advice, Authorise, Book, Clear, CountryCode, Fee, Increment, Merchant, Original, Post, PostKind,
        Refund, Request, Reverse, Transaction, TransactionType,
    },
    usage::{Activity, ROLLING_MS},
    view::{State, View, expire_uses},
};

const CARDS: [CardId; 2] = [CARD, SECOND];

/// A history as it runs.
pub struct Run {
    pub world: World,
    /// The world before the first step.
    pub base: World,
    pub events: Vec<(Event, Timestamp)>,
    pub reasons: BTreeSet<&'static str>,
    model: Model,
    ids: Vec<TransactionId>,
}

/// The base: two cards of one account with five euros, whose days begin in `zone`.
fn base(start: Timestamp, zone: &str) -> World {
    let mut world = World::new();
    let zone = Zone::parse(zone).unwrap();
    world.run(Command::IssueCard(given::issue()), start).unwrap();
    world.run(Command::IssueCard(issue_second()), start).unwrap();
    let mut account = world.account(ANNS).unwrap().as_ref().clone();
    account.zone = Some(Box::new(zone.clone()));
    world.put_account(account);
    let mut product = world.product(world.card().product).unwrap().as_ref().clone();
    product.terms = Some(Box::new(Terms { zone, ..Terms::default() }));
    world.put_product(product);
    world
}

impl Run {
    pub fn new(start: Timestamp, zone: &str) -> Self {
        let base = base(start, zone);
        let (world, model) = (base.clone(), Model::new(start, zone));
        let mut run =
            Self { world, base, events: Vec::new(), reasons: BTreeSet::new(), model, ids: Vec::new() };
        run.take(&Step::Load(500));
        run
    }

    pub fn take(&mut self, step: &Step) {
        self.expire_holds();
        if let Step::Wait(wait) = step {
            self.wait(*wait);
            self.expire_holds();
        }
        let Some(place) = self.place(step) else { return };
        let cleared = match step {
            Step::Clear { amount: Amount::Of(amount), .. } => *amount,
            Step::Clear { amount: Amount::HeldAnd(more), .. } => {
                (self.model.payments[place].held + more).max(1)
            }
            _ => 0,
        };
        let before = self.within_limits();
        let expected = self.model.take(step, place, cleared);
        if let Some(command) = self.command(step, place, cleared) {
            let events = self.run(command);
            if matches!(step, Step::Authorise { .. }) {
                self.ids.push(TransactionId::of(0, self.world.entries.0));
            }
            if let Some(expected) = expected {
                self.compare(step, expected, only(&events));
            }
        }
        self.compare_figures(step);
        let decided = matches!(step, Step::Authorise { advice: None, .. } | Step::Increment { .. });
        if decided {
            let after = self.within_limits();
            assert!(before.is_subset(&after), "{step:?} went over a limit");
        }
    }

    fn place(&self, step: &Step) -> Option<usize> {
        let count = self.ids.len();
        match step {
            Step::Increment { which, .. } | Step::Reverse { which, .. } | Step::Clear { which, .. } => {
                (count > 0).then(|| count - 1 - which % count)
            }
            _ => Some(count),
        }
    }

    fn run(&mut self, command: Command) -> Vec<Event> {
        let now = self.model.now;
        let events = self.world.run(command, now).unwrap();
        self.events.extend(events.iter().map(|event| (event.clone(), now)));
        events
    }

    fn wait(&mut self, wait: Wait) {
        let newest = self.model.payments.last();
        let until = match wait {
            Wait::For(ms) => self.model.now.plus_ms(ms),
            Wait::PastMidnight(ms) => self.model.midnight().plus_ms(ms),
            Wait::PastRolling(ms) => {
                newest.map_or(self.model.now, |newest| newest.at.plus_ms(ROLLING_MS + ms))
            }
            Wait::PastHold(ms) => newest.map_or(self.model.now, |newest| newest.expires.plus_ms(ms)),
        };
        self.model.now = self.model.now.max(until);
    }

    /// Releases the holds whose time is over, as their jobs do.
    fn expire_holds(&mut self) {
        for place in 0..self.ids.len() {
            let known = self.world.authorisation(self.ids[place]).unwrap().state;
            let payment = &self.model.payments[place];
            let due = payment.end.is_none() && payment.expires <= self.model.now;
            assert_eq!(known.is_due(self.model.now), due);
            if due {
                let request = Request::ExpireHold(self.ids[place]);
                let events = self.run(Command::Transact(Transact { request, message: None }));
                let expected = self.model.expire(place);
                self.compare(&Step::Wait(Wait::For(0)), expected, only(&events));
            }
        }
    }

    fn compare(&mut self, step: &Step, expected: Answer, found: &Transaction) {
        let answer = Answer { approved: found.approved, reason: found.reason.name(), amount: found.amount };
        assert_eq!(answer, expected, "{step:?}: {:?}", found.checks);
        self.reasons.insert(answer.reason);
        assert_eq!(found.postings.iter().map(|posting| posting.minor).sum::<i64>(), 0, "{step:?}");
        let counts = found.authorisation.as_ref().is_some_and(|state| !state.counted.kinds.is_empty());
        assert!(counts || found.counted.is_none(), "{step:?} says that it counted");
        assert_eq!(found.available, self.model.balance() - self.model.held(), "{step:?}");
    }

    fn compare_figures(&self, step: &Step) {
        let mut world = self.world.clone();
        expire_uses(self.model.now, &mut world);
        let windows = self.model.windows();
        for owner in 0..=ACCOUNT {
            let activity = activity(&world, owner);
            for period in Period::ALL {
                for usage in UsageType::ALL {
                    let used = activity.used(period, usage, &windows);
                    let expected = self.model.used(owner, period, usage);
                    assert_eq!(used, expected, "{period:?} {usage:?} of {owner} after {step:?}");
                    assert!(used.amount >= 0 && used.count >= 0);
                }
            }
        }
        let funds = activity(&world, ACCOUNT).funds;
        assert_eq!((funds.balance, funds.held), (self.model.balance(), self.model.held()), "{step:?}");
        let states = world.authorisations.values().map(|known| known.state);
        assert_eq!(
            states.clone().filter(|state| state.end.is_none()).map(|state| state.held).sum::<i64>(),
            funds.held
        );
        for state in states {
            assert!(state.held >= 0, "{state:?}");
            assert!(state.end.is_none() || state.held == 0, "{state:?}");
            let cleared = if state.is_credit() { 0 } else { state.cleared };
            assert_eq!(state.counted.amount, state.held + cleared, "{state:?}");
            assert!(
                state.counted.kinds.is_empty() || state.approved >= state.held + state.reversed,
                "{state:?}"
            );
        }
        assert_eq!(world.books.values().sum::<i64>(), 0);
        let book = |book: Book| {
            world.books.iter().filter(|((_, _, of), _)| *of == book).map(|(_, minor)| minor).sum::<i64>()
        };
        assert_eq!(
            (book(Book::Balance), book(Book::Held), book(Book::Reserve)),
            (funds.balance, funds.held, -funds.held)
        );
    }

    /// The limits whose sum is not exceeded now.
    fn within_limits(&self) -> BTreeSet<(Owner, Period, UsageType)> {
        let mut within = BTreeSet::new();
        for owner in 0..=ACCOUNT {
            for period in Period::ALL {
                for usage in UsageType::ALL {
                    let most = self.model.is_limited_to(owner, period, usage).unwrap_or(i64::MAX);
                    if self.model.used(owner, period, usage).amount <= most {
                        within.insert((owner, period, usage));
                    }
                }
            }
        }
        within
    }

    fn command(&self, step: &Step, place: usize, cleared: i64) -> Option<Command> {
        let id = self.ids.get(place).copied();
        let post = |kind, amount: i64| {
            Request::Post(Box::new(Post {
                card: None,
                account: Some(ANNS),
                kind,
                amount: euros(amount),
                details: None,
            }))
        };
        let request = match step {
            Step::Authorise { .. } => Request::Authorise(Arc::new(authorise(step)?)),
            Step::Increment { amount, .. } => {
                let amount = euros(*amount);
                Request::Increment(Box::new(Increment { authorisation: id?, amount, billing: None }))
            }
            Step::Reverse { amount, .. } => {
                let original = Original::Authorisation(id?);
                Request::Reverse(Reverse { original, amount: amount.map(euros) })
            }
            Step::Clear { last, credit, .. } => {
                Request::Clear(Box::new(clear(id, None, cleared, *last, *credit)))
            }
            Step::ClearAlone { card, amount, credit } => {
                Request::Clear(Box::new(clear(None, Some(CARDS[*card]), *amount, true, *credit)))
            }
            Step::Refund { card, amount } => Request::Refund(Box::new(Refund {
                card: CARDS[*card],
                amount: euros(*amount),
                billing: None,
                merchant: None,
                details: None,
            })),
            Step::Load(amount) => post(PostKind::Deposit, *amount),
            Step::Debit(amount) => post(PostKind::Debit, *amount),
            Step::Fee(amount) => Request::Fee(Fee {
                card: None,
                account: Some(ANNS),
                code: "F".into(),
                amount: euros(*amount),
            }),
            Step::Limit { owner, period, usage, rule, reset } => {
                let limits = vec![limit(*period, *usage, *rule, *reset)];
                return Some(if *owner == ACCOUNT {
                    let template = self.world.account(ANNS).unwrap().template;
                    let update = given::update_account(ANNS, template);
                    Command::UpdateAccount(crate::decide::UpdateAccount { limits, ..update })
                } else {
                    Command::UpdateCard(UpdateCard { limits, ..given::update(CARDS[*owner]) })
                });
            }
            Step::Lock { card, locked } => {
                let controls = Controls { first_merchant_lock: Some(*locked), ..Controls::default() };
                return Some(Command::UpdateCard(UpdateCard { controls, ..given::update(CARDS[*card]) }));
            }
            Step::Wait(_) => return None,
        };
        Some(Command::Transact(Transact { request, message: None }))
    }
}

fn activity(world: &World, owner: Owner) -> Arc<Activity> {
    let found =
        CARDS.get(owner).map_or_else(|| world.account_activity(ANNS), |card| world.card_activity(*card));
    found.unwrap_or_default()
}

fn authorise(step: &Step) -> Option<Authorise> {
    let Step::Authorise { card, transaction_type, mode, amount, merchant, mcc, partial, advice } = step
    else {
        return None;
    };
    Some(Authorise {
        card: Some(CARDS[*card]),
        transaction_type: *transaction_type,
        entry_mode: *mode,
        amount: euros(*amount),
        billing: None,
        merchant: Merchant {
            mcc: Mcc::parse(mcc).unwrap(),
            country: CountryCode::parse("FIN").unwrap(),
            id: Some(format!("M{merchant}").into()),
            name: None,
            city: None,
            terminal: None,
            acquirer: None,
        },
        partial_capable: *partial,
        expiry: None,
        advice: advice.map(|approved| Advice { approved, response_code: None }),
        details: None,
        unknown_number: None,
    })
}

fn clear(
    authorisation: Option<TransactionId>,
    card: Option<CardId>,
    minor: i64,
    last: bool,
    credit: bool,
) -> Clear {
    let transaction_type = credit.then_some(TransactionType::Credit);
    Clear {
        authorisation,
        card,
        amount: euros(minor),
        billing: None,
        last,
        transaction_type,
        merchant: None,
        details: None,
    }
}

fn limit(period: Period, usage: UsageType, rule: Option<Rule>, reset: bool) -> LimitRequest {
    let euros = |minor: i64| Decimal::parse(&format!("{}.{:02}", minor / 100, minor % 100)).unwrap();
    let rule = rule.map(|rule| match rule {
        Rule::Off => RequestedRule::Off,
        Rule::Within(Bounds { single, sum, count }) => {
            RequestedRule::Within { single: single.map(euros), sum: sum.map(euros), count }
        }
    });
    LimitRequest { period, usage, rule, reset, field: "f".into() }
}
