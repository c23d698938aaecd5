//! Stores that are copied, backed up and restored.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    process::Output,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use serde_json::json;

use crate::support::{PREPAID, Place, Server, VISA, assert_members, card, events, files_below, issue};

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

#[track_caller]
fn succeed(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    said(output)
}

#[track_caller]
fn fail(output: &Output, because: &str) {
    assert!(!output.status.success() && said(output).contains(because), "{}", said(output));
}

/// A server that has a card with a name on it.
fn with_card(place: &Place) -> (Server, String) {
    let server = place.serve();
    let id =
        issue(&server.client(), VISA, &json!({ "embossing": { "firstName": "Anna", "lastName": "Berg" } }));
    (server, id)
}

/// The store of `place` serves what was in it, and goes on.
fn assert_serves(place: &Place, id: &str) {
    place.assert_verifies();
    let server = place.serve();
    let api = server.client();
    assert_members(&card(&api, id), &json!({ "/embossing/firstName": "Anna" }));
    issue(&api, VISA, &json!({}));
    server.stop();
    place.assert_verifies();
}

/// Lets `place` have the master key of another.
fn bring_key(from: &Place, to: &Place) {
    fs::create_dir_all(to.data()).unwrap();
    fs::copy(from.data().join("master.key"), to.data().join("master.key")).unwrap();
}

#[test]
fn backup_taken_under_load_is_restored_with_all_that_was_answered_before() {
    let (server, id) = with_card(&Place::embedded());
    let api = server.client();
    let file = server.place.data().with_file_name("backup");
    let name = file.to_str().unwrap();
    let stop = AtomicBool::new(false);
    let (before, taken) = thread::scope(|scope| {
        scope.spawn(|| {
            for turn in 0.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let load = json!({ "amount": 1.0, "currency": "EUR", "type": "DP" });
                api.post(&format!("/transaction/v3/account/{PREPAID}?externalId=load{turn}"), &load)
                    .expect(201);
            }
        });
        let before = events(&api).len();
        let taken = server.place.run(&["backup", "--to", name]);
        stop.store(true, Ordering::Relaxed);
        (before, taken)
    });
    succeed(&taken);
    fail(&server.place.run(&["backup", "--to", name]), "is there already");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let place = server.place.clone();
    server.stop();

    let other = Place::embedded();
    bring_key(&place, &other);
    succeed(&other.run(&["restore", "--from", name]));
    fail(&other.run(&["restore", "--from", name]), "is there already");
    assert_serves(&other, &id);
    let server = other.serve();
    assert!(events(&server.client()).len() > before);
}

#[test]
fn damaged_backup_leaves_no_store_behind() {
    let (server, _) = with_card(&Place::embedded());
    let file = server.place.data().with_file_name("backup");
    succeed(&server.place.run(&["backup", "--to", file.to_str().unwrap()]));
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.execute("UPDATE journal SET entry = zeroblob(100) WHERE sequence = 5", []).unwrap();
    drop(connection);
    let other = Place::embedded();
    fail(&other.run(&["restore", "--from", file.to_str().unwrap()]), "does not hold");
    for (content, what) in [(&b"no database"[..], "it is no database"), (b"", "it is empty")] {
        fs::write(&file, content).unwrap();
        let refused = other.run(&["restore", "--from", file.to_str().unwrap()]);
        fail(&refused, &format!("this is no store of Kortti: {what}"));
    }
    fail(&other.run(&["restore", "--from", "nowhere"]), "there is no file nowhere");
    assert!(files_below(&other.data()).iter().all(|(path, _)| path.ends_with("kortti.db-lock")));
}

#[test]
fn store_copied_to_another_kind_and_back_serves_like_the_first() {
    let (server, id) = with_card(&Place::embedded());
    let first = server.place.clone();
    server.stop();
    let copy = |from: &Place, to: &Place| from.run_plain(&["copy", "--from", &from.url(), "--to", &to.url()]);
    let (there, back) = (Place::on_server(), Place::embedded());
    bring_key(&first, &there);
    bring_key(&first, &back);
    let said = succeed(&copy(&first, &there));
    assert!(said.contains("both stores have the hash"), "{said}");
    assert_eq!(succeed(&copy(&first, &there)), said);
    assert_serves(&there, &id);
    // The copy has gone its own way since.
    fail(&copy(&first, &there), "another journal");
    succeed(&copy(&there, &back));
    assert_serves(&back, &id);
}

