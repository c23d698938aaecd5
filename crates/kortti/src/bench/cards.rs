//! The sections about cards: creating, reading, creating with a card number.

use super::{
    Bench, Machine, Section,
    load::{self, Arrivals, Span},
    report::{self, Figure, Goal},
    requests::{Create, CreateWithNumber, Read},
};
use crate::{Failure, server::Server};

/// The least number of cards that random reads choose from.
const CARDS_TO_READ: usize = 20_000;
/// The reads that go on while cards are created with numbers, in a second.
const LIGHT_READS_PER_SECOND: u32 = 200;
/// The connections those reads have.
const LIGHT_READERS: usize = 8;

impl Bench<'_> {
    /// The sections that put load on a server.
    pub(super) fn loads(&mut self, machine: &Machine) -> Result<(), Failure> {
        let server = Server::start(&self.folder.join("loads"))?;
        let live = self.live(&server)?;
        let mut cards = Vec::new();
        if self.wants(Section::Create) {
            cards = self.create(&server, machine)?;
        }
        if cards.len() < CARDS_TO_READ {
            report::progress("creating cards to read");
            cards.extend(self.create_some(&server, CARDS_TO_READ - cards.len())?);
        }
        if self.wants(Section::Read) {
            self.read(&server, &live, &cards)?;
        }
        if self.wants(Section::Jwe) {
            self.create_with_numbers(&server, machine, cards)?;
        }
        Ok(())
    }

    fn create(&mut self, server: &Server, machine: &Machine) -> Result<Vec<u64>, Failure> {
        report::progress("creating cards");
        let created = load::closed(server.address(), self.connections(), self.span(), Create::without_end())?;
        let created = created.flawless()?;
        let rate = Figure::new("create", "cards created", created.per_second(), "/s");
        self.report.add(rate.goal(Goal::AtLeast(5_000.0)).beside(&machine.flushes));
        self.latencies("create", &created.latencies);
        Ok(created.workload.into_created())
    }

    pub(super) fn create_some(&self, server: &Server, count: usize) -> Result<Vec<u64>, Failure> {
        let created =
            load::closed(server.address(), self.connections(), Span::UNLIMITED, Create::at_most(count))?;
        Ok(created.flawless()?.workload.into_created())
    }

    fn read(&mut self, server: &Server, live: &Figure, cards: &[u64]) -> Result<(), Failure> {
        report::progress("reading cards");
        let workload = Read::among(cards.to_vec());
        let read = load::closed(server.address(), self.connections(), self.span(), workload)?.flawless()?;
        let rate = Figure::new("read", "cards read", read.per_second(), "/s");
        self.report.add(rate.goal(Goal::AtLeast(0.5 * live.value())).beside(live));
        self.latencies("read", &read.latencies);
        Ok(())
    }

    fn create_with_numbers(
        &mut self,
        server: &Server,
        machine: &Machine,
        cards: Vec<u64>,
    ) -> Result<(), Failure> {
        report::progress("encrypting card numbers");
        let span = self.span();
        // As many as one core could open in the time, and some for the start.
        let most = (machine.rsa.value() * 1.2 * (span.warm_up + span.measure).as_secs_f64()) as usize;
        let workload = CreateWithNumber::prepare(&server.certificate()?, most + self.connections())?;
        report::progress("creating cards with encrypted numbers");
        let (address, connections) = (server.address(), self.connections());
        let (created, read) = std::thread::scope(|scope| {
            let arrivals = Arrivals::even(LIGHT_READS_PER_SECOND);
            let reads = || load::open(address, LIGHT_READERS, arrivals, span, Read::among(cards));
            let reads = scope.spawn(reads);
            let created = load::closed(address, connections, span, workload);
            (created, reads.join())
        });
        let read = read.map_err(|_| Failure::new("the light reads ended badly"))?;
        let (created, read) = (created?.flawless()?, read?.flawless()?);
        let rate = Figure::new("jwe", "cards created with encrypted numbers", created.per_second(), "/s");
        self.report.add(rate.goal(Goal::AtLeast(0.6 * machine.rsa.value())).beside(&machine.rsa));
        self.latencies("jwe", &created.latencies);
        let p99 =
            Figure::new("jwe", "p99 of 200 reads/s meanwhile", read.latencies.percentile_ms(0.99), "ms");
        self.report.add(p99.goal(Goal::Under(20.0)));
        Ok(())
    }
}
