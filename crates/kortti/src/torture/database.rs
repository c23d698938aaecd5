//! The PostgreSQL server under the store, for those who say where it is and how it is started: it is killed, shut down and
//! halted, too.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use rustix::process::{Pid, Signal};

use super::{plan::Outage, quoted};
use crate::{
    Failure,
    location::{Location, PostgresSettings},
};

/// How long the server may take to end, and how long it is tried to start it again. Far more than it takes: what a killed one
/// leaves behind, a new one waits for.
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(50);

/// Halts a server's first process, which makes no others then, and those that it has made, until the input ends. However
/// torture itself ends, it does not leave an operator's server halted.
const HALT: &str = r#"
    kill -s STOP "$1" || exit 1
    if others=$(cat "/proc/$1/task/$1/children"); then
        kill -s STOP $others
        echo halted
        cat >/dev/null
    fi
    kill -s CONT $others "$1"
"#;

/// Where the PostgreSQL server is that torture may kill, and how to start it again.
#[derive(Args, Clone)]
pub struct DatabaseOptions {
    /// Kill, shut down and halt the PostgreSQL server of the store, too: this is its `postmaster.pid`
    #[arg(long, value_name = "FILE", requires_all = ["database_start", "store"])]
    database_pid_file: Option<PathBuf>,
    /// What starts that server again; the shell runs it, and it must return when connections are taken
    #[arg(long, value_name = "COMMAND", requires = "database_pid_file")]
    database_start: Option<String>,
}

impl DatabaseOptions {
    /// The server they name, which must run; none where they name none.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn server(&self, store: Option<&str>, folder: &Path) -> Result<Option<DatabaseServer>, Failure> {
        let (Some(pid_file), Some(start)) = (&self.database_pid_file, &self.database_start) else {
            return Ok(None);
        };
        let store = store.map(|url| Location::parse(url, &PostgresSettings::default())).transpose()?;
        if !matches!(store, Some(Location::Postgres(_))) {
            return Err(Failure::new("only a store on PostgreSQL has a database server to torture"));
        }
        let pid_file = pid_file.canonicalize().map_err(Failure::of("cannot find the server's pid file"))?;
        let server = DatabaseServer { pid_file, start: start.clone(), log: folder.join("database.log") };
        server.first_process()?;
        Ok(Some(server))
    }

    /// The words that name it on a command line.
    pub fn words(&self) -> String {
        let (Some(pid_file), Some(start)) = (&self.database_pid_file, &self.database_start) else {
            return String::new();
        };
        let pid_file = pid_file.to_string_lossy();
        format!(" --database-pid-file {} --database-start {}", quoted(&pid_file), quoted(start))
    }
}

/// A PostgreSQL server.
pub struct DatabaseServer {
    pid_file: PathBuf,
    start: String,
    /// What starting it says.
    log: PathBuf,
}

/// What a server is that was struck.
pub enum Struck {
    /// Its first process has ended, or is about to.
    Ending(Pid),
    /// Its processes stand still as long as this one waits for its input to end.
    Halted(Child),
}

impl DatabaseServer {
    /// Does something to it.
    ///
    /// # Errors
    /// When it does not run, or belongs to somebody else.
    pub fn strike(&self, outage: Outage) -> Result<Struck, Failure> {
        let first = self.first_process()?;
        let signal = match outage {
            Outage::Kill => Signal::KILL,
            Outage::ShutDown => Signal::QUIT,
            Outage::Pause => return halt(first).map(Struck::Halted),
        };
        rustix::process::kill_process(first, signal)
            .map_err(Failure::of("cannot send the database server a signal"))?;
        Ok(Struck::Ending(first))
    }

    /// Lets it work again.
    ///
    /// # Errors
    /// When it does not start.
    pub fn restore(&self, struck: Struck) -> Result<(), Failure> {
        match struck {
            Struck::Halted(mut halting) => {
                drop(halting.stdin.take());
                halting.wait().map(|_| ()).map_err(Failure::of("cannot let the database server go on"))
            }
            Struck::Ending(first) => {
                let begin = Instant::now();
                while self.is_first_process(first) {
                    attempt_again(begin, || Failure::new("the database server did not end"))?;
                }
                self.start_again()
            }
        }
    }

    fn start_again(&self) -> Result<(), Failure> {
        let begin = Instant::now();
        loop {
            let log = File::options().create(true).append(true).open(&self.log);
            let log = log.map_err(Failure::of("cannot write the log of the database server's starts"))?;
            let errors = log.try_clone().map_err(Failure::of("cannot write the log"))?;
            let mut start = Command::new("sh");
            // In a group of its own, so that Ctrl-C is not for the server.
            start.args(["-c", &self.start]).stdin(Stdio::null()).stdout(log).stderr(errors).process_group(0);
            if start.status().map_err(Failure::of("cannot run the shell"))?.success() {
                return Ok(());
            }
            attempt_again(begin, || {
                let log = self.log.display();
                Failure::new(format!("the database server does not start again; what it said is in {log}"))
            })?;
        }
    }

    /// The process that the file names.
    ///
    /// # Errors
    /// When that is no server of the file's folder.
    fn first_process(&self) -> Result<Pid, Failure> {
        let content = std::fs::read_to_string(&self.pid_file);
        let content = content.map_err(Failure::of("cannot read the database server's pid file"))?;
        let first = content.lines().next().and_then(|line| line.trim().parse().ok()).and_then(Pid::from_raw);
        first.filter(|first| self.is_first_process(*first)).ok_or_else(|| {
            let file = self.pid_file.display();
            Failure::new(format!("{file} names no PostgreSQL server that runs and that this user may signal"))
        })
    }

    /// Whether a process works in the folder of the data, as PostgreSQL's do: a file that was left behind may name anybody's.
    fn is_first_process(&self, process: Pid) -> bool {
        let works_in = std::fs::read_link(format!("/proc/{}/cwd", process.as_raw_nonzero()));
        works_in.is_ok_and(|folder| Some(folder.as_path()) == self.pid_file.parent())
    }
}

fn halt(first: Pid) -> Result<Child, Failure> {
    let failed = "cannot halt the database server";
    let mut command = Command::new("sh");
    command.args(["-c", HALT, "sh", &first.as_raw_nonzero().to_string()]).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut halting = command.spawn().map_err(Failure::of(failed))?;
    let mut said = String::new();
    if let Some(output) = &mut halting.stdout {
        BufReader::new(output).read_line(&mut said).map_err(Failure::of(failed))?;
    }
    if said.trim() == "halted" { Ok(halting) } else { Err(Failure::new(failed)) }
}

fn attempt_again(begin: Instant, failure: impl FnOnce() -> Failure) -> Result<(), Failure> {
    if begin.elapsed() > PATIENCE {
        return Err(failure());
    }
    thread::sleep(BETWEEN_ATTEMPTS);
    Ok(())
}

#[cfg(test)]
mod tests;
