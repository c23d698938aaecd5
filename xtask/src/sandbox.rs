//! A sandbox server for the length of one check.

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{Failure, command, repository::Repository};

const READY_WITHIN: Duration = Duration::from_secs(30);
const STOPPED_WITHIN: Duration = Duration::from_secs(30);

/// The credentials that every sandbox server knows, as `name:password`.
pub const CREDENTIALS: &str = "sandbox:sandbox";

/// Starts a server on an empty store, hands its base URL to `check`, and stops it again.
///
/// # Errors
/// What `check` returns; or a server that does not start, or does not end cleanly when it is asked to.
pub fn with_server(
    repository: &Repository,
    check: impl FnOnce(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let program = Command::new(repository.build_server()?);
    let mut server = Server::start(program)?;
    let url = server.wait_until_ready()?;
    let outcome = check(&url);
    let stopped = server.stop();
    outcome.and(stopped)
}

struct Server {
    process: Child,
    /// Holds the store; removed with the server.
    _data: TempDir,
}

impl Server {
    /// Starts `kortti`, a command that is complete but for its arguments.
    fn start(mut kortti: Command) -> Result<Self, Failure> {
        let data = tempfile::tempdir()
            .map_err(|source| Failure::File { path: "temporary folder".into(), source })?;
        // Neither the developer's configuration file nor the environment may change what is checked.
        kortti.current_dir(data.path());
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KORTTI_")) {
            kortti.env_remove(name);
        }
        kortti
            .args(["serve", "--sandbox", "--listen", "127.0.0.1:0", "--data"])
            .arg(data.path().join("data"));
        kortti.stdin(Stdio::null()).stdout(Stdio::piped());
        let started = kortti.spawn();
        let process =
            started.map_err(|source| Failure::Start { command: command::written(&kortti), source })?;
        Ok(Self { process, _data: data })
    }

    /// Waits for the line on which the server prints its address.
    fn wait_until_ready(&mut self) -> Result<String, Failure> {
        let (sender, receiver) = mpsc::channel();
        if let Some(printed) = self.process.stdout.take() {
            // The thread goes on reading to the end, so that the server never waits for its own output to be read.
            thread::spawn(move || {
                for url in
                    BufReader::new(printed).lines().map_while(Result::ok).filter_map(|line| base_url(&line))
                {
                    // Nobody listens for a second address.
                    let _ = sender.send(url);
                }
            });
        }
        receiver
            .recv_timeout(READY_WITHIN)
            .map_err(|_| Failure::Refused("the server printed no address and is not ready".to_owned()))
    }

    /// Asks the server to end, and expects that it does so in good order.
    fn stop(mut self) -> Result<(), Failure> {
        // The standard library can only kill; the shell's own `kill` is there even where no such program is.
        command::run(Command::new("sh").arg("-c").arg(format!("kill -TERM {}", self.process.id())))?;
        match self.wait_for_end()? {
            status if status.success() => Ok(()),
            status => Err(Failure::Exit { command: "kortti serve, asked to stop,".to_owned(), status }),
        }
    }

    fn wait_for_end(&mut self) -> Result<ExitStatus, Failure> {
        let deadline = Instant::now() + STOPPED_WITHIN;
        while Instant::now() < deadline {
            match self.process.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) => thread::sleep(Duration::from_millis(20)),
                Err(source) => return Err(Failure::Start { command: "wait".to_owned(), source }),
            }
        }
        Err(Failure::Refused(format!("the server still runs {} s after SIGTERM", STOPPED_WITHIN.as_secs())))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Does nothing to a server that has ended; one that has not must not outlive the check.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The address in a line such as `listening on http://127.0.0.1:8080/`, without the path.
fn base_url(line: &str) -> Option<String> {
    const HOST: &str = "http://127.0.0.1:";
    let rest = &line[line.find(HOST)? + HOST.len()..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| format!("{HOST}{}", &rest[..digits]))
}

#[cfg(test)]
mod tests;
