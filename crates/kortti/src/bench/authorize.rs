//! The section about authorisations.

use std::ops::Range;

use super::{
    Bench,
    load::{self, Arrivals, Measured},
    report::{self, Figure},
    requests::Authorize,
    server::Server,
};
use crate::Failure;

/// The least connections that purchases at random times have, so that they seldom wait for one.
const POOL: usize = 256;

/// How purchases come.
#[derive(Clone, Copy)]
pub enum Purchases {
    /// On each connection the next as soon as the one before is answered.
    Closed,
    /// This many a second, at random times.
    PerSecond(u32),
}

impl Bench<'_> {
    /// Loads the server with purchases with these cards and adds the figures under the name of `section`. No two calls on a
    /// store may have the same number `run`. The rate, for further figures that go by it.
    pub(super) fn authorize(
        &mut self,
        section: &'static str,
        server: &Server,
        purchases: Purchases,
        cards: Range<u64>,
        run: u32,
    ) -> Result<Figure, Failure> {
        report::progress(&format!("authorising: {section}"));
        let (address, connections, span) = (server.address(), self.connections(), self.span());
        let workload = Authorize::with(cards, run);
        let measured = match purchases {
            Purchases::Closed => load::closed(address, connections, span, workload)?.flawless()?,
            Purchases::PerSecond(rate) => {
                // Another seed than the workload's: the times have nothing to do with the cards.
                let arrivals = Arrivals::poisson(rate, !u64::from(run));
                load::open(address, connections.max(POOL), arrivals, span, workload)?
            }
        };
        let rate = Figure::new(section, "authorisations", measured.per_second(), "/s");
        self.report.add(rate.clone());
        self.purchases(section, &measured);
        Ok(rate)
    }

    fn purchases(&mut self, section: &'static str, measured: &Measured<Authorize>) {
        self.latencies(section, &measured.latencies);
        let p999 = measured.latencies.percentile_ms(0.999);
        self.report.add(Figure::new(section, "p99.9", p999, "ms"));
        let approved = 100.0 * measured.workload.approved();
        self.report.add(Figure::new(section, "approved", approved, "%"));
        self.report.add(Figure::new(section, "failed requests", measured.failures() as f64, "in all"));
        if measured.lateness.count() > 0 {
            let [p50, p99] = [0.5, 0.99].map(|share| measured.lateness.percentile_ms(share));
            self.report.add(Figure::new(section, "of it the load's own delay, p50", p50, "ms"));
            self.report.add(Figure::new(section, "of it the load's own delay, p99", p99, "ms"));
        }
    }
}
