use serde_json::json;

use super::{File, Finding, conformance, edges, migrations, test_binaries, text};

fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), bytes: text.as_bytes().to_vec() }
}

/// The findings without their advice: `path:line: first words`.
fn brief(findings: Vec<Finding>) -> Vec<String> {
    let brief =
        |finding: Finding| finding.to_string().split([',', ':']).take(3).collect::<Vec<_>>().join(":");
    findings.into_iter().map(brief).collect()
}

#[test]
fn leftovers_tabs_and_trailing_space_are_found_on_their_lines() {
    let unfinished = concat!("fn a() {\n    todo", "!()\n}\n// FIX", "ME\n");
    assert_eq!(
        brief(text::check(&[file("a.rs", unfinished)])),
        [concat!("a.rs:2: `todo", "!(`"), concat!("a.rs:4: `FIX", "ME`")]
    );
    assert_eq!(
        brief(text::check(&[file("a.md", "one \ntwo\tthree\nfour\r\n")])),
        [
            "a.md:1: white space at the end of the line",
            "a.md:2: a tab",
            "a.md:3: white space at the end of the line"
        ]
    );
    assert_eq!(text::check(&[file("a.rs", "fn a() {}\n\n// A plain line.\n")]), []);
}

#[test]
fn binary_files_are_only_measured() {
    let image = |size: usize| File { path: "a.png".to_owned(), bytes: vec![0; size] };
    assert_eq!(text::check(&[image(512 * 1024)]), []);
    assert_eq!(brief(text::check(&[image(512 * 1024 + 1)])), ["a.png:1: 524289 bytes"]);
}

#[test]
fn rust_files_warn_at_350_lines_and_fail_at_500() {
    let of = |lines: usize| [file("a.rs", &"//\n".repeat(lines))];
    assert_eq!((text::long_files(&of(350)), text::check(&of(350))), (vec![], vec![]));
    assert_eq!((text::long_files(&of(351)).len(), text::check(&of(500))), (1, vec![]));
    assert_eq!((text::long_files(&of(501)), text::check(&of(501)).len()), (vec![], 1));
    assert_eq!(text::check(&[file("a.md", &"line\n".repeat(501))]), []);
}

fn workspace(name: &str, dependencies: &serde_json::Value) -> serde_json::Value {
    json!({
        "workspace_root": "/repo",
        "packages": [
            { "name": name, "manifest_path": format!("/repo/crates/{name}/Cargo.toml"), "dependencies": dependencies },
            { "name": "kortti-store", "manifest_path": "/repo/crates/kortti-store/Cargo.toml", "dependencies": [] },
        ],
    })
}

#[test]
fn forbidden_edges_are_found_on_their_lines() {
    let uses = json!([{ "name": "kortti-store", "kind": null }, { "name": "tokio", "kind": null }, { "name": "jiff" }]);
    let manifest =
        "[dependencies]\njiff.workspace = true\nkortti-store = { path = \"x\" }\ntokio.workspace = true\n";
    assert_eq!(
        brief(edges::check(
            &workspace("kortti-core", &uses),
            &[file("crates/kortti-core/Cargo.toml", manifest)]
        )),
        [
            "crates/kortti-core/Cargo.toml:3: `kortti-core` must not use `kortti-store`",
            "crates/kortti-core/Cargo.toml:4: `kortti-core` must never name `tokio`",
        ]
    );
}

#[test]
fn allowed_and_test_only_edges_pass() {
    let uses = json!([{ "name": "kortti-store", "kind": null }, { "name": "axum", "kind": "dev" }]);
    assert_eq!(edges::check(&workspace("kortti-ledger", &uses), &[]), []);
    let build = json!([{ "name": "axum", "kind": "build" }]);
    assert_eq!(edges::check(&workspace("kortti-ledger", &build), &[]).len(), 1);
}