#[test]
fn database_of_another_program_is_not_taken_for_a_store() {
    let place = Place::embedded();
    let file = place.data().with_file_name("other.db");
    rusqlite::Connection::open(&file).unwrap().execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
    let before = fs::read(&file).unwrap();
    let url = format!("sqlite:{}", file.display());
    for command in [&["client", "list"][..], &["verify"], &["migrate"], &["serve"]] {
        let refused = place.run_plain(&[command, &["--store", &url]].concat());
        fail(&refused, "this is no store of Kortti: it has the tables of another program");
    }
    fail(&place.run(&["restore", "--from", file.to_str().unwrap()]), "the tables of another program");
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn copy_that_was_not_finished_says_what_it_is() {
    let (server, id) = with_card(&Place::embedded());
    let first = server.place.clone();
    server.stop();
    let other = Place::embedded();
    bring_key(&first, &other);
    let copy = || first.run_plain(&["copy", "--from", &first.url(), "--to", &other.url()]);
    succeed(&copy());
    // As it stands until all else has been compared.
    rusqlite::Connection::open(other.store()).unwrap().execute("DELETE FROM key", []).unwrap();
    let what = "a copy into it was not finished; run `kortti copy` again";
    for command in [&["client", "list"][..], &["keys", "init"], &["keys", "list"], &["verify"]] {
        fail(&other.run(command), what);
    }
    let said = other.try_serve().err().unwrap();
    assert!(said.contains(what), "{said}");
    succeed(&copy());
    assert_serves(&other, &id);
}

#[test]
fn copy_without_a_source_or_to_itself_is_refused() {
    let place = Place::embedded();
    place.serve().stop();
    let copy = |from: &str, to: &str| place.run_plain(&["copy", "--from", from, "--to", to]);
    fail(&copy(&place.url(), &place.url()), "the same store");
    let link = place.data().with_file_name("link.db");
    symlink(place.store(), &link).unwrap();
    for other in ["sqlite:./data/kortti.db", "sqlite:data/../data/kortti.db", "sqlite:link.db"] {
        fail(&copy(&place.url(), other), "the same store");
        fail(&copy(other, &place.url()), "the same store");
    }
    place.assert_verifies();
    fail(&copy("sqlite:nowhere.db", &place.url()), "there is no store");
    fail(&copy(&place.url(), "postgres://me:hush@127.0.0.1:1/db"), "no host takes writes");
    fail(&copy(&place.url(), "elsewhere"), "must be sqlite:PATH or postgres:");
}

#[test]
fn database_is_not_copied_onto_itself_under_another_name() {
    let place = Place::on_server();
    let (server, id) = with_card(&place);
    let other = format!("{}&connect_timeout=9", place.url());
    let copy = |from: &str, to: &str| place.run_plain(&["copy", "--from", from, "--to", to]);
    // Beside a server that runs on it, and without.
    fail(&copy(&place.url(), &other), "the same store; nothing was changed");
    server.stop();
    fail(&copy(&other, &place.url()), "the same store; nothing was changed");
    assert_serves(&place, &id);
}

#[test]
fn copy_finds_its_stores_in_the_environment_and_tells_them_to_nobody() {
    let (from, to) = (Place::embedded(), Place::embedded());
    from.serve().stop();
    let mut command = from.plain(&["copy"]);
    command.env("KORTTI_COPY_FROM", from.url()).env("KORTTI_COPY_TO", to.url());
    succeed(&command.output().unwrap());
    let mut help = from.plain(&["copy", "--help"]);
    let help = help.env("KORTTI_COPY_TO", "postgres://me:hush@host/db").output().unwrap();
    assert!(!succeed(&help).contains("hush"));
}
