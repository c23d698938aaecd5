//! The tools that other steps call: found by calling them, installed on Debian when we may.

use std::{collections::BTreeSet, fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path, process::Command};

use crate::{
    Failure,
    command::{self, output, succeeds},
    repository::{Repository, file_failure},
};

/// A tool, how to tell that it works, and the Debian packages that bring it.
struct Tool {
    probe: &'static [&'static str],
    packages: &'static [&'static str],
}

/// Debian keeps the server's programs out of the path, in a folder for each version. A test starts its own server, as the
/// user that the package makes.
const INITDB: &str =
    "initdb --version || for each in /usr/lib/postgresql/*/bin; do \"$each/initdb\" --version; done";

const PATRONI: &str = "patroni --version && patronictl version && etcd --version && etcdctl version";

/// Debian asks this program whether a package may start the service that it brings.
const POLICY: &str = "/usr/sbin/policy-rc.d";

const TOOLS: [Tool; 8] = [
    Tool { probe: &["cc", "--version"], packages: &["gcc", "libc6-dev"] },
    Tool { probe: &["git", "--version"], packages: &["git"] },
    // Debian's python3 knows the module `venv` but cannot use it until the package of that name brings `ensurepip`.
    Tool { probe: &["python3", "-c", "import ensurepip, venv"], packages: &["python3", "python3-venv"] },
    Tool { probe: &["node", "--version"], packages: &["nodejs"] },
    Tool { probe: &["npm", "--version"], packages: &["npm"] },
    Tool { probe: &["chromium", "--version"], packages: &["chromium"] },
    Tool { probe: &["sh", "-c", INITDB], packages: &["postgresql"] },
    // Patroni speaks to etcd with what the package `python3-etcd` brings, also the newer protocol.
    Tool {
        probe: &["sh", "-c", PATRONI],
        packages: &["patroni", "python3-etcd", "etcd-server", "etcd-client"],
    },
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
    without_services(Path::new(POLICY), || command::run(apt_get().arg("install").args(&missing)))?;
    let still_missing = missing_packages(works).into_iter().collect::<Vec<_>>().join(" ");
    if still_missing.is_empty() {
        Ok(())
    } else {
        Err(Failure::Refused(format!("installed, but does not work: {still_missing}")))
    }
}

/// Installs while no package may start a service: a test starts its own servers, and nothing is to run beside them. A policy
/// that the machine has already is left as it is.
fn without_services(policy: &Path, install: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o755).open(policy);
    let Ok(mut file) = made else { return install() };
    // The number says that the action is forbidden.
    let written = file.write_all(b"#!/bin/sh\nexit 101\n");
    drop(file);
    let outcome = written.map_err(|error| file_failure(policy, error)).and_then(|()| install());
    fs::remove_file(policy).map_err(|error| file_failure(policy, error))?;
    outcome
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
    use std::{fs, os::unix::fs::PermissionsExt, process::Command};

    use tempfile::TempDir;

    use super::{TOOLS, missing_packages, without_services};

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

    #[test]
    fn services_are_forbidden_until_all_is_installed() {
        let folder = TempDir::new().unwrap();
        let policy = folder.path().join("policy");
        let asked = || {
            let mode = fs::metadata(&policy).unwrap().permissions().mode();
            (mode & 0o111 != 0, Command::new("sh").arg(&policy).status().unwrap().code())
        };
        let mut during = None;
        without_services(&policy, || {
            during = Some(asked());
            Ok(())
        })
        .unwrap();
        assert_eq!((during, policy.exists()), (Some((true, Some(101))), false));
        // One that is there already stays.
        fs::write(&policy, "").unwrap();
        without_services(&policy, || Ok(())).unwrap();
        assert_eq!(fs::read(&policy).unwrap(), b"");
    }
}
