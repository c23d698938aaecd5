//! Migrations are numbered without a gap: one that was renumbered or lost would leave old databases behind.

use std::collections::BTreeMap;

use super::{File, Finding};

/// Folders named `migrations` whose files are not `V1__…` to `Vn__…`, each once.
pub fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut folders: BTreeMap<&str, Vec<(u32, &str)>> = BTreeMap::new();
    for path in files.iter().map(|file| file.path.as_str()) {
        let Some((folder, name)) = path.rsplit_once('/') else { continue };
        if !folder.ends_with("/migrations") {
            continue;
        }
        match version(name) {
            Some(version) => folders.entry(folder).or_default().push((version, path)),
            None => {
                findings.push(Finding::new(path, 1, "no migration: name it `V<number>__<what_it_does>.sql`"))
            }
        }
    }
    for mut migrations in folders.into_values() {
        migrations.sort_unstable();
        for ((version, path), expected) in migrations.into_iter().zip(1..) {
            if version != expected {
                let what = format!(
                    "version {version} where {expected} is due: number migrations without gap or repeat"
                );
                findings.push(Finding::new(path, 1, what));
                break;
            }
        }
    }
    findings
}

fn version(name: &str) -> Option<u32> {
    let (version, rest) = name.strip_prefix('V')?.split_once("__")?;
    rest.strip_suffix(".sql").filter(|what| !what.is_empty())?;
    version.parse().ok()
}
