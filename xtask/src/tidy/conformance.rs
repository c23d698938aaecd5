//! Every store passes every behaviour of the conformance suite, so no behaviour may be forgotten in the list of them.

use std::collections::BTreeSet;

use super::{File, Finding};

const SUITE: &str = "crates/kortti-store/src/conformance/";
const LIST: &str = "crates/kortti-store/src/conformance/mod.rs";
const STORES: &str = "crates/kortti-store-";
const MACRO: &str = "store_conformance!";

/// Behaviours that the macro does not name, and store crates that do not call the macro.
pub fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = unlisted(files);
    findings.extend(untested_stores(files));
    findings
}

fn unlisted(files: &[File]) -> Vec<Finding> {
    let list = files.iter().find(|file| file.path == LIST).and_then(File::text).unwrap_or_default();
    let listed: BTreeSet<&str> = list.lines().map(|line| line.trim().trim_end_matches(',')).collect();
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path != LIST) {
        let Some(module) = file.path.strip_prefix(SUITE).and_then(|rest| rest.strip_suffix(".rs")) else {
            continue;
        };
        for (line, number) in file.text().unwrap_or_default().lines().zip(1..) {
            let Some(signature) = line.strip_prefix("pub fn ") else { continue };
            let behaviour = format!("{module}::{}", signature.split(['(', '<']).next().unwrap_or_default());
            if !listed.contains(behaviour.as_str()) {
                let what = format!(
                    "no store runs `{behaviour}`: add it to the list in `{MACRO}`, a line of its own"
                );
                findings.push(Finding::new(&file.path, number, what));
            }
        }
    }
    findings
}

fn untested_stores(files: &[File]) -> Vec<Finding> {
    let name = |path: &str| Some(path.strip_prefix(STORES)?.split_once('/')?.0.to_owned());
    let stores: BTreeSet<String> = files.iter().filter_map(|file| name(&file.path)).collect();
    let runs_suite = |store: &str| {
        let tests = format!("{STORES}{store}/tests/");
        let tests = files.iter().filter(|file| file.path.starts_with(&tests));
        tests.filter_map(File::text).any(|text| text.contains(MACRO))
    };
    let untested = stores.iter().filter(|store| !runs_suite(store));
    untested
        .map(|store| {
            let manifest = format!("{STORES}{store}/Cargo.toml");
            Finding::new(&manifest, 1, format!("no test of this store calls `{MACRO}`: call it in tests/it"))
        })
        .collect()
}
