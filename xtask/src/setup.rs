//! The tools that other steps call: found by calling them, installed on Debian when we may.

use std::{collections::BTreeSet, process::Command};

use crate::{
    Failure,
    command::{self, output, succeeds},
    repository::Repository,
};

/// A tool, how to tell that it works, and the Debian packages that bring it.
struct Tool {
    probe: &'static [&'static str],
    packages: &'static [&'static str],
}

/// Debian keeps the server's programs out of the path, in a folder for each version. The server that its package starts is
/// not used; a test starts its own, as the user that the package makes.
const INITDB: &str =
    "initdb --version || for each in /usr/lib/postgresql/*/bin; do \"$each/initdb\" --version; done";

const TOOLS: [Tool; 7] = [
    Tool { probe: &["cc", "--version"], packages: &["gcc", "libc6-dev"] },
    Tool { probe: &["git", "--version"], packages: &["git"] },
    // Debian's python3 knows the module `venv` but cannot use it until the package of that name brings `ensurepip`.
    Tool { probe: &["python3", "-c", "import ensurepip, venv"], packages: &["python3", "python3-venv"] },
    Tool { probe: &["node", "--version"], packages: &["nodejs"] },
    Tool { probe: &["npm", "--version"], packages: &["npm"] },
    Tool { probe: &["chromium", "--version"], packages: &["chromium"] },
    Tool { probe: &["sh", "-c", INITDB], packages: &["postgresql"] },
];

/// Installs what is missing when run as root, and otherwise says what is missing.
pub fn run(_: &Repository) -> Result<(), Failure> {
    let missing = missing_packages(works);
    if missing.is_empty() {
        return Ok(());
    }
    if !is_root() {
        let list = missing.into_iter().collect::<Vec<_>>().join(" ");
        return Err(Failure::Refused(format!(
            "tools are missing; install them (on Debian, as root: `apt-get install {list}`)"
        )));
    }
    let apt_get = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["--quiet", "--yes"]);
        command
    };
    command::run(apt_get().arg("update"))?;
    command::run(apt_get().arg("install").args(&missing))?;
    let still_missing = missing_packages(works).into_iter().collect::<Vec<_>>().join(" ");
    if still_missing.is_empty() {
        Ok(())
    } else {
        Err(Failure::Refused(format!("installed, but does not work: {still_missing}")))
    }
}

fn missing_packages(works: impl Fn(&[&str]) -> bool) -> BTreeSet<&'static str> {
    TOOLS.iter().filter(|tool| !works(tool.probe)).flat_map(|tool| tool.packages).copied().collect()
}

fn works(probe: &[&str]) -> bool {
    probe.split_first().is_some_and(|(program, arguments)| succeeds(Command::new(program).args(arguments)))
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|printed| printed.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::{TOOLS, missing_packages};

    #[test]
    fn working_tools_need_no_package() {
        assert!(missing_packages(|_| true).is_empty());
    }

    #[test]
    fn missing_compiler_brings_the_headers_too() {
        let missing = missing_packages(|probe| probe != ["cc", "--version"]);
        assert_eq!(missing.into_iter().collect::<Vec<_>>(), ["gcc", "libc6-dev"]);
    }

    #[test]
    fn every_tool_can_be_probed_and_installed() {
        assert!(TOOLS.iter().all(|tool| !tool.probe.is_empty() && !tool.packages.is_empty()));
    }
}
