//! The sections about decisions in this process: the pure rules, and the ledger with its disk.

use std::{path::Path, sync::Arc, time::Instant};

use kortti_app::{App, message_key};
use kortti_core::{
    decide::{Command, LimitRequest, RequestedRule, Transact, UpdateCard, decide},
    entry::Origin,
    id::{CardId, InstitutionId},
    limit::{Period, UsageType},
    money::{Decimal, Money},
    reference::Mcc,
    transaction::{Authorise, CountryCode, EntryMode, Merchant, Request, TransactionType},
};
use tokio::task::JoinSet;

use super::{
    Bench,
    fill::{self, Stock},
    latency::Latencies,
    load::Span,
    report::{self, Figure, Goal},
};
use crate::{Failure, open, random::Random};

/// The callers at once, and for them the least decisions a second and the longest p99 in milliseconds.
const CALLERS: [(&str, usize, f64, f64); 3] = [
    ("16 callers", 16, 40_000.0, 1.0),
    ("64 callers", 64, 90_000.0, 2.0),
    ("256 callers", 256, 150_000.0, 12.0),
];
/// How often each decision is measured.
const ROUNDS: u32 = 5;
/// How many uses the rolling window has when its cost is measured.
const WINDOWS: [(&str, u32); 3] = [
    ("12 limits, 10 uses in the window", 10),
    ("12 limits, 50 uses in the window", 50),
    ("12 limits, 10,000 uses in the window", 10_000),
];

impl Bench<'_> {
    /// Decisions in this process: the rules alone, then with the ledger under them, on `stock`.
    pub(super) fn ledger(&mut self, folder: &Path, stock: Stock) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(Failure::of("cannot start a runtime"))?;
        let app = runtime.block_on(open::app(&fill::config(folder)))?;
        let measured = runtime.block_on(async {
            self.rules(&app).await?;
            for (name, callers, rate, p99) in CALLERS {
                let latencies = self.callers(&app, callers, stock.cards).await?;
                let per_second = latencies.count() as f64 / self.span().measure.as_secs_f64();
                let decisions = Figure::new(name, "decisions", per_second, "/s");
                self.report.add(decisions.goal(Goal::AtLeast(rate)));
                self.report.add(Figure::new(name, "p50", latencies.percentile_ms(0.5), "ms"));
                let longest = Figure::new(name, "p99", latencies.percentile_ms(0.99), "ms");
                self.report.add(longest.goal(Goal::Under(p99)));
            }
            Ok(())
        });
        app.ledger().stop();
        measured
    }

    /// How long one decision takes by the rules alone, on cards with twelve limits that all apply. Each has a card of its own,
    /// so that nothing else is in its window.
    async fn rules(&mut self, app: &Arc<App>) -> Result<(), Failure> {
        report::progress("deciding by the rules alone");
        let cards = (fill::FIRST_CARD..).map(|card| CardId(card.into()));
        for (card, (_, uses)) in cards.clone().zip(WINDOWS) {
            limit(app, card).await?;
            for turn in 0..uses {
                submit(app, &format!("rules-{uses}-{turn}"), purchase(card, 1)).await?;
            }
        }
        // In turns, and the best of each: whatever else the machine does must not look like the window's doing.
        let mut micros = [f64::INFINITY; WINDOWS.len()];
        for _ in 0..ROUNDS {
            for (best, card) in micros.iter_mut().zip(cards.clone()) {
                *best = best.min(self.one_decision(app, card)?);
            }
        }
        for ((name, _), micros) in WINDOWS.into_iter().zip(micros) {
            self.report.add(Figure::new("decide", name, micros, "µs").goal(Goal::Under(2.0)));
        }
        let [few, .., many] = micros;
        let grown = Figure::new("decide", "10,000 uses against 10", many / few, "times");
        self.report.add(grown.goal(Goal::Under(1.25)));
        Ok(())
    }

    /// One decision, in microseconds.
    fn one_decision(&self, app: &Arc<App>, card: CardId) -> Result<f64, Failure> {
        let command = Command::Transact(Transact { request: purchase(card, 100), message: None });
        let state = app.ledger().state();
        let now = app.ledger().clock().now();
        let mut decisions = 0.0;
        let begin = Instant::now();
        while begin.elapsed() < self.probe() / ROUNDS {
            for _ in 0..1000 {
                let decided = decide(&command, InstitutionId::DEFAULT, now, state);
                std::hint::black_box(&decided);
                decided.map_err(Failure::of("a decision was refused"))?;
            }
            decisions += 1000.0;
        }
        Ok(begin.elapsed().as_secs_f64() * 1e6 / decisions)
    }

    /// What the ledger takes to decide for so many callers, each of whom asks again as soon as it is answered.
    async fn callers(&self, app: &Arc<App>, callers: usize, cards: u32) -> Result<Latencies, Failure> {
        report::progress(&format!("deciding for {callers} callers"));
        let load = Arc::new(Load::new(self.span()));
        let mut tasks = JoinSet::new();
        for caller in 0..callers {
            let (app, load) = (Arc::clone(app), Arc::clone(&load));
            tasks.spawn(async move { load.ask(&app, caller, callers, cards).await });
        }
        let mut latencies = Latencies::default();
        while let Some(ended) = tasks.join_next().await {
            latencies.merge(&ended.map_err(Failure::of("a caller ended badly"))??);
        }
        Ok(latencies)
    }
}

