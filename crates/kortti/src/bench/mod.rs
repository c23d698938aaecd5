//! `kortti bench`: what this machine makes of the system, each figure beside its goal and beside what the machine itself can
//! do, measured in the same run.
//!
//! The server under test is this same program, started as a child on a folder of its own; the load is made here, on the same
//! machine, so the two share its cores. Creating, reading and creating with a card number use one server one after the other.

mod fill;
mod http;
mod latency;
mod load;
mod machine;
mod random;
mod report;
mod requests;
mod server;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, ValueEnum};

use self::{
    latency::Latencies,
    load::Span,
    report::{Figure, Goal, Report},
    requests::{Create, CreateWithNumber, Live, Read},
    server::Server,
};
use crate::{Failure, say};

/// The least number of cards that random reads choose from.
const CARDS_TO_READ: usize = 20_000;
/// The reads that go on while cards are created with numbers, in a second.
const LIGHT_READS_PER_SECOND: u32 = 200;
/// The connections those reads are spread over.
const LIGHT_READERS: usize = 8;
/// How long each of the machine's own limits is measured at most.
const PROBE: Duration = Duration::from_secs(2);
/// How many times the first start is tried.
const FIRST_STARTS: u32 = 5;
/// The part of the filled store that is created over HTTP, and is in no snapshot when the server is killed: one in so many.
const TAIL_SHARE: usize = 10;
/// The most cards that are created so.
const TAIL_MAX: usize = 100_000;

/// What to measure, and how.
#[derive(Args, Clone)]
pub struct Options {
    /// What to measure [default: everything]
    #[arg(value_enum)]
    sections: Vec<Section>,
    /// How long each load lasts, after a fifth of it to warm up
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// How many connections each load keeps open
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    connections: u16,
    /// How many cards the store has that the start is measured with
    #[arg(long, default_value_t = 1_000_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    cards: u32,
    /// The folder to make the stores in; its disk is the one measured [default: the system's folder for temporary files]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Fail when a goal is missed
    #[arg(long)]
    check: bool,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Section {
    /// Creating cards
    Create,
    /// Reading cards
    Read,
    /// Creating cards whose number comes encrypted
    Jwe,
    /// From start to ready, and memory
    Start,
}

/// Measures and prints.
///
/// # Errors
/// When something cannot be measured: a request was not answered well, or the server did not start. With `--check` also when
/// a goal was missed.
pub fn run(options: &Options) -> Result<(), Failure> {
    let parent = options.data.clone().unwrap_or_else(std::env::temp_dir);
    let what = format!("cannot make a folder in {}", parent.display());
    let folder =
        tempfile::Builder::new().prefix("kortti-bench-").tempdir_in(&parent).map_err(Failure::of(&what))?;
    let report = Bench { options, folder: folder.path(), report: Report::default() }.measure()?;
    say(&if options.json { report.json()? } else { report.table() })?;
    match report.missed() {
        missed if missed > 0 && options.check => Err(Failure::new(format!("goals missed: {missed}"))),
        _ => Ok(()),
    }
}

/// A run.
struct Bench<'a> {
    options: &'a Options,
    folder: &'a Path,
    report: Report,
}

/// What the machine itself can do, each in a second.
struct Machine {
    flushes: Figure,
    rsa: Figure,
}

