//! The processes: where they keep what they keep, how they are started and stopped, and what is done to them in between.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use tempfile::TempDir;

use super::{
    Options,
    database::DatabaseServer,
    difference::Difference,
    plan::{DatabasePlan, Fault},
};
use crate::{
    Failure,
    location::{Location, PostgresSettings},
    server,
    server::Server,
};

/// Where the store, the keys and the log are.
pub struct Place {
    store: Option<String>,
    folder: PathBuf,
    /// Goes with everything in it, unless it is kept.
    temporary: Option<TempDir>,
}

impl Place {
    /// The place that the options name, where nothing may be yet, or a temporary one.
    ///
    /// # Errors
    /// When there is something already.
    pub fn new(options: &Options) -> Result<Self, Failure> {
        let store = options.store.as_deref().map(absolute).transpose()?;
        if let Some(url) = &store {
            Location::parse(url, &PostgresSettings::default())?.make_new("torture")?;
        }
        let Some(folder) = &options.data else {
            let made = tempfile::Builder::new().prefix("kortti-torture-").tempdir();
            let made = made.map_err(Failure::of("cannot make a temporary folder"))?;
            return Ok(Self { store, folder: made.path().to_owned(), temporary: Some(made) });
        };
        let folder = std::path::absolute(folder).map_err(Failure::of("the folder is none"))?;
        std::fs::create_dir_all(&folder).map_err(Failure::of("cannot make the folder"))?;
        let mut inside = std::fs::read_dir(&folder).map_err(Failure::of("cannot read the folder"))?;
        if inside.next().is_some() {
            let folder = folder.display();
            return Err(Failure::new(format!("{folder} is not empty; torture wants a folder of its own")));
        }
        Ok(Self { store, folder, temporary: None })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Leaves a temporary folder where it is.
    pub fn keep(&mut self) {
        if let Some(temporary) = self.temporary.take() {
            self.folder = temporary.keep();
        }
    }

    fn start(&self) -> Result<Server, Failure> {
        Server::start_on(self.store.as_deref(), &self.folder, &self.folder.join("torture.log"))
    }
}

/// The servers run in another folder, where a relative path would lead elsewhere.
fn absolute(store: &str) -> Result<String, Failure> {
    match store.split_once(':') {
        Some(("sqlite", path)) => {
            let path = std::path::absolute(path).map_err(Failure::of("the store's path is none"))?;
            Ok(format!("sqlite:{}", path.display()))
        }
        _ => Ok(store.to_owned()),
    }
}

/// The processes. All are killed when this is dropped.
pub struct Processes<'a> {
    place: &'a Place,
    running: Vec<Option<Server>>,
}

impl<'a> Processes<'a> {
    /// So many that do not run yet.
    pub fn new(place: &'a Place, count: usize) -> Self {
        Self { place, running: (0..count).map(|_| None).collect() }
    }

    /// Starts those that do not run. How long the slowest took to be ready; none when all were running.
    ///
    /// # Errors
    /// When one does not become ready.
    pub fn start(&mut self) -> Result<Option<Duration>, Failure> {
        let mut slowest = None;
        for process in self.running.iter_mut().filter(|process| process.is_none()) {
            let server = self.place.start()?;
            slowest = slowest.max(Some(server.ready_after()));
            *process = Some(server);
        }
        Ok(slowest)
    }

    /// Where those listen that run.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.running.iter().flatten().map(Server::address).collect()
    }

    /// Does to them what is planned.
    ///
    /// # Errors
    /// When it cannot be done, or a process does not take it in good order.
    pub fn strike(&mut self, fault: Fault) -> Result<(), Difference> {
        match fault {
            Fault::Kill { process } => self.kill(process),
            Fault::KillAll => (0..self.running.len()).for_each(|process| self.kill(process)),
            Fault::Stop { process } => self.stop(process)?,
            Fault::Pause { process, lasts } => {
                self.pause(process, lasts)?;
                self.signal(process, Signal::CONT)?;
            }
            Fault::PauseAndKill { process, lasts } => {
                self.pause(process, lasts)?;
                self.kill(process);
            }
        }
        Ok(())
    }

    /// Lets the database fail as planned, and does to the processes what is planned for them meanwhile.
    ///
    /// # Errors
    /// When it cannot be done, or a process does not take it in good order.
    pub fn strike_without(
        &mut self,
        server: &DatabaseServer,
        plan: DatabasePlan,
        fault: Option<Fault>,
    ) -> Result<(), Difference> {
        let begin = Instant::now();
        let struck = server.strike(plan.outage)?;
        thread::sleep(plan.then);
        let outcome = fault.map_or(Ok(()), |fault| self.strike(fault));
        // What is done to a process may take longer than the database was to be away.
        thread::sleep(plan.lasts.saturating_sub(begin.elapsed()));
        server.restore(struck)?;
        outcome
    }

    /// Kills one, without a chance to say goodbye.
    pub fn kill(&mut self, process: usize) {
        // Dropping it kills it and waits for its end.
        drop(self.running.get_mut(process).and_then(Option::take));
    }

    fn pause(&self, process: usize, lasts: Duration) -> Result<(), Failure> {
        self.signal(process, Signal::STOP)?;
        thread::sleep(lasts);
        Ok(())
    }

    fn signal(&self, process: usize, signal: Signal) -> Result<(), Failure> {
        self.running.get(process).and_then(Option::as_ref).map_or(Ok(()), |server| server.signal(signal))
    }

    /// Stops one in good order.
    fn stop(&mut self, process: usize) -> Result<(), Difference> {
        let Some(server) = self.running.get_mut(process).and_then(Option::take) else { return Ok(()) };
        server.signal(Signal::TERM)?;
        let status = server.wait()?;
        if status.success() {
            return Ok(());
        }
        Err(Difference::StoppedBadly { process, status: status.to_string() })
    }

    /// Stops all in good order.
    ///
    /// # Errors
    /// When one does not stop well.
    pub fn stop_all(&mut self) -> Result<(), Difference> {
        (0..self.running.len()).try_for_each(|process| self.stop(process))
    }

    /// # Errors
    /// When one has ended that nobody told to.
    pub fn check_alive(&mut self) -> Result<(), Difference> {
        for (process, server) in self.running.iter_mut().enumerate() {
            if let Some(status) = server.as_mut().map(Server::ended).transpose()?.flatten() {
                return Err(Difference::Ended { process, status: status.to_string() });
            }
        }
        Ok(())
    }

    /// Verifies the store, as an operator does it.
    ///
    /// # Errors
    /// What the verification found.
    pub fn verify(&self) -> Result<(), Difference> {
        let mut command = server::program(self.place.store.as_deref(), &self.place.folder, "verify")?;
        let output = command.output().map_err(Failure::of("cannot run the verification"))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Difference::Unverified { said })
    }
}
