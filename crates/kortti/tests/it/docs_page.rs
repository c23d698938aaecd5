//! The reference page: what it says, and what a browser makes of it.

use std::{env, process::Command};

use tempfile::TempDir;

use crate::support::Server;

/// The method and path of every operation, and its summary.
fn operations(server: &Server) -> Vec<[String; 3]> {
    let document = server.api.get("/openapi.json").expect(200).json();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            found.push([
                method.to_uppercase(),
                path.clone(),
                operation["summary"].as_str().unwrap().to_owned(),
            ]);
        }
    }
    found
}

/// The page without its tags, entities resolved, white space made one.
fn text_of(page: &str) -> String {
    let pieces = page.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    let text: String = pieces.flat_map(|piece| [piece, " "]).collect();
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&amp;", "&").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn assert_names_all(server: &Server, page: &str) {
    let text = text_of(page);
    for [method, path, summary] in operations(server) {
        assert!(text.contains(&path), "{path} is missing");
        assert!(text.contains(&summary), "`{summary}` of {method} {path} is missing");
        assert!(text.contains(&method) || text.contains(&method.to_lowercase()), "{method} is missing");
    }
    for member in [
        "embossing",
        "additionalEmbossingName",
        "usageLimits",
        "regionAndEcommBlocking",
        "SEGMENT_F",
        "CARD_STOLEN",
    ] {
        assert!(text.contains(member), "{member} is missing");
    }
}

#[test]
fn the_page_names_every_operation_and_loads_nothing_from_elsewhere() {
    let server = Server::sandbox();
    let reply = server.api.get("/docs").expect(200);
    assert!(reply.header("content-type").unwrap().starts_with("text/html"));
    let page = reply.text();
    assert!(page.to_ascii_lowercase().starts_with("<!doctype html>"), "{}", &page[..page.len().min(80)]);
    for outside in ["src=\"http", "href=\"http", "src='http", "@import", "//cdn"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert_names_all(&server, &page);
}

#[test]
fn a_browser_shows_the_page() {
    let Ok(version) = Command::new("chromium").arg("--version").output() else {
        assert!(env::var("CI").is_err(), "chromium is not installed, and in CI the page must be looked at");
        println!("chromium is not installed, so nobody has looked at the page");
        return;
    };
    assert!(version.status.success());
    let server = Server::sandbox();
    let profile = TempDir::new().unwrap();
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--dump-dom"])
        .args([
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .args([
            "--disable-default-apps",
            "--disable-extensions",
            "--metrics-recording-only",
            "--disable-breakpad",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("http://{}/docs", server.api.address()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_names_all(&server, &String::from_utf8_lossy(&output.stdout));
}
