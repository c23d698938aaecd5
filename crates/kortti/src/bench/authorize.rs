//! The section about authorisations.

use std::{ops::Range, path::Path};

use super::{
    Bench,
    fill::{self, Stock},
    latency::Latencies,
    load::{self, Arrivals, Measured},
    report::{self, Figure, Goal},
    requests::Authorize,
};
use crate::{Failure, server::Server};

/// The least connections that purchases at random times have, so that they seldom wait for one.
const POOL: usize = 256;
/// What a small programme has.
pub const FEW: Stock = Stock { cards: 1_000, accounts: 500 };

/// The rate of the open load.
const PER_SECOND: u32 = 5_000;

/// The part of the bare HTTP rate that authorisations shall reach.
const OF_LIVE: f64 = 0.5;
/// The part of the many-card rate that one hot card shall reach, and of the rate with few cards that many shall.
const OF_OTHER: f64 = 0.8;

impl Bench<'_> {
    /// Authorisations over HTTP: on many connections, at random times, on one connection, with one card, and with few cards.
    pub(super) fn authorize(&mut self, many: &Path, few: &Path, stock: Stock) -> Result<(), Failure> {
        let first = u64::from(fill::FIRST_CARD);
        let server = Server::start(many)?;
        let live = self.live(&server)?;
        let cards = first..first + u64::from(stock.cards);
        // One like the others: the first ones have limits of their own where the rules were measured alone before.
        let hot = cards.end - 1..cards.end;
        let name = "many cards";
        let closed = self.closed(name, &server, self.connections(), cards.clone(), 1)?;
        let rate = Figure::new(name, "authorisations", closed.per_second(), "/s");
        self.report.add(rate.clone().goal(Goal::AtLeast(OF_LIVE * live.value())).beside(&live));
        self.spread(name, &closed.latencies, None, Some(10.0));
        self.purchases(name, &closed);

        let name = "5,000/s at random";
        let arrivals = Arrivals::poisson(PER_SECOND, !2);
        let workload = Authorize::with(cards.clone(), 2);
        let connections = self.connections().max(POOL);
        report::progress("authorising at random times");
        let open = load::open(server.address(), connections, arrivals, self.span(), workload)?;
        self.report.add(Figure::new(name, "authorisations", open.per_second(), "/s"));
        self.spread(name, &open.latencies, Some(0.6), Some(3.0));
        self.purchases(name, &open);

        let name = "one connection";
        let one = self.closed(name, &server, 1, cards, 3)?;
        self.report.add(Figure::new(name, "authorisations", one.per_second(), "/s"));
        self.spread(name, &one.latencies, Some(0.4), None);

        let name = "one hot card";
        let hot = self.closed(name, &server, self.connections(), hot, 4)?;
        let hot = Figure::new(name, "authorisations", hot.per_second(), "/s");
        self.report.add(hot.goal(Goal::AtLeast(OF_OTHER * rate.value())).beside(&rate));
        drop(server);

        let server = Server::start(few)?;
        let name = "1,000 cards";
        let few = self.closed(name, &server, self.connections(), first..first + u64::from(FEW.cards), 5)?;
        let few = Figure::new(name, "authorisations", few.per_second(), "/s");
        self.report.add(few.clone());
        let share = Figure::new(name, "many cards against them", 100.0 * rate.value() / few.value(), "%");
        self.report.add(share.goal(Goal::AtLeast(100.0 * OF_OTHER)));
        Ok(())
    }

    pub(super) fn closed(
        &self,
        name: &str,
        server: &Server,
        connections: usize,
        cards: Range<u64>,
        run: u32,
    ) -> Result<Measured<Authorize>, Failure> {
        report::progress(&format!("authorising: {name}"));
        load::closed(server.address(), connections, self.span(), Authorize::with(cards, run))?.flawless()
    }

    pub(super) fn spread(
        &mut self,
        section: &'static str,
        latencies: &Latencies,
        p50: Option<f64>,
        p99: Option<f64>,
    ) {
        for (name, share, goal) in [("p50", 0.5, p50), ("p99", 0.99, p99), ("p99.9", 0.999, None)] {
            let figure = Figure::new(section, name, latencies.percentile_ms(share), "ms");
            self.report.add(match goal {
                Some(longest) => figure.goal(Goal::Under(longest)),
                None => figure,
            });
        }
    }

    fn purchases(&mut self, section: &'static str, measured: &Measured<Authorize>) {
        let approved = 100.0 * measured.workload.approved();
        self.report.add(Figure::new(section, "approved", approved, "%"));
        let failures = Figure::new(section, "failed requests", measured.failures() as f64, "in all");
        self.report.add(failures.goal(Goal::Under(1.0)));
        if measured.lateness.count() > 0 {
            let [p50, p99] = [0.5, 0.99].map(|share| measured.lateness.percentile_ms(share));
            self.report.add(Figure::new(section, "of it the load's own delay, p50", p50, "ms"));
            self.report.add(Figure::new(section, "of it the load's own delay, p99", p99, "ms"));
        }
    }
}
