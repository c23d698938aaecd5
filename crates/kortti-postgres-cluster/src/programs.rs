//! PostgreSQL's programs: where they are, and as whom they run.

use std::env;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::ClusterError;

/// The program by which a folder of a server's programs is recognised.
const SIGN: &str = "initdb";

/// Names the folder of the version to test with.
const WANTED: &str = "KORTTI_TEST_POSTGRES";

/// Where Debian keeps a folder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// PostgreSQL's programs, and the user they run as.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    folder: PathBuf,
    is_root: bool,
}

impl Programs {
    /// Looks for them in the folder that `KORTTI_TEST_POSTGRES` names. Without it, where `pg_config` says, then in the folders
    /// of `PATH`, then where Debian keeps them.
    pub(crate) fn find() -> Result<Programs, ClusterError> {
        if let Some(folder) = env::var_os(WANTED) {
            return Programs::in_one_of([folder.into()]);
        }
        let asked = text_of(Command::new("pg_config").arg("--bindir")).map(PathBuf::from);
        let path = env::var_os("PATH").unwrap_or_default();
        Programs::in_one_of(asked.into_iter().chain(env::split_paths(&path)).chain(debian()))
    }

    fn in_one_of(folders: impl IntoIterator<Item = PathBuf>) -> Result<Programs, ClusterError> {
        let folder = folders
            .into_iter()
            .find(|folder| folder.join(SIGN).is_file())
            .ok_or(ClusterError::NotInstalled { program: SIGN })?;
        let is_root = text_of(Command::new("id").arg("-u")).as_deref() == Some("0");
        Ok(Programs { folder, is_root })
    }

    /// Where one of PostgreSQL's programs is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// One of PostgreSQL's programs, as the user who owns the server.
    pub(crate) fn command(&self, name: &str) -> Command {
        self.owned(&self.path(name))
    }

    /// Any program, as the user who owns the server, in a folder that this user may enter.
    fn owned(&self, program: &Path) -> Command {
        let mut command = if self.is_root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir("/");
        command
    }

    /// A shell with a script and its arguments, as the user who owns the server.
    pub(crate) fn shell(&self, script: &str) -> Command {
        let mut command = self.owned(Path::new("sh"));
        command.args(["-c", script, "sh"]);
        command
    }

    /// Runs statements in the database at `url`, and returns what they print.
    pub(crate) fn sql(&self, url: &str, statements: &str) -> Result<String, ClusterError> {
        let mut psql = self.command("psql");
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"]);
        psql.args(["--dbname", url, "--file", "-"]);
        run(&mut psql, statements.as_bytes())
    }
}

/// Runs a program to its end with something on its standard input, and returns what it printed, trimmed.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> Result<String, ClusterError> {
    let program = written(command);
    let failed = |source| ClusterError::Run { program: program.clone(), source };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(input).map_err(failed)?;
    }
    let output = child.wait_with_output().map_err(failed)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(ClusterError::Refused { program, said: String::from_utf8_lossy(&said).trim().to_owned() })
}

/// The command as one would type it, for messages only.
fn written(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// The command as a shell takes it.
pub(crate) fn shell_words(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let quoted = |word: &OsStr| {
        let word = word.to_string_lossy();
        // Only a word with a NUL has no form in quotes, and no command has such a word.
        shlex::try_quote(&word).map_or_else(|_| word.to_string(), |quoted| quoted.into_owned())
    };
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

/// What a program prints; none when it is missing or fails.
fn text_of(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Debian's folders, the newest version first.
fn debian() -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, folder)| folder).collect()
}
