//! The README starts the program with a plain `cargo run`, which works only while one program is the default.

use serde_json::Value;

use super::Finding;

/// Checks that `cargo run` means `kortti`.
pub fn check(metadata: &Value) -> Vec<Finding> {
    let defaults = metadata.get("workspace_default_members").and_then(Value::as_array);
    let names = defaults.into_iter().flatten().filter_map(Value::as_str);
    let paths: Vec<&str> = names.map(|id| id.split('#').next().unwrap_or(id)).collect();
    if matches!(paths.as_slice(), [only] if only.ends_with("/crates/kortti")) {
        return Vec::new();
    }
    vec![Finding::new(
        "Cargo.toml",
        1,
        "`cargo run` must mean kortti: set default-members to crates/kortti alone",
    )]
}
