//! A server under test: this program, as a child.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use rustix::process::{Pid, Signal};

use crate::{Failure, http};

/// How long after it listens the server may take to be ready, and to end after it was told to.
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(2);

/// A running server. It is killed when this is dropped, as `kill -9` does.
pub struct Server {
    child: Killed,
    /// Kept open, so that the server can say what it has to say.
    _output: BufReader<ChildStdout>,
    address: SocketAddr,
    ready_after: Duration,
}

impl Server {
    /// Starts a sandbox on the store in `folder` and waits until it is ready.
    ///
    /// # Errors
    /// When it does not become ready.
    pub fn start(folder: &Path) -> Result<Self, Failure> {
        Self::start_on(None, folder, &folder.join("server.log"))
    }

    /// Starts a sandbox on a store, or on the one in `folder`, where the keys are in any case, and waits until it is ready.
    /// What it has to say is added to `log`. It ends when the thread that started it does.
    ///
    /// # Errors
    /// When it does not become ready.
    pub fn start_on(store: Option<&str>, folder: &Path, log: &Path) -> Result<Self, Failure> {
        let failed = "cannot start the server";
        std::fs::create_dir_all(folder).map_err(Failure::of(failed))?;
        let mut command = program(store, folder, "serve")?;
        command.args(["--sandbox", "--listen", "127.0.0.1:0", "--log", "json", "--parent"]);
        command.arg(std::process::id().to_string()).stdout(Stdio::piped());
        let log_file = File::options().create(true).append(true).open(log);
        command.stderr(log_file.map_err(Failure::of(failed))?);
        let spawned = Instant::now();
        let mut child = Killed(command.spawn().map_err(Failure::of(failed))?);
        let output = child.0.stdout.take().ok_or_else(|| Failure::new(failed))?;
        let mut output = BufReader::new(output);
        let address = announced(&mut output).ok_or_else(|| ended(log))?;
        await_ready(address)?;
        let ready_after = spawned.elapsed();
        Ok(Self { child, _output: output, address, ready_after })
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// When there is no such process any more.
    pub fn signal(&self, signal: Signal) -> Result<(), Failure> {
        let failed = "cannot send the server a signal";
        let id = i32::try_from(self.child.0.id()).ok().and_then(Pid::from_raw);
        let id = id.ok_or_else(|| Failure::new(failed))?;
        rustix::process::kill_process(id, signal).map_err(Failure::of(failed))
    }

    /// How it has ended, if it has.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, Failure> {
        self.child.0.try_wait().map_err(Failure::of("the system does not tell how the server is"))
    }

    /// Waits until it has ended after it was told to.
    ///
    /// # Errors
    /// When it does not end in a minute.
    pub fn wait(mut self) -> Result<ExitStatus, Failure> {
        let begin = Instant::now();
        loop {
            match self.ended()? {
                Some(status) => return Ok(status),
                None if begin.elapsed() > PATIENCE => {
                    return Err(Failure::new("the server did not stop when it was told to"));
                }
                None => std::thread::sleep(BETWEEN_ATTEMPTS),
            }
        }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How long it took from its start to the first answer that it is ready.
    pub const fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// Its memory that is in RAM, in bytes.
    ///
    /// # Errors
    /// On a system that does not tell.
    pub fn memory(&self) -> Result<u64, Failure> {
        let path = PathBuf::from(format!("/proc/{}/status", self.child.0.id()));
        let status = std::fs::read_to_string(path).map_err(Failure::of("cannot read the server's memory"))?;
        resident(&status).ok_or_else(|| Failure::new("the system does not tell the server's memory"))
    }

    /// The certificate (DER) that card numbers are encrypted to.
    ///
    /// # Errors
    /// When it cannot be had.
    pub fn certificate(&self) -> Result<Vec<u8>, Failure> {
        let pem = http::get(self.address, "/kortti/v1/certificates/jwe")?;
        let der = std::str::from_utf8(&pem).ok().and_then(first_certificate);
        der.ok_or_else(|| Failure::new("the server's certificate is not PEM"))
    }
}

/// This program with a command, on a store, or on the one in `folder`. No configuration but this one: neither the
/// environment's nor that of the working directory.
///
/// # Errors
/// When the program cannot be found.
pub fn program(store: Option<&str>, folder: &Path, command: &str) -> Result<Command, Failure> {
    let failed = "cannot find this program";
    let mut program = Command::new(std::env::current_exe().map_err(Failure::of(failed))?);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"KORTTI_")) {
        program.env_remove(name);
    }
    program.arg(command).arg("--data").arg(folder).current_dir(folder).stdin(Stdio::null());
    if let Some(store) = store {
        // Others on the machine can read a command line, and it may hold a password.
        program.env("KORTTI_STORE", store);
    }
    Ok(program)
}

/// A child that does not outlive this.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The address that the server says it listens on; none when it ends without.
fn announced(output: &mut impl BufRead) -> Option<SocketAddr> {
    let address = |line: std::io::Result<String>| {
        let line = line.ok()?;
        let (_, address) = line.split_once("http://")?;
        address.split(|c: char| c.is_whitespace() || c == '/').next()?.parse().ok()
    };
    output.lines().find_map(address)
}

fn ended(log: &Path) -> Failure {
    let log = std::fs::read_to_string(log).unwrap_or_default();
    let last = log.lines().next_back().unwrap_or("it said nothing");
    Failure::new(format!("the server ended before it was ready: {last}"))
}

fn await_ready(address: SocketAddr) -> Result<(), Failure> {
    let begin = Instant::now();
    loop {
        match http::get(address, "/health/ready") {
            Ok(_) => return Ok(()),
            Err(failure) if begin.elapsed() > PATIENCE => return Err(failure),
            Err(_) => std::thread::sleep(BETWEEN_ATTEMPTS),
        }
    }
}

/// The resident set in a `/proc/PID/status`, in bytes.
fn resident(status: &str) -> Option<u64> {
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix("kB")?;
    kib.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

/// The first certificate (DER) in PEM text.
fn first_certificate(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    BASE64_STANDARD.decode(body.split_ascii_whitespace().collect::<String>()).ok()
}

#[cfg(test)]
mod tests;
