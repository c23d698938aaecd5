//! Card numbers encrypted by other people's JWE libraries, sent to a running server.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Failure, command,
    repository::{Repository, copy, write},
    sandbox,
};

const SCRIPTS: &str = "tests/interop";

/// Runs the Python and the JavaScript client against one server.
pub fn run(repository: &Repository) -> Result<(), Failure> {
    let python = python_programs(repository)?.join("python");
    let python_script = repository.root.join(SCRIPTS).join("jwe_python.py");
    let node_script = node_script(repository)?;
    sandbox::with_server(repository, |url| {
        command::run(Command::new(&python).arg(&python_script).arg(url))?;
        command::run(Command::new("node").arg(&node_script).arg(url))
    })
}

/// The folder with the programs of a Python environment that has the pinned packages.
pub fn python_programs(repository: &Repository) -> Result<PathBuf, Failure> {
    let environment = repository.scratch("interop")?.join("venv");
    let programs = environment.join("bin");
    let pins = repository.root.join(SCRIPTS).join("requirements.txt");
    once_per_content(&pins, &environment.join("installed.txt"), || {
        command::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        let mut pip = Command::new(programs.join("pip"));
        command::run(
            pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&pins),
        )
    })?;
    Ok(programs)
}

/// The JavaScript client, copied to where its pinned packages are: node looks for them beside the script only.
fn node_script(repository: &Repository) -> Result<PathBuf, Failure> {
    let folder = repository.scratch("interop")?;
    let pins = repository.root.join(SCRIPTS).join("package.json");
    once_per_content(&pins, &folder.join("node_modules").join("installed.json"), || {
        copy(&pins, &folder.join("package.json"))?;
        let mut npm = Command::new("npm");
        command::run(npm.args(["install", "--no-save", "--no-audit", "--no-fund", "--prefix"]).arg(&folder))
    })?;
    let script = folder.join("jwe_node.mjs");
    copy(&repository.root.join(SCRIPTS).join("jwe_node.mjs"), &script)?;
    Ok(script)
}

/// Does something unless it was done before for the same content of `source`, of which `stamp` is a copy.
fn once_per_content(
    source: &Path,
    stamp: &Path,
    work: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let content = fs::read(source).map_err(|error| crate::repository::file_failure(source, error))?;
    if fs::read(stamp).is_ok_and(|done| done == content) {
        return Ok(());
    }
    work()?;
    write(stamp, &content)
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, fs};

    use super::once_per_content;
    use crate::Failure;

    #[test]
    fn work_is_repeated_after_a_failure_or_a_change_only() {
        let folder = tempfile::tempdir().unwrap();
        let (source, stamp) = (folder.path().join("pins"), folder.path().join("stamp"));
        let done = Cell::new(0);
        let work = || {
            done.set(done.get() + 1);
            if done.get() == 1 { Err(Failure::Refused("offline".to_owned())) } else { Ok(()) }
        };
        fs::write(&source, "a==1").unwrap();
        assert!(once_per_content(&source, &stamp, work).is_err());
        for (content, expected) in [("a==1", 2), ("a==1", 2), ("a==2", 3)] {
            fs::write(&source, content).unwrap();
            once_per_content(&source, &stamp, work).unwrap();
            assert_eq!(done.get(), expected, "{content}");
        }
    }
}
