//! Servers come and go, and never stay behind.

#![expect(clippy::unwrap_used, reason = "a step of a test that fails must fail the test")]

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use kortti_postgres_cluster::{Cluster, Patroni, Settings};

/// Tells the child process that it is one, and what to hold.
const CHILD: &str = "KORTTI_TEST_CLUSTER_CHILD";

#[test]
fn server_answers_until_it_is_dropped_and_takes_its_folder_along() {
    let cluster = Cluster::start().unwrap();
    let database = cluster.create_database().unwrap();
    assert_ne!(cluster.create_database().unwrap(), database);
    assert_eq!(cluster.sql(&database, "SELECT current_database(), 1 + 1").unwrap(), format!("{database}|2"));
    let (folder, port) = (cluster.folder().to_owned(), cluster.port());
    assert!(is_listening(port));
    drop(cluster);
    assert!(!is_listening(port));
    assert!(!folder.exists());
}

#[test]
fn stopped_and_killed_server_starts_again_with_what_it_had() {
    let cluster = Cluster::start().unwrap();
    cluster.sql("postgres", "CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)").unwrap();
    cluster.stop_immediate().unwrap();
    assert!(cluster.sql("postgres", "SELECT 1").is_err());
    cluster.start_again().unwrap();
    cluster.kill().unwrap();
    wait_until("the killed server is gone", || !is_listening(cluster.port()));
    wait_until("the killed server's children are gone", || cluster.start_again().is_ok());
    assert_eq!(cluster.sql("postgres", "SELECT id FROM kept").unwrap(), "7");
}

#[test]
fn promoted_standby_has_all_that_was_committed() {
    let cluster = Cluster::start().unwrap();
    let standby = cluster.standby().unwrap();
    let waits = || cluster.sql("postgres", "SELECT sync_state FROM pg_stat_replication").unwrap() == "sync";
    wait_until("commits wait for the standby", waits);
    cluster.sql("postgres", "CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)").unwrap();
    assert!(standby.sql("postgres", "INSERT INTO kept VALUES (8)").is_err());
    cluster.kill().unwrap();
    standby.promote().unwrap();
    standby.sql("postgres", "INSERT INTO kept VALUES (8)").unwrap();
    assert_eq!(standby.sql("postgres", "SELECT id FROM kept ORDER BY id").unwrap(), "7\n8");
}

#[test]
fn settings_and_files_reach_the_server() {
    let settings = Settings {
        parameters: vec![("fsync".to_owned(), "on".to_owned()), ("work_mem".to_owned(), "5MB".to_owned())],
        files: vec![("pg_ident.conf".to_owned(), b"# a file\n".to_vec())],
    };
    let cluster = Cluster::start_with(&settings).unwrap();
    let shown = cluster.sql("postgres", "SHOW fsync; SHOW work_mem; SELECT pg_read_file('pg_ident.conf')");
    assert_eq!(shown.unwrap(), "on\n5MB\n# a file");
}

#[test]
fn server_of_a_killed_process_does_not_stay_behind() {
    assert_nothing_stays_behind("server");
}

#[test]
fn servers_under_patroni_of_a_killed_process_do_not_stay_behind() {
    assert_nothing_stays_behind("patroni");
}

fn assert_nothing_stays_behind(what: &str) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "child_holds_servers_until_killed", "--nocapture"])
        .env(CHILD, what)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let folder = lines.find_map(|line| line.unwrap().strip_prefix("holds ").map(str::to_owned)).unwrap();
    assert!(!naming(&folder).is_empty());
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("the folder is gone", || !Path::new(&folder).exists());
    wait_until("the processes are gone", || naming(&folder).is_empty());
}

/// The other process of the tests above; does nothing unless one of them has started it.
#[test]
fn child_holds_servers_until_killed() {
    let Some(what) = env::var_os(CHILD) else { return };
    let (cluster, patroni);
    let folder = if what == "patroni" {
        patroni = Patroni::start().unwrap();
        patroni.folder()
    } else {
        cluster = Cluster::start().unwrap();
        cluster.folder()
    };
    writeln!(std::io::stdout(), "\nholds {}", folder.display()).unwrap();
    loop {
        thread::park();
    }
}

/// The command lines that name a folder.
fn naming(folder: &str) -> Vec<String> {
    let listed = Command::new("ps").args(["-ww", "-e", "-o", "args="]).output().unwrap();
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    listed.lines().filter(|line| line.contains(folder)).map(str::to_owned).collect()
}

fn is_listening(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Asks again until the answer is yes; a quarter of a minute is more than any of it takes.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(15), "{what}: still not so");
        thread::park_timeout(Duration::from_millis(20));
    }
}
