//! `kortti bench`: what this machine makes of the system, each figure beside its goal and beside what the machine itself can
//! do, measured in the same run.
//!
//! The server under test is this same program, started as a child on a folder of its own; the load is made here, on the same
//! machine, so the two share its cores. Creating, reading and creating with a card number use one server one after the other.

mod authorize;
mod cards;
mod fill;
mod history;
mod latency;
mod ledger;
mod load;
mod machine;
mod postgres;
mod report;
mod requests;
mod several;
mod start;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, ValueEnum};

use self::{
    fill::Stock,
    latency::Latencies,
    load::Span,
    report::{Figure, Report},
    requests::Live,
};
use crate::{
    Failure,
    location::{Location, PostgresSettings},
    say,
    server::Server,
};

/// How long each of the machine's own limits is measured at most.
const PROBE: Duration = Duration::from_secs(2);

/// What to measure, and how.
#[derive(Args, Clone)]
pub struct Options {
    /// What to measure [default: everything but postgres]
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
    /// An empty PostgreSQL database, for the section that needs one
    #[arg(long, env = "KORTTI_BENCH_STORE", value_name = "URL", hide_env_values = true)]
    store: Option<String>,
    /// How many entries the journal on PostgreSQL gets more before the many cards are measured again; 10,000,000 take some
    /// ten minutes and ten gigabytes [default: none, and nothing is measured again]
    #[arg(long, default_value_t = 0, hide_default_value = true, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=1_000_000_000))]
    entries: u64,
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
    /// Decisions in this process
    Ledger,
    /// Authorisations over HTTP
    Authorize,
    /// Authorisations over HTTP on PostgreSQL, beside pgbench, on one process and several of which one fails; needs --store
    Postgres,
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
    let said = say(&if options.json { report.json()? } else { report.table() });
    match report.missed() {
        missed if missed > 0 && options.check => Err(Failure::new(format!("goals missed: {missed}"))),
        _ => said,
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
        // First, so that nobody waits for what fails then.
        let database = self.database()?.map(str::to_owned);
        let machine = self.machine()?;
        let loads = [Section::Create, Section::Read, Section::Jwe];
        if loads.into_iter().any(|section| self.wants(section)) {
            self.loads(&machine)?;
        }
        if self.wants(Section::Start) {
            self.start(&machine)?;
        }
        if self.wants(Section::Ledger) || self.wants(Section::Authorize) {
            self.money()?;
        }
        if let Some(database) = &database {
            self.postgres(database)?;
        }
        Ok(self.report)
    }

    /// The empty database for the section that needs one, where that is asked for by its name: the environment may name a store
    /// that is nobody's to measure.
    ///
    /// # Errors
    /// When there is none, or it is in use.
    fn database(&self) -> Result<Option<&str>, Failure> {
        if !self.options.sections.contains(&Section::Postgres) {
            return Ok(None);
        }
        let wanted = || Failure::new("--store or KORTTI_BENCH_STORE must name an empty PostgreSQL database");
        let url = self.options.store.as_deref().ok_or_else(wanted)?;
        match Location::parse(url, &PostgresSettings::default())? {
            Location::Sqlite(_) => Err(wanted()),
            location @ Location::Postgres(_) => location.make_new("bench").map(|()| Some(url)),
        }
    }

    /// Decisions in this process, and then over HTTP on the same store.
    fn money(&mut self) -> Result<(), Failure> {
        let (folder, stock) = (self.folder.join("money"), self.stock());
        report::progress(&format!(
            "filling a store with {} cards on {} accounts",
            stock.cards, stock.accounts
        ));
        fill::fill(&folder, stock)?;
        if self.wants(Section::Ledger) {
            self.ledger(&folder, stock)?;
        }
        if self.wants(Section::Authorize) {
            let few = self.folder.join("few");
            fill::fill(&few, authorize::FEW)?;
            self.authorize(&folder, &few, stock)?;
        }
        Ok(())
    }

    fn stock(&self) -> Stock {
        Stock { cards: self.options.cards, accounts: self.options.cards.div_ceil(2) }
    }

    fn wants(&self, section: Section) -> bool {
        self.options.sections.is_empty() || self.options.sections.contains(&section)
    }

    fn machine(&mut self) -> Result<Machine, Failure> {
        report::progress("measuring flushes and RSA");
        let probe = self.probe();
        let disk = machine::flushes(self.folder, probe)?;
        let flushes = Figure::new("machine", "flushes of 4 KiB to the disk", disk.per_second, "/s");
        let flush = |name, share| Figure::new("machine", name, micros(&disk.latencies, share), "µs");
        let rsa = machine::card_numbers_opened_per_second(probe)?;
        let rsa = Figure::new("machine", "RSA-2048 private operations, one core", rsa, "/s");
        self.report.add(flushes.clone());
        self.report.add(flush("one of them, p50", 0.5));
        self.report.add(flush("one of them, p99", 0.99));
        self.report.add(rsa.clone());
        Ok(Machine { flushes, rsa })
    }

    /// What HTTP alone lets through: a request for which the server does nothing, on as many connections as the loads have and
    /// on one.
    fn live(&mut self, server: &Server) -> Result<Figure, Failure> {
        report::progress("asking whether the server lives");
        let span = Span { measure: self.probe(), ..self.span() };
        let many = load::closed(server.address(), self.connections(), span, Live)?.flawless()?;
        let live = Figure::new("machine", "GET /health/live", many.per_second(), "/s");
        self.report.add(live.clone());
        self.report.add(Figure::new("machine", "one of them, p99", many.latencies.percentile_ms(0.99), "ms"));
        let one = load::closed(server.address(), 1, span, Live)?.flawless()?;
        self.report.add(Figure::new("machine", "on one connection", one.per_second(), "/s"));
        self.report.add(Figure::new("machine", "on one connection, p50", micros(&one.latencies, 0.5), "µs"));
        Ok(live)
    }

    fn latencies(&mut self, section: &'static str, latencies: &Latencies) {
        self.report.add(Figure::new(section, "p50", latencies.percentile_ms(0.5), "ms"));
        self.report.add(Figure::new(section, "p99", latencies.percentile_ms(0.99), "ms"));
    }

    /// How long each of the machine's own limits is measured.
    fn probe(&self) -> Duration {
        PROBE.min(self.span().measure)
    }

    fn connections(&self) -> usize {
        usize::from(self.options.connections)
    }

    fn span(&self) -> Span {
        let measure = Duration::from_secs(self.options.seconds);
        Span { warm_up: measure / 5, measure }
    }
}

/// What this share of them did not exceed, in microseconds.
fn micros(latencies: &Latencies, share: f64) -> f64 {
    1000.0 * latencies.percentile_ms(share)
}