/// What the callers share.
struct Load {
    from: Instant,
    until: Instant,
}

impl Load {
    fn new(span: Span) -> Self {
        let from = Instant::now() + span.warm_up;
        Self { from, until: from + span.measure }
    }

    async fn ask(&self, app: &App, caller: usize, callers: usize, cards: u32) -> Result<Latencies, Failure> {
        let mut random = Random::seeded(caller as u64 + 1);
        let mut latencies = Latencies::default();
        for turn in 0_u64.. {
            let sent = Instant::now();
            if sent > self.until {
                break;
            }
            let card = CardId(i64::from(fill::FIRST_CARD) + random.below(cards.into()).cast_signed());
            let amount = 1 + random.below(2_000).cast_signed();
            submit(app, &format!("{callers}-{caller}-{turn}"), purchase(card, amount)).await?;
            let done = Instant::now();
            if done >= self.from && done <= self.until {
                latencies.note(done - sent);
            }
        }
        Ok(latencies)
    }
}

async fn submit(app: &App, message: &str, request: Request) -> Result<(), Failure> {
    let institution = InstitutionId::DEFAULT;
    let key = message_key(institution, message);
    let origin = Origin {
        institution: Some(institution),
        client: "sandbox".into(),
        audit_user: "bench".into(),
        request: None,
        idempotency: Some(key),
    };
    let command = Command::Transact(Transact { request, message: Some(key) });
    let outcome = app.ledger().submit(institution, origin, command, Vec::new()).await;
    outcome.map(drop).map_err(Failure::of("a decision was not made"))
}

/// A purchase in a shop.
pub fn purchase(card: CardId, minor: i64) -> Request {
    Request::Authorise(Arc::new(Authorise {
        card: Some(card),
        transaction_type: TransactionType::Retail,
        entry_mode: EntryMode::Contactless,
        amount: Money { minor, currency: fill::euro() },
        billing: None,
        merchant: Merchant {
            mcc: Mcc::parse("5411").unwrap_or_else(|| unreachable!("four digits")),
            country: CountryCode::parse("FIN").unwrap_or_else(|| unreachable!("three letters")),
            id: Some("M-000123".into()),
            name: Some("Corner shop".into()),
            city: Some("Helsinki".into()),
            terminal: Some("T-1".into()),
            acquirer: Some("400001".into()),
        },
        partial_capable: false,
        expiry: None,
        advice: None,
        details: None,
        unknown_number: None,
    }))
}

/// Gives a card twelve limits that a contactless purchase counts in.
async fn limit(app: &App, card: CardId) -> Result<(), Failure> {
    let rule = RequestedRule::Within {
        single: Some(Decimal::whole(1_000)),
        sum: Some(Decimal::whole(1_000_000)),
        count: Some(1_000_000),
    };
    let periods = [Period::Weekly, Period::Daily, Period::Rolling24Hours, Period::Monthly];
    let usages = [UsageType::All, UsageType::Retail, UsageType::Contactless];
    let limits = periods.into_iter().flat_map(|period| usages.map(|usage| (period, usage)));
    let limits = limits.map(|(period, usage)| LimitRequest {
        period,
        usage,
        rule: Some(rule),
        reset: false,
        field: "usageLimits".into(),
    });
    let command = UpdateCard { limits: limits.collect(), ..UpdateCard::of(card) };
    let caller = kortti_app::Caller::system(InstitutionId::DEFAULT, "kortti bench");
    app.update_card(&caller, command, |_| {}).await.map(drop).map_err(Failure::of("cannot set limits"))
}
