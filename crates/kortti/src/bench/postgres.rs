//! The section about a store on PostgreSQL: authorisations over HTTP, beside what the server's own benchmark makes of it,
//! on one process and on several, and with a long journal.

use std::{ops::Range, path::Path, process::Command};

use super::{
    Bench, fill, history,
    report::{self, Figure, Goal},
};
use crate::{
    Failure,
    config::StoreConfig,
    location::{Location, PostgresSettings},
    server::Server,
    url,
};

/// The size of the tables of pgbench; one is 100,000 accounts.
const SCALE: &str = "100";
/// How many times as much as pgbench authorisations shall reach, and how much of the time of one of its transactions one
/// authorisation may take.
const OF_PGBENCH: f64 = 5.0;
const OF_ONE_TRANSACTION: f64 = 0.5;
/// The part of the many-card rate that one hot card shall reach.
const OF_MANY: f64 = 0.8;
/// The part of the many-card rate that is to be left with a long journal.
const OF_SHORT: f64 = 0.9;

impl Bench<'_> {
    /// Authorisations on the empty database at `url`, in which a store is made, and pgbench's tables for a while.
    pub(super) fn postgres(&mut self, url: &str) -> Result<(), Failure> {
        let section = "PostgreSQL";
        let folder = self.folder.join("postgres");
        std::fs::create_dir_all(&folder).map_err(Failure::of("cannot make a folder"))?;
        let location = Location::parse(url, &PostgresSettings::default())?;
        let place = Place { url, folder: &folder };
        report::progress("letting pgbench fill its tables");
        pgbench(url, &["--initialize", "--quiet", "--scale", SCALE])?;
        let seconds = self.span().measure.as_secs().to_string();
        let mut rates = Vec::new();
        for clients in ["64", "1"] {
            place.tidy()?;
            report::progress(&format!("running pgbench with {clients} clients"));
            let jobs = if clients == "1" { "1" } else { "2" };
            let said = pgbench(url, &["-c", clients, "-j", jobs, "-M", "prepared", "-T", &seconds])?;
            rates.push(transactions_per_second(&said).ok_or_else(|| Failure::new("pgbench names no rate"))?);
        }
        pgbench(url, &["--initialize", "--init-steps", "d"])?;
        let [many, one] = rates[..] else { return Err(Failure::new("pgbench was not run")) };
        let many = Figure::new(section, "pgbench, 64 clients", many, "/s");
        let one = Figure::new(section, "pgbench, 1 client, one transaction", 1000.0 / one, "ms");
        self.report.add(many.clone());
        self.report.add(one.clone());

        let stock = self.stock();
        report::progress(&format!("filling a store on it with {} cards", stock.cards));
        let config = StoreConfig { location, ..fill::config(&folder) };
        fill::fill_store(&config, stock)?;
        let first = u64::from(fill::FIRST_CARD);
        let cards = first..first + u64::from(stock.cards);
        let server = place.serve()?;
        let rate = self.authorize_on((section, &place), &server, cards.clone(), &many, &one)?;
        self.two(&place, &server, &cards)?;
        drop(server);
        place.tidy()?;
        self.faults(&place, &cards)?;
        match self.options.entries {
            0 => Ok(()),
            entries => self.long_journal(&place, &config, entries, cards, &rate),
        }
    }

    /// What one process makes of it; returns its rate with many cards.
    fn authorize_on(
        &mut self,
        (section, place): (&'static str, &Place<'_>),
        server: &Server,
        cards: Range<u64>,
        many: &Figure,
        one: &Figure,
    ) -> Result<Figure, Failure> {
        let hot = cards.start..cards.start + 1;
        place.tidy()?;
        let closed = self.closed("many cards", server, self.connections(), cards.clone(), 1)?;
        let rate = Figure::new(section, "authorisations, many cards", closed.per_second(), "/s");
        self.report.add(rate.clone().goal(Goal::AtLeast(OF_PGBENCH * many.value())).beside(many));
        self.spread(section, &closed.latencies, None, None);
        place.tidy()?;
        let single = self.closed("one connection", server, 1, cards, 2)?;
        let p50 = Figure::new(section, "one connection, p50", single.latencies.percentile_ms(0.5), "ms");
        self.report.add(p50.goal(Goal::Under(OF_ONE_TRANSACTION * one.value())).beside(one));
        place.tidy()?;
        let hot = self.closed("one hot card", server, self.connections(), hot, 3)?;
        let hot = Figure::new(section, "one hot card", hot.per_second(), "/s");
        self.report.add(hot.goal(Goal::AtLeast(OF_MANY * rate.value())).beside(&rate));
        Ok(rate)
    }

    /// Many cards again, with so many entries more in the journal; without them it was `short`.
    fn long_journal(
        &mut self,
        place: &Place<'_>,
        config: &StoreConfig,
        entries: u64,
        cards: Range<u64>,
        short: &Figure,
    ) -> Result<(), Failure> {
        let section = "long journal";
        report::progress(&format!("writing {entries} journal entries"));
        let before = database_size(place.url)?;
        let written = history::write(config, self.options.cards, entries)?;
        place.tidy()?;
        let size = database_size(place.url)?;
        let (count, took) = (written.entries as f64, written.took.as_secs_f64());
        self.report.add(Figure::new(section, "entries written, in process", count, "in all"));
        self.report.add(Figure::new(section, "of them", count / took, "/s"));
        self.report.add(Figure::new(section, "size of the database", size / 1e6, "MB"));
        self.report.add(Figure::new(section, "of it for each entry", (size - before) / count, "B"));
        let server = place.serve()?;
        let ready = server.ready_after().as_secs_f64();
        self.report.add(Figure::new(section, "ready with them", ready, "s"));
        let closed = self.closed("many cards, long journal", &server, self.connections(), cards, 8)?;
        let rate = Figure::new(section, "authorisations, many cards", closed.per_second(), "/s");
        self.report.add(rate.goal(Goal::AtLeast(OF_SHORT * short.value())).beside(short));
        self.spread(section, &closed.latencies, None, None);
        Ok(())
    }
}

