//! Which crate may use which: the table that keeps SQL out of the rules and HTTP out of the store.

use serde_json::Value;

use super::{File, Finding};

/// What one crate may and must not depend on. Dependencies of tests alone are not counted.
struct Rule {
    name: &'static str,
    /// The crates of ours that it may use; all others are forbidden.
    ours: &'static [&'static str],
    /// Crates of others that it must not name.
    never: &'static [&'static str],
}

const SQL: &str = "rusqlite";
const POSTGRES: &str = "tokio-postgres";
const HTTP: &str = "axum";

const RULES: [Rule; 12] = [
    Rule {
        name: "kortti-core",
        ours: &[],
        never: &[HTTP, SQL, POSTGRES, "hyper", "rand", "serde_json", "tokio", "tracing", "uuid"],
    },
    Rule { name: "kortti-crypto", ours: &[], never: &[HTTP, SQL, POSTGRES, "hyper", "tokio", "tracing"] },
    Rule { name: "kortti-store", ours: &[], never: &[HTTP, SQL, POSTGRES, "hyper", "tokio"] },
    Rule { name: "kortti-store-sqlite", ours: &["kortti-store"], never: &[HTTP, POSTGRES, "hyper", "tokio"] },
    Rule {
        name: "kortti-store-postgres",
        ours: &["kortti-store"],
        never: &[HTTP, SQL, "hyper", "openssl", "ring"],
    },
    Rule { name: "kortti-postgres-cluster", ours: &[], never: &[HTTP, SQL, "hyper", "tokio"] },
    Rule {
        name: "kortti-ledger",
        ours: &["kortti-core", "kortti-store"],
        never: &[HTTP, SQL, POSTGRES, "hyper"],
    },
    Rule {
        name: "kortti-app",
        ours: &["kortti-core", "kortti-crypto", "kortti-ledger", "kortti-store"],
        never: &[HTTP, SQL, POSTGRES, "hyper"],
    },
    Rule { name: "kortti-peer", ours: &[], never: &[HTTP, SQL, POSTGRES, "hyper", "openssl", "ring"] },
    Rule { name: "kortti-http", ours: &["kortti-app", "kortti-core"], never: &[SQL, POSTGRES] },
    Rule {
        name: "kortti",
        ours: &[
            "kortti-app",
            "kortti-core",
            "kortti-crypto",
            "kortti-http",
            "kortti-ledger",
            "kortti-peer",
            "kortti-store",
            "kortti-store-postgres",
            "kortti-store-sqlite",
        ],
        never: &[],
    },
    Rule { name: "xtask", ours: &[], never: &[] },
];

/// Compares what cargo knows of the crates with the table.
pub fn check(metadata: &Value, files: &[File]) -> Vec<Finding> {
    let packages = members(metadata, "packages");
    let ours: Vec<&str> = packages.iter().map(|package| text(package, "name")).collect();
    let root = text(metadata, "workspace_root");
    let mut findings = Vec::new();
    for package in packages {
        let name = text(package, "name");
        let manifest = text(package, "manifest_path").trim_start_matches(root).trim_start_matches('/');
        let Some(rule) = RULES.iter().find(|rule| rule.name == name) else {
            let what = format!("crate `{name}` has no rule: give it one in xtask/src/tidy/edges.rs");
            findings.push(Finding::new(manifest, 1, what));
            continue;
        };
        let content =
            files.iter().find(|file| file.path == manifest).and_then(File::text).unwrap_or_default();
        for used in members(package, "dependencies").iter().filter(|used| text(used, "kind") != "dev") {
            let used = text(used, "name");
            if let Some(what) = judge(rule, &ours, used) {
                findings.push(Finding::new(manifest, line_of(content, used), what));
            }
        }
    }
    findings
}

fn judge(rule: &Rule, ours: &[&str], used: &str) -> Option<String> {
    let name = rule.name;
    if ours.contains(&used) && !rule.ours.contains(&used) {
        let allowed = if rule.ours.is_empty() { "no crate of ours".to_owned() } else { rule.ours.join(", ") };
        Some(format!(
            "`{name}` must not use `{used}`, only {allowed}: move the code to where both can see it"
        ))
    } else if rule.never.contains(&used) {
        Some(format!(
            "`{name}` must never name `{used}`: move the code to the crate that exists to contain it"
        ))
    } else {
        None
    }
}

/// The line on which a manifest names a dependency, or the first.
fn line_of(manifest: &str, dependency: &str) -> usize {
    let names =
        |line: &str| line.strip_prefix(dependency).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
    manifest.lines().position(names).map_or(1, |index| index + 1)
}

fn members<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
