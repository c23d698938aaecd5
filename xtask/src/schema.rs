//! Schemathesis: what the server answers to generated requests is what its OpenAPI document says.

use std::process::Command;

use crate::{Failure, command, interop, repository::Repository, sandbox};

const CHECKS: &str =
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// In addition, where nothing but the request decides: behind the path stand readings that are wider than the document on
/// purpose, such as ids as numbers and unknown query parameters.
const STRICT_CHECK: &str = "negative_data_rejection";

/// Enough to find what is wrong, and no more than some three minutes.
const EXAMPLES_MAX: &str = "40";

/// Runs schemathesis against a sandbox server, the same requests each time: once with generated ids, which mostly name
/// nothing, and once with those of the fixtures and of a card, so that bodies get past the path.
pub fn run(repository: &Repository) -> Result<(), Failure> {
    let programs = interop::python_programs(repository)?;
    let scratch = repository.scratch("schema")?;
    let fixtures = repository.root.join("tests/interop/schemathesis-fixtures.toml");
    for config in [None, Some(fixtures)] {
        sandbox::with_server(repository, |url| {
            let mut fixtures = Command::new(programs.join("python"));
            fixtures.arg(repository.root.join("tests/interop/issue_cards.py")).arg(url);
            command::run(&mut fixtures)?;
            let mut schemathesis = Command::new(programs.join("st"));
            // It keeps files of its own in the current folder.
            schemathesis.current_dir(&scratch);
            if let Some(config) = &config {
                schemathesis.arg("--config-file").arg(config);
            }
            schemathesis.args(["run", &format!("{url}/openapi.json"), "--auth", sandbox::CREDENTIALS]);
            let checks =
                if config.is_none() { format!("{CHECKS},{STRICT_CHECK}") } else { CHECKS.to_owned() };
            schemathesis.args(["--checks", &checks, "--phases", "examples,coverage,fuzzing"]);
            schemathesis.args([
                "--max-examples",
                EXAMPLES_MAX,
                "--seed",
                "1",
                "--generation-database",
                "none",
            ]);
            schemathesis.args(["--no-color", "--request-timeout", "10"]);
            // The first would move every card past its end, the second delete them.
            if config.is_some() {
                schemathesis.args([
                    "--exclude-path",
                    "/sandbox/v1/clock/advance",
                    "--exclude-path",
                    "/sandbox/v1/data",
                ]);
            }
            command::run(&mut schemathesis)
        })?;
    }
    Ok(())
}