/// Where the processes find the store and their keys.
pub struct Place<'a> {
    url: &'a str,
    folder: &'a Path,
}

impl Place<'_> {
    /// Starts a process there.
    ///
    /// # Errors
    /// When it does not become ready.
    pub fn serve(&self) -> Result<Server, Failure> {
        Server::start_on(Some(self.url), self.folder, &self.folder.join("server.log"))
    }

    /// Has the database tidy up, as pgbench does with its own tables before it measures, and write down what it still has to:
    /// otherwise it would do both by itself at some time, and whatever is measured just then would look slow.
    ///
    /// # Errors
    /// When it does not.
    pub fn tidy(&self) -> Result<(), Failure> {
        psql(self.url, "VACUUM (ANALYZE)")?;
        if let Err(refused) = psql(self.url, "CHECKPOINT") {
            report::progress(&format!("the figures may be disturbed: {refused}"));
        }
        Ok(())
    }
}

/// How large the database is, in bytes.
fn database_size(url: &str) -> Result<f64, Failure> {
    let size = psql(url, "SELECT pg_database_size(current_database())")?;
    size.trim().parse().map_err(Failure::of("the database does not tell its size"))
}

/// Runs a statement in a database and returns what it gives.
fn psql(url: &str, statement: &str) -> Result<String, Failure> {
    run("psql", url, &["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--command", statement])
}

/// Runs pgbench on a database and returns what it said.
fn pgbench(url: &str, arguments: &[&str]) -> Result<String, Failure> {
    run("pgbench", url, arguments)
}

/// Runs one of PostgreSQL's programs on a database and returns what it said.
fn run(program: &str, url: &str, arguments: &[&str]) -> Result<String, Failure> {
    let (url, password) = url::without_password(url);
    let mut command = Command::new(program);
    // Others on the machine can read a command line.
    command.envs(password.map(|password| ("PGPASSWORD", password)));
    let output = command.args(arguments).arg(url).output();
    let what = format!("cannot run {program}, which comes with PostgreSQL");
    let output = output.map_err(Failure::of(&what))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    // Its last words.
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failure::new(format!("{program} failed: {}", said.lines().next_back().unwrap_or_default())))
}

/// The rate in the last lines of pgbench.
fn transactions_per_second(said: &str) -> Option<f64> {
    let line = said.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::transactions_per_second;

    #[test]
    fn rate_is_found_in_what_pgbench_says() {
        let said = "latency average = 12.794 ms\ninitial connection time = 4.1 ms\ntps = 5002.340567 (without initial connection time)\n";
        assert_eq!(transactions_per_second(said), Some(5002.340567));
        assert_eq!(transactions_per_second("number of clients: 64\n"), None);
    }
}
