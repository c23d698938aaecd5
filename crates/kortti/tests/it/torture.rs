//! `kortti torture`: processes are killed and paused while money moves, and what they answered is what there is.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use kortti_postgres_cluster::Cluster;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    database::Database,
    support::{Place, wait_until},
};

/// Torture in a place, with more arguments. A seed that failed before can be given in `KORTTI_TEST_SEED`.
fn torture(place: &Place, arguments: &[&str]) -> Command {
    let mut command = place.command(&["torture", "--json"]);
    command.args(arguments);
    if let (Ok(seed), false) = (std::env::var("KORTTI_TEST_SEED"), arguments.contains(&"--seed")) {
        command.args(["--seed", &seed]);
    }
    command
}

/// The summary of a run in which nothing differed.
fn summary(place: &Place, arguments: &[&str]) -> Value {
    let output = torture(place, arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Whether any process still has this in its command line.
fn runs_with(word: &str) -> bool {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let mut lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.any(|line| String::from_utf8_lossy(&line).contains(word))
}

#[test]
fn money_that_was_answered_for_survives_every_kill() {
    let summary = summary(&Place::new(), &["--rounds", "50"]);
    let count = |name: &str| summary[name].as_u64().unwrap_or_else(|| panic!("{name} in {summary}"));
    assert_eq!((count("rounds"), count("lost"), count("doubled")), (50, 0, 0));
    assert_eq!(count("answered"), count("requests"));
    assert!(count("answered") > 500, "there was hardly any load: {summary}");
    for name in ["kills", "pauses", "stops", "clock_moves", "repeated"] {
        assert!(count(name) > 0, "{name} in {summary}");
    }
}

#[test]
fn processes_that_share_a_store_follow_each_other_through_every_kill() {
    let summary = summary(&Place::new(), &["--rounds", "30", "--processes", "3"]);
    assert_eq!(
        (&summary["rounds"], &summary["lost"], &summary["doubled"]),
        (&30.into(), &0.into(), &0.into())
    );
}

#[test]
fn money_that_was_answered_for_survives_every_failure_of_the_database() {
    let cluster = Arc::new(Cluster::start().unwrap());
    let place = Place::on(Database::on(Arc::clone(&cluster)));
    let (pid_file, start) = (cluster.pid_file().display().to_string(), cluster.start_words());
    let mut arguments = vec!["--database-pid-file", &pid_file, "--database-start", &start];
    // With this seed everything happens to the database in these rounds, a process is told to stop meanwhile, and one sleeps until
    // another one has taken its place.
    arguments.extend(["--processes", "2", "--rounds", "7", "--seed", "43"]);
    let summary = summary(&place, &arguments);
    let count = |name: &str| summary[name].as_u64().unwrap_or_else(|| panic!("{name} in {summary}"));
    assert_eq!((count("rounds"), count("lost"), count("doubled")), (7, 0, 0));
    assert_eq!(count("answered"), count("requests"));
    for name in
        ["database_kills", "database_stops", "database_pauses", "kills", "stops", "pauses", "repeated"]
    {
        assert!(count(name) > 0, "{name} in {summary}");
    }
}

#[test]
fn no_database_is_tortured_that_is_not_the_store_s() {
    let place = Place::embedded();
    let arguments = ["--database-pid-file", "/nowhere", "--database-start", "false"];
    let output = torture(&place, &["--store", &place.url()]).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("only a store on PostgreSQL"), "{said}");
}

#[test]
fn a_store_that_was_named_can_be_opened_after_the_run() {
    let place = Place::embedded();
    let temporary = TempDir::new().unwrap();
    fs::create_dir(place.data()).unwrap();
    let mut command = place.plain(&["torture", "--rounds", "1"]);
    command.env("TMPDIR", temporary.path()).env("KORTTI_TORTURE_STORE", place.url());
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let folder = said.lines().next_back().unwrap().rsplit(' ').next().unwrap();
    assert!(Path::new(folder).starts_with(temporary.path()), "{said}");
    let verified = place.run_plain(&["verify", "--store", &place.url(), "--data", folder]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

#[test]
fn a_folder_that_nobody_needs_any_more_goes() {
    let temporary = TempDir::new().unwrap();
    let place = Place::embedded();
    let mut command = place.plain(&["torture", "--rounds", "1"]);
    let output = command.env("TMPDIR", temporary.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn store_that_the_environment_names_for_the_server_is_not_tortured() {
    let place = Place::embedded();
    fs::create_dir(place.data()).unwrap();
    let mut command = place.plain(&["torture", "--rounds", "1"]);
    let output = command.env("KORTTI_STORE", place.url()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!place.store().exists());
}

#[test]
fn an_entry_that_no_writer_asked_for_is_noticed_and_the_store_is_kept() {
    let place = Place::new();
    let mut command = torture(&place, &["--rounds", "1000", "--seed", "7"]);
    let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(run.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(said.any(|line| line.starts_with("round 1:")));
    place.add_client("intruder", "all", "1");
    let rest: Vec<String> = said.collect();
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let difference = summary["difference"].as_str().unwrap();
    assert!(
        difference.contains("CLIENT_ADDED") && difference.contains("nobody was answered"),
        "{difference}"
    );
    let rest = rest.join("\n");
    for said in [difference, "--seed 7", &place.data().display().to_string()] {
        assert!(rest.contains(said), "`{rest}` does not say {said}");
    }
    assert!(!place.kept().is_empty());
}

#[test]
fn a_store_that_exists_is_left_alone() {
    let place = Place::new();
    place.serve().stop();
    let before = place.kept();
    let refused = |place: &Place, arguments: &[&str], why: &str| {
        let output = torture(place, &["--rounds", "1"]).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(why), "`{said}` does not say {why}");
    };
    refused(&place, &[], if Database::is_wanted() { "there is a store" } else { "not empty" });
    refused(&Place::embedded(), &["--store", &place.url()], "there is a store");
    assert_eq!(place.kept(), before);
}

#[test]
fn no_process_outlives_a_run_that_is_killed() {
    let place = Place::new();
    let mut command = torture(&place, &["--rounds", "1000", "--processes", "2"]);
    let mut run = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(run.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(said.any(|line| line.starts_with("round 1:")));
    run.kill().unwrap();
    run.wait().unwrap();
    let data = place.data().display().to_string();
    wait_until("all processes have ended", || !runs_with(&data));
}

#[test]
fn benchmark_wants_an_empty_database_before_it_measures() {
    let place = Place::on_server();
    place.serve().stop();
    let before = place.kept();
    let embedded = format!("sqlite:{}", place.data().join("new.db").display());
    let with = |store: Option<&str>| {
        let mut command = place.plain(&["bench", "postgres"]);
        command.env("KORTTI_STORE", place.url());
        command.envs(store.map(|store| ("KORTTI_BENCH_STORE", store)));
        let output = command.output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    for (store, words) in [
        (None, "must name an empty PostgreSQL database"),
        (Some(embedded.as_str()), "must name an empty PostgreSQL database"),
        (Some(place.url().as_str()), "bench wants one of its own"),
    ] {
        let said = with(store);
        assert!(said.starts_with("error: ") && said.contains(words), "{said}");
    }
    assert_eq!(place.kept(), before);
}
