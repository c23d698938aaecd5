//! A server under test: this program, as a child.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{Failure, http};

/// How long after it listens the server may take to be ready.
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(2);

/// A running server. It is killed when this is dropped, as `kill -9` does.
pub struct Server {
    child: Killed,
    /// Kept open: a server that cannot say what it has to say would end.
    _output: BufReader<ChildStdout>,
    address: SocketAddr,
    ready_after: Duration,
}

impl Server {
    /// Starts a sandbox on `folder` and waits until it is ready.
    ///
    /// # Errors
    /// When it does not become ready.
    pub fn start(folder: &Path) -> Result<Self, Failure> {
        let failed = "cannot start the server";
        std::fs::create_dir_all(folder).map_err(Failure::of(failed))?;
        let log = folder.join("server.log");
        let mut command = Command::new(std::env::current_exe().map_err(Failure::of(failed))?);
        command.args(["serve", "--sandbox", "--listen", "127.0.0.1:0", "--log", "json", "--data"]);
        // No configuration but this one: neither the environment's nor that of the working directory.
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"KORTTI_"))
        {
            command.env_remove(name);
        }
        command.arg(folder).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(File::create(&log).map_err(Failure::of(failed))?);
        let spawned = Instant::now();
        let mut child = Killed(command.spawn().map_err(Failure::of(failed))?);
        let output = child.0.stdout.take().ok_or_else(|| Failure::new(failed))?;
        let mut output = BufReader::new(output);
        let address = announced(&mut output).ok_or_else(|| ended(&log))?;
        await_ready(address)?;
        let ready_after = spawned.elapsed();
        Ok(Self { child, _output: output, address, ready_after })
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