#[test]
fn new_crate_needs_a_rule() {
    let found = edges::check(&workspace("kortti-new", &json!([])), &[]);
    assert_eq!(brief(found), ["crates/kortti-new/Cargo.toml:1: crate `kortti-new` has no rule"]);
}

#[test]
fn only_one_test_binary_a_crate_passes() {
    let target =
        |kind: &str, path: &str| json!({ "kind": [kind], "src_path": format!("/repo/crates/a/{path}") });
    let metadata = json!({ "workspace_root": "/repo", "packages": [{ "targets": [
        target("lib", "src/lib.rs"),
        target("test", "tests/it/main.rs"),
        target("test", "tests/other.rs"),
    ] }] });
    assert_eq!(brief(test_binaries::check(&metadata)), ["crates/a/tests/other.rs:1: a second test binary"]);
}

#[test]
fn unlisted_conformance_test_is_found() {
    let list = "macro_rules! store_conformance {\n    cold::reads,\n    journal::reads_all,\n}\npub fn helper() {}\n";
    let suite = "pub fn reads(fixture: &Fixture) {}\n\npub fn writes<S>(s: S) {}\n\nfn helper() {}\n";
    let files = [
        file("crates/kortti-store/src/conformance/mod.rs", list),
        file("crates/kortti-store/src/conformance/cold.rs", suite),
        file("crates/kortti-store/src/conformance/journal.rs", "pub fn reads() {}\n"),
    ];
    assert_eq!(
        brief(conformance::check(&files)),
        [
            "crates/kortti-store/src/conformance/cold.rs:3: no store runs `cold",
            "crates/kortti-store/src/conformance/journal.rs:1: no store runs `journal",
        ]
    );
}

#[test]
fn store_without_the_suite_is_found() {
    let files = [
        file("crates/kortti-store-sqlite/tests/it/main.rs", "kortti_store::store_conformance!(fixture());\n"),
        file("crates/kortti-store-other/src/lib.rs", "// store_conformance! is not called here.\n"),
    ];
    let found = brief(conformance::check(&files));
    assert_eq!(
        found,
        ["crates/kortti-store-other/Cargo.toml:1: no test of this store calls `store_conformance!`"]
    );
}

#[test]
fn migrations_are_numbered_from_one_without_gap_or_repeat() {
    let check = |names: &[&str]| {
        let files: Vec<_> =
            names.iter().map(|name| file(&format!("crates/a/migrations/{name}"), "")).collect();
        brief(migrations::check(&files))
    };
    let many: Vec<_> = (1..=11).map(|version| format!("V{version}__x.sql")).collect();
    assert!(check(&many.iter().map(String::as_str).collect::<Vec<_>>()).is_empty());
    assert_eq!(
        check(&["V1__a.sql", "V3__b.sql"]),
        ["crates/a/migrations/V3__b.sql:1: version 3 where 2 is due"]
    );
    assert_eq!(
        check(&["V1__a.sql", "V1__b.sql"]),
        ["crates/a/migrations/V1__b.sql:1: version 1 where 2 is due"]
    );
    assert_eq!(check(&["V2__a.sql"]), ["crates/a/migrations/V2__a.sql:1: version 2 where 1 is due"]);
    assert_eq!(check(&["1_a.sql"]), ["crates/a/migrations/1_a.sql:1: no migration"]);
}

#[test]
fn cargo_run_means_kortti() {
    let with =
        |ids: &[&str]| super::start::check(&serde_json::json!({ "workspace_default_members": ids })).len();
    assert_eq!(with(&["path+file:///home/me/kortti/crates/kortti#0.1.0"]), 0);
    assert_eq!(
        with(&["path+file:///home/me/kortti/crates/kortti#0.1.0", "path+file:///home/me/kortti/xtask#0.1.0"]),
        1
    );
    assert_eq!(with(&["path+file:///home/me/kortti/crates/kortti-core#0.1.0"]), 1);
    assert_eq!(with(&[]), 1);
}
