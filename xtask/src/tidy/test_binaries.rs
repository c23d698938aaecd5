//! One test binary a crate: each further one links the whole crate once more.

use serde_json::Value;

use super::Finding;

/// The only file directly below a crate's `tests` that may be a target.
const ENTRY: &str = "tests/it/main.rs";

/// Test targets that are not `tests/it/main.rs`.
pub fn check(metadata: &Value) -> Vec<Finding> {
    let list =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let targets = list(metadata, "packages").into_iter().flat_map(|package| list(&package, "targets"));
    let tests = targets.filter(|target| list(target, "kind").iter().any(|kind| kind == "test"));
    let root = metadata.get("workspace_root").and_then(Value::as_str).unwrap_or_default();
    tests
        .filter_map(|target| target.get("src_path").and_then(Value::as_str).map(str::to_owned))
        .filter(|path| !path.ends_with(ENTRY))
        .map(|path| {
            let path = path.trim_start_matches(root).trim_start_matches('/');
            Finding::new(path, 1, format!("a second test binary: make it a module of `{ENTRY}`"))
        })
        .collect()
}