impl Bench<'_> {
    fn measure(mut self) -> Result<Report, Failure> {
        let machine = self.machine()?;
        let loads = [Section::Create, Section::Read, Section::Jwe];
        if loads.into_iter().any(|section| self.wants(section)) {
            self.loads(&machine)?;
        }
        if self.wants(Section::Start) {
            self.start(&machine)?;
        }
        Ok(self.report)
    }

    fn wants(&self, section: Section) -> bool {
        self.options.sections.is_empty() || self.options.sections.contains(&section)
    }

    fn machine(&mut self) -> Result<Machine, Failure> {
        report::progress("the machine: flushes, RSA");
        let probe = PROBE.min(self.span().measure);
        let flushes = machine::flushes_per_second(self.folder, probe)?;
        let flushes = Figure::new("machine", "flushes of 4 KiB to the disk", flushes, "/s");
        let rsa = machine::card_numbers_opened_per_second(probe)?;
        let rsa = Figure::new("machine", "RSA-2048 private operations, one core", rsa, "/s");
        self.report.add(flushes.clone());
        self.report.add(rsa.clone());
        Ok(Machine { flushes, rsa })
    }

    /// The sections that put load on a server.
    fn loads(&mut self, machine: &Machine) -> Result<(), Failure> {
        let server = Server::start(&self.folder.join("loads"))?;
        let mut cards = Vec::new();
        if self.wants(Section::Create) {
            cards = self.create(&server, machine)?;
        }
        if cards.len() < CARDS_TO_READ {
            report::progress("creating cards to read");
            cards.extend(self.create_some(&server, CARDS_TO_READ - cards.len())?);
        }
        if self.wants(Section::Read) {
            self.read(&server, &cards)?;
        }
        if self.wants(Section::Jwe) {
            self.create_with_numbers(&server, machine, cards)?;
        }
        Ok(())
    }

    fn create(&mut self, server: &Server, machine: &Machine) -> Result<Vec<u64>, Failure> {
        report::progress("creating cards");
        let created = load::closed(server.address(), self.connections(), self.span(), Create::without_end())?;
        let rate = Figure::new("create", "cards created", created.per_second(), "/s");
        self.report.add(rate.goal(Goal::AtLeast(5_000.0)).beside(&machine.flushes));
        self.latencies("create", &created.latencies);
        Ok(created.workload.into_created())
    }

    fn create_some(&self, server: &Server, count: usize) -> Result<Vec<u64>, Failure> {
        let created =
            load::closed(server.address(), self.connections(), Span::UNLIMITED, Create::at_most(count))?;
        Ok(created.workload.into_created())
    }

    fn read(&mut self, server: &Server, cards: &[u64]) -> Result<(), Failure> {
        report::progress("asking whether the server lives");
        let live = load::closed(server.address(), self.connections(), self.span(), Live)?;
        let live = Figure::new("machine", "GET /health/live", live.per_second(), "/s");
        self.report.add(live.clone());
        report::progress("reading cards");
        let workload = Read::among(cards.to_vec());
        let read = load::closed(server.address(), self.connections(), self.span(), workload)?;
        let rate = Figure::new("read", "cards read", read.per_second(), "/s");
        self.report.add(rate.goal(Goal::AtLeast(0.5 * live.value())).beside(&live));
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
            let reads =
                || load::open(address, LIGHT_READERS, LIGHT_READS_PER_SECOND, span, Read::among(cards));
            let reads = scope.spawn(reads);
            let created = load::closed(address, connections, span, workload);
            (created, reads.join())
        });
        let (created, read) = (created?, read.map_err(|_| Failure::new("the light reads ended badly"))??);
        let rate = Figure::new("jwe", "cards created with encrypted numbers", created.per_second(), "/s");
        self.report.add(rate.goal(Goal::AtLeast(0.6 * machine.rsa.value())).beside(&machine.rsa));
        self.latencies("jwe", &created.latencies);
        let p99 =
            Figure::new("jwe", "p99 of 200 reads/s meanwhile", read.latencies.percentile_ms(0.99), "ms");
        self.report.add(p99.goal(Goal::Under(20.0)));
        Ok(())
    }

    fn start(&mut self, machine: &Machine) -> Result<(), Failure> {
        let empty_memory = self.start_empty()?;
        let count = self.options.cards;
        report::progress(&format!("filling a store with {count} cards"));
        let folder = self.folder.join("filled");
        let took = fill::fill(&folder, count)?;
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

    fn latencies(&mut self, section: &'static str, latencies: &Latencies) {
        self.report.add(Figure::new(section, "p50", latencies.percentile_ms(0.5), "ms"));
        self.report.add(Figure::new(section, "p99", latencies.percentile_ms(0.99), "ms"));
    }

    fn connections(&self) -> usize {
        usize::from(self.options.connections)
    }

    fn span(&self) -> Span {
        let measure = Duration::from_secs(self.options.seconds);
        Span { warm_up: measure / 5, measure }
    }
}
