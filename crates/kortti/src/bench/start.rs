//! The section about starting: from start to ready, and memory.

use super::{
    Bench, Machine,
    fill::{self, Stock},
    report::{self, Figure, Goal},
};
use crate::{Failure, server::Server};

/// How many times the first start is tried.
const FIRST_STARTS: u32 = 5;
/// The part of the filled store that is created over HTTP, and is in no snapshot when the server is killed: one in so many.
const TAIL_SHARE: usize = 10;
/// The most cards that are created so.
const TAIL_MAX: usize = 100_000;

impl Bench<'_> {
    /// From start to ready, and memory.
    pub(super) fn start(&mut self, machine: &Machine) -> Result<(), Failure> {
        let empty_memory = self.start_empty()?;
        let count = self.options.cards;
        report::progress(&format!("filling a store with {count} cards"));
        let folder = self.folder.join("filled");
        let took = fill::fill(&folder, Stock { cards: count, accounts: 0 })?;
        let rate =
            Figure::new("start", "cards filled in, in process", f64::from(count) / took.as_secs_f64(), "/s");
        self.report.add(rate.beside(&machine.flushes));
        self.report.add(Figure::new("start", "time to fill", took.as_secs_f64(), "s"));

        report::progress("starting on the filled store");
        let filled = Server::start(&folder)?;
        let ready =
            Figure::new("start", "ready with that many cards", filled.ready_after().as_secs_f64(), "s");
        self.report.add(ready.goal(Goal::Under(3.0)));
        let memory = filled.memory()?;
        self.report.add(Figure::new("start", "memory of the server with them", memory as f64 / 1e6, "MB"));
        let per_card = memory.saturating_sub(empty_memory) as f64 / f64::from(count);
        self.report.add(Figure::new("start", "memory for each card", per_card, "B"));

        report::progress("creating cards that no snapshot has");
        let tail = (count as usize / TAIL_SHARE).clamp(1, TAIL_MAX);
        self.create_some(&filled, tail)?;
        drop(filled);
        report::progress("starting after kill -9");
        let killed = Server::start(&folder)?;
        let ready = Figure::new(
            "start",
            "ready after more cards and kill -9",
            killed.ready_after().as_secs_f64(),
            "s",
        );
        self.report.add(ready.goal(Goal::Under(3.0)));
        Ok(())
    }

    /// The first start on an empty folder, and the memory of a server without cards.
    fn start_empty(&mut self) -> Result<u64, Failure> {
        report::progress("starting on empty folders");
        let folder = |turn: u32| self.folder.join(format!("empty-{turn}"));
        // How long an RSA key takes to be found is a matter of luck, so one start says little.
        let ready = |turn| Server::start(&folder(turn)).map(|server| server.ready_after());
        let ready = (0..FIRST_STARTS).map(ready).collect::<Result<Vec<_>, _>>()?;
        let slowest = ready.into_iter().max().unwrap_or_default().as_secs_f64();
        // A first start makes keys and hashes a secret, which takes memory that cards have no part in.
        let again = Server::start(&folder(0))?;
        let memory = again.memory()?;
        self.report.add(
            Figure::new("start", "ready, slowest of 5 first starts", slowest, "s").goal(Goal::Under(1.0)),
        );
        self.report.add(Figure::new("start", "memory of a server without cards", memory as f64 / 1e6, "MB"));
        Ok(memory)
    }
}
