//! Schemathesis: what the server answers to generated requests is what its OpenAPI document says.

use std::process::Command;

use crate::{Failure, command, interop, repository::Repository, sandbox};

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance,negative_data_rejection";

/// Enough to find what is wrong, and no more than some three minutes.
const EXAMPLES_MAX: &str = "40";

/// Runs schemathesis against a sandbox server; the same requests each time.
pub fn run(repository: &Repository) -> Result<(), Failure> {
    let programs = interop::python_programs(repository)?;
    let scratch = repository.scratch("schema")?;
    sandbox::with_server(repository, |url| {
        let mut schemathesis = Command::new(programs.join("st"));
        // It keeps files of its own in the current folder.
        schemathesis.current_dir(&scratch);
        schemathesis.args(["run", &format!("{url}/openapi.json"), "--auth", sandbox::CREDENTIALS]);
        schemathesis.args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing"]);
        schemathesis.args(["--max-examples", EXAMPLES_MAX, "--seed", "1", "--generation-database", "none"]);
        schemathesis.args(["--no-color", "--request-timeout", "10"]);
        command::run(&mut schemathesis)
    })
}
