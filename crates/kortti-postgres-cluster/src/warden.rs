//! Sees to it that no server and no folder outlive the process that made them.
//!
//! The warden is a shell that reads from a pipe whose other end this process alone holds. However the process ends, by
//! returning, by a panic or by a signal that nobody can catch, the system closes that end; the shell then stops the
//! server and removes the folder. It is in a process group of its own, so that Ctrl-C does not reach it.
//! A signal on the parent's death would not do: it comes when the *thread* that started the child ends.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::ClusterError;
use crate::programs::Programs;

/// `$1` is the program `pg_ctl`, `$2` the server's data, `$3` the folder that holds everything.
const SCRIPT: &str = r#"
    cat >/dev/null
    # A server that was halted would not hear that it is to stop.
    first=$(head -n 1 "$2/postmaster.pid" 2>/dev/null)
    [ -z "$first" ] || kill -s CONT "$first" $(ps -o pid= --ppid "$first")
    "$1" stop --silent --pgdata "$2" --mode immediate
    rm -rf "$3"
"#;

/// Defines `kill_all`, which kills every process of this user whose command line names something in the folder `$1`, and
/// what those have made, until there is none. A program that starts another one just now is caught by the next round.
pub(crate) const KILL: &str = r#"
    kill_all() {
        while pids=$(ps -ww -u "$(id -u)" -o pid= -o ppid= -o args= | NEEDLE="$1/" awk '
            { pid[NR] = $1; parent[NR] = $2; if (index($0, ENVIRON["NEEDLE"])) named[$1] = 1 }
            END { for (i = 1; i <= NR; i++) if (pid[i] in named || parent[i] in named) print pid[i] }
        ') && [ -n "$pids" ]; do
            kill -s KILL $pids 2>/dev/null
            sleep 0.05
        done
    }
"#;

/// `$1` is the folder that holds everything of several servers.
const SCRIPT_FOR_ALL: &str = r#"
    cat >/dev/null
    kill_all "$1"
    rm -rf "$1"
"#;

/// The process that cleans up. Dropping it lets it do so, and waits until it has.
#[derive(Debug)]
pub(crate) struct Warden(Child);

impl Warden {
    /// Posts a warden over a folder and the server in it, which need not run yet.
    pub(crate) fn post(programs: &Programs, data: &Path, folder: &Path) -> Result<Warden, ClusterError> {
        let mut command = programs.shell(SCRIPT);
        command.arg(programs.path("pg_ctl")).arg(data).arg(folder);
        Warden::begin(command)
    }

    /// Posts a warden over a folder and all programs that name it, which need not run yet.
    pub(crate) fn post_over_all(programs: &Programs, folder: &Path) -> Result<Warden, ClusterError> {
        let mut command = programs.shell(&format!("{KILL}{SCRIPT_FOR_ALL}"));
        command.arg(folder);
        Warden::begin(command)
    }

    fn begin(mut command: Command) -> Result<Warden, ClusterError> {
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command
            .spawn()
            .map_err(|source| ClusterError::Run { program: "the warden".to_owned(), source })?;
        Ok(Warden(child))
    }
}

impl Drop for Warden {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // Nothing is left to be done about a warden that could not be waited for.
        let _ = self.0.wait();
    }
}
