//! What an operator mistypes or misplaces, and what is said of it.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    sync::Arc,
};

use kortti_postgres_cluster::Cluster;

use crate::{database::Database, support::Place};

/// What a command says that fails.
#[track_caller]
fn said(place: &Place, arguments: &[&str]) -> String {
    let output = place.run_plain(arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// A place in which a server has run, and its folder.
fn served() -> (Place, String) {
    let place = Place::embedded();
    place.serve().stop();
    let data = place.data().display().to_string();
    (place, data)
}

#[test]
fn master_key_that_is_missing_is_named_once_with_what_to_do() {
    let (place, data) = served();
    let key = place.data().join("master.key");
    fs::rename(&key, place.data().with_file_name("elsewhere")).unwrap();
    for command in ["verify", "serve"] {
        let said = said(&place, &[command, "--data", &data]);
        assert!(said.contains(&format!("there is no master key at {}", key.display())), "{said}");
        assert!(said.contains("--master-key-file") && !said.contains("os error"), "{said}");
    }
    fs::DirBuilder::new().mode(0o700).create(&key).unwrap();
    let said = said(&place, &["verify", "--data", &data]);
    assert_eq!(said.matches("os error").count(), 1, "{said}");
}

#[test]
fn nobody_is_sent_to_migrate_what_cannot_be_migrated() {
    let embedded = Place::embedded();
    embedded.serve().stop();
    let other = "UPDATE refinery_schema_history SET checksum = '1';
        DELETE FROM refinery_schema_history WHERE version > 1";
    rusqlite::Connection::open(embedded.store()).unwrap().execute_batch(other).unwrap();
    let cluster = Arc::new(Cluster::start().unwrap());
    let on_server = Place::on(Database::on(Arc::clone(&cluster)));
    on_server.serve().stop();
    cluster.sql("test_0", other).unwrap();
    for (place, command) in [&embedded, &on_server].into_iter().flat_map(|p| [(p, "migrate"), (p, "verify")])
    {
        let output = place.run(&[command]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains("this is no store of Kortti"), "{said}");
        assert!(!said.contains("run `kortti migrate`"), "{said}");
    }
}

#[test]
fn folder_and_file_are_not_taken_for_each_other() {
    let (place, data) = served();
    let file = place.store().display().to_string();
    for arguments in
        [["verify", "--store", &format!("sqlite:{data}")], ["serve", "--store", &format!("sqlite:{data}")]]
    {
        let said = said(&place, &arguments);
        assert!(said.contains(&format!("{data} is a folder; name the store's file in it")), "{said}");
    }
    let said = said(&place, &["verify", "--data", &file]);
    assert!(said.contains(&format!("{file} is no folder")), "{said}");
}

#[test]
fn store_that_may_not_be_read_is_not_said_to_be_missing() {
    let (place, data) = served();
    fs::set_permissions(place.data(), fs::Permissions::from_mode(0o0)).unwrap();
    // Whom nothing is forbidden, such as root, can open it.
    let is_forbidden = place.store().try_exists().is_err();
    let output = place.run_plain(&["verify", "--data", &data]);
    fs::set_permissions(place.data(), fs::Permissions::from_mode(0o700)).unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("there is no store"), "{said}");
    assert!(!is_forbidden || said.contains("cannot open the store"), "{said}");
    let file = place.store().display().to_string();
    let behind_a_file = format!("sqlite:{file}/kortti.db");
    let output = place.run_plain(&["verify", "--store", &behind_a_file]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot open the store"), "{said}");
}

#[test]
fn settings_that_make_no_sense_are_refused_also_where_they_are_not_used() {
    let place = Place::embedded();
    for address in ["nonsense", "host:", ":7400", "host:99999", "a host:1"] {
        let served = place.try_serve_with(&["--sandbox", "--peer-address", address], &[]);
        let said = served.err().expect("the server started");
        assert!(said.contains("--peer-address must be HOST:PORT"), "{said}");
    }
    fs::write(place.data().with_file_name("kortti.toml"), "[postgres]\nwriters = 0\n").unwrap();
    let said = place.try_serve().err().expect("the server started");
    assert!(said.contains("numbers of [postgres] must be at least 1"), "{said}");
}

#[test]
fn schema_of_a_newer_program_is_named_as_one() {
    let (place, data) = served();
    let connection = rusqlite::Connection::open(place.store()).unwrap();
    let newer = "INSERT INTO refinery_schema_history SELECT 99, name, applied_on, checksum FROM refinery_schema_history \
                 WHERE version = 1";
    connection.execute(newer, []).unwrap();
    drop(connection);
    for command in ["verify", "migrate"] {
        let said = said(&place, &[command, "--data", &data]);
        assert!(said.contains("schema 99") && said.contains("a newer kortti has written it"), "{said}");
    }
}
