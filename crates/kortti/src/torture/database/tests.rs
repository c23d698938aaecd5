use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use super::{DatabaseOptions, DatabaseServer, Outage};

const STORE: Option<&str> = Some("postgres://nobody@localhost/none");

/// A process that does nothing, in a folder.
fn process_in(folder: &Path) -> Child {
    Command::new("cat").current_dir(folder).stdin(Stdio::piped()).spawn().unwrap()
}

/// The options of a server whose pid file names this process.
fn options(folder: &Path, process: &Child) -> DatabaseOptions {
    let pid_file = folder.join("postmaster.pid");
    fs::write(&pid_file, format!("{}\n{}\n", process.id(), folder.display())).unwrap();
    DatabaseOptions { database_pid_file: Some(pid_file), database_start: Some("echo started".to_owned()) }
}

fn state(process: &Child) -> String {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    status.lines().find_map(|line| line.strip_prefix("State:")).unwrap().trim().to_owned()
}

fn server(options: &DatabaseOptions, folder: &Path) -> DatabaseServer {
    options.server(STORE, folder).unwrap().unwrap()
}

#[test]
fn process_that_does_not_work_in_the_folder_is_nobody_s_database() {
    let (folder, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut process = process_in(elsewhere.path());
    let refused = options(folder.path(), &process).server(STORE, folder.path());
    assert!(refused.err().unwrap().to_string().contains("names no PostgreSQL server"));
    process.kill().unwrap();
    process.wait().unwrap();
}

#[test]
fn only_a_store_on_postgresql_has_a_server() {
    let folder = TempDir::new().unwrap();
    let mut process = process_in(folder.path());
    let refused = options(folder.path(), &process).server(Some("sqlite:kortti.db"), folder.path());
    assert!(refused.err().unwrap().to_string().contains("PostgreSQL"));
    process.kill().unwrap();
    process.wait().unwrap();
}

#[test]
fn paused_server_stands_still_until_it_is_restored() {
    let folder = TempDir::new().unwrap();
    let mut process = process_in(folder.path());
    let server = server(&options(folder.path(), &process), folder.path());
    let struck = server.strike(Outage::Pause).unwrap();
    assert!(state(&process).starts_with('T'), "{}", state(&process));
    server.restore(struck).unwrap();
    assert!(!state(&process).starts_with('T'), "{}", state(&process));
    process.kill().unwrap();
    process.wait().unwrap();
}

#[test]
fn paused_server_goes_on_when_nobody_is_left_to_restore_it() {
    let folder = TempDir::new().unwrap();
    let mut process = process_in(folder.path());
    drop(server(&options(folder.path(), &process), folder.path()).strike(Outage::Pause).unwrap());
    while state(&process).starts_with('T') {
        std::thread::yield_now();
    }
    process.kill().unwrap();
    process.wait().unwrap();
}

#[test]
fn killed_server_is_started_again_when_it_has_ended() {
    for outage in [Outage::Kill, Outage::ShutDown] {
        let folder = TempDir::new().unwrap();
        let mut process = process_in(folder.path());
        let server = server(&options(folder.path(), &process), folder.path());
        let struck = server.strike(outage).unwrap();
        process.wait().unwrap();
        assert!(!folder.path().join("database.log").exists());
        server.restore(struck).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("database.log")).unwrap(), "started\n");
    }
}

#[test]
fn words_name_the_server_for_a_shell() {
    let options = DatabaseOptions {
        database_pid_file: Some("/data of mine/postmaster.pid".into()),
        database_start: Some("pg_ctl start -D '/data of mine'".to_owned()),
    };
    let words = shlex::split(&options.words()).unwrap();
    assert_eq!(words[1], "/data of mine/postmaster.pid");
    assert_eq!(words[3], "pg_ctl start -D '/data of mine'");
}
