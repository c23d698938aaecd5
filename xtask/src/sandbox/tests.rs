use std::{fs, process::Command};

use tempfile::TempDir;

use super::{Server, base_url};
use crate::Failure;

/// Stands in for the server: a shell script that gets the server's arguments.
fn start(script: &str) -> (TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sh");
    fs::write(&path, script).unwrap();
    let mut shell = Command::new("sh");
    shell.arg(path);
    (folder, Server::start(shell).unwrap())
}

/// Prints an address, and runs until it is asked to stop.
fn script(status_at_end: i32) -> String {
    format!(
        "trap 'kill $!; exit {status_at_end}' TERM\n\
         sleep 600 &\n\
         echo \"ready on http://127.0.0.1:4711/ with http://127.0.0.1:4711/docs\"\n\
         wait\n"
    )
}

#[test]
fn server_is_ready_at_its_address_and_stops_when_asked() {
    let (_folder, mut server) = start(&script(0));
    assert_eq!(server.wait_until_ready().unwrap(), "http://127.0.0.1:4711");
    server.stop().unwrap();
}

#[test]
fn server_that_stops_with_an_error_fails_the_check() {
    let (_folder, mut server) = start(&script(3));
    server.wait_until_ready().unwrap();
    assert!(matches!(server.stop(), Err(Failure::Exit { status, .. }) if status.code() == Some(3)));
}

#[test]
fn server_that_ends_without_an_address_is_not_ready() {
    let (_folder, mut server) = start("echo \"the port is taken\"\nexit 1\n");
    assert!(matches!(server.wait_until_ready(), Err(Failure::Refused(_))));
}

#[test]
fn address_is_found_in_a_line_without_its_path() {
    assert_eq!(
        base_url("Kortti: http://127.0.0.1:40123/docs ready").as_deref(),
        Some("http://127.0.0.1:40123")
    );
    assert_eq!(base_url("http://127.0.0.1:1").as_deref(), Some("http://127.0.0.1:1"));
}

#[test]
fn lines_without_an_address_have_none() {
    for line in ["", "store: sqlite", "http://127.0.0.1:", "https://example.org"] {
        assert_eq!(base_url(line), None, "{line}");
    }
}
