//! The commands of an operator, beside a server that runs.

use std::{
    fs,
    io::BufReader,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    database::Database,
    http::Api,
    support::{
        Place, Server, VISA, advance, assert_members, card, card_number, encrypt, events, issue,
        read_address, wait_until,
    },
};

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_new_certificate_is_used_at_once_and_the_old_one_still_works() {
    let server = Server::sandbox();
    let api = server.client();
    let certificates = || api.get("/kortti/v1/certificates/jwe").expect(200).text();
    let (first, old) = (certificates(), encrypt(&api, &card_number("411111", 1)));
    assert!(server.place.run(&["keys", "rotate", "jwe"]).status.success());
    wait_until("the new certificate is there", || certificates() != first);
    assert!(certificates().ends_with(&first), "the newest comes first");
    let new = encrypt(&api, &card_number("411111", 2));
    assert_ne!(old.split('.').next(), new.split('.').next());
    issue(&api, VISA, &json!({ "encryptedData": old }));
    issue(&api, VISA, &json!({ "encryptedData": new }));
}

#[test]
fn a_new_data_key_leaves_everything_readable() {
    let server = Server::sandbox();
    let api = server.client();
    let body = |serial| json!({ "encryptedData": encrypt(&api, &card_number("411111", serial)) });
    let (first, before) = (issue(&api, VISA, &body(1)), events(&api).len());
    assert!(server.place.run(&["keys", "rotate", "data"]).status.success());
    wait_until("the server has heard of the key", || events(&api).len() > before);
    let second = issue(&api, VISA, &body(2));
    for (serial, id) in [(1, &first), (2, &second)] {
        let found = api.post("/card/v4/card/cardnumber", &body(serial)).expect(200).json();
        assert_eq!(found["id"], json!(id));
    }
    api.patch(&format!("/card/v4/VISA_VIRTUAL/{first}"), &json!({ "embossing": { "firstName": "Anna" } }))
        .id(200);
    let place = server.place.clone();
    server.stop();
    place.assert_verifies();
    let server = place.serve();
    assert_members(&card(&server.client(), &first), &json!({ "/embossing/firstName": "Anna" }));
}

#[test]
fn clients_are_listed_without_their_secrets_and_names_are_taken_once() {
    let place = Place::new();
    let secret = place.add_client("shop", "cards:read,cards:write", "1");
    assert!(secret.len() >= 20, "{secret}");
    let again = place.run(&["client", "add", "shop", "--scope", "all"]);
    assert!(!again.status.success());
    assert!(!place.run(&["client", "add", "x y", "--scope", "all"]).status.success());
    assert!(!place.run(&["client", "add", "other", "--scope", "everything"]).status.success());
    let list = text(place.run(&["client", "list"]).stdout);
    assert!(list.contains("shop") && list.contains("cards:read cards:write"), "{list}");
    assert!(!list.contains(&secret));
    assert!(place.run(&["client", "revoke", "shop"]).status.success());
    assert!(text(place.run(&["client", "list"]).stdout).contains("revoked"));
    assert!(!place.run(&["client", "revoke", "nobody"]).status.success());
    for (path, content) in place.kept() {
        let found = content.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "the secret is in {}", path.display());
    }
}

#[test]
fn only_what_has_to_make_a_store_makes_one() {
    let (nowhere, migrated) = (Place::embedded(), Place::embedded());
    assert!(migrated.run(&["migrate"]).status.success());
    let commands: [&[&str]; 6] = [
        &["client", "list"],
        &["client", "revoke", "shop"],
        &["keys", "list"],
        &["keys", "rotate"],
        &["replay"],
        &["verify"],
    ];
    for command in commands {
        let said = text(nowhere.run(command).stderr);
        assert!(said.contains("there is no store at"), "{command:?}: {said}");
    }
    assert!(!nowhere.data().exists());
    // Another machine's store has keys; until then this one's master key is nobody's.
    for command in &commands[..4] {
        let said = text(migrated.run(command).stderr);
        assert!(said.contains("is empty"), "{command:?}: {said}");
    }
    assert!(!migrated.data().join("master.key").exists());
    assert!(migrated.run(&["keys", "init"]).status.success());
    assert!(migrated.run(&["client", "list"]).status.success());
    nowhere.add_client("shop", "all", "1");
}

#[test]
fn an_institution_hears_of_its_own_clients_and_of_the_keys_that_all_use() {
    let server = Server::sandbox();
    let (ours, theirs) = (server.client(), server.new_client("reader", "events:read", "2"));
    let before = events(&ours).len();
    server.place.add_client("shop", "all", "2");
    assert!(server.place.run(&["client", "revoke", "shop"]).status.success());
    assert!(server.place.run(&["keys", "rotate", "jwe"]).status.success());
    let kinds = |events: &[Value]| events.iter().map(|event| event["type"].clone()).collect::<Vec<_>>();
    wait_until("the key is there", || events(&theirs).len() == 7);
    let added =
        ["KEY_ADDED"; 3].into_iter().chain(["CLIENT_ADDED", "CLIENT_ADDED", "CLIENT_REVOKED", "KEY_ADDED"]);
    assert_eq!(kinds(&events(&theirs)), added.collect::<Vec<_>>());
    assert_eq!(kinds(&events(&ours)[before..]), ["KEY_ADDED"]);
}

#[test]
fn commands_beside_a_server_at_work_disturb_nobody() {
    let server = Server::sandbox();
    let api = server.client();
    let ids: Vec<String> = thread::scope(|scope| {
        let writer = scope.spawn(|| (0..150).map(|_| issue(&api, VISA, &json!({}))).collect());
        for number in 0..5 {
            server.place.add_client(&format!("client-{number}"), "all", "1");
            assert!(server.place.run(&["keys", "list"]).status.success());
        }
        writer.join().unwrap()
    });
    let events = events(&api);
    let of = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
    assert_eq!((of("CARD_ISSUED"), of("CLIENT_ADDED")), (ids.len(), 6));
    assert!(events.iter().zip(1_u64..).all(|(event, sequence)| event["sequence"] == sequence));
    let place = server.place.clone();
    server.stop();
    place.assert_verifies();
}

#[test]
fn commands_leave_what_is_due_to_the_server() {
    let place = Place::new();
    let server = place.serve();
    let api = server.client();
    let paid = json!({
        "messageId": "held", "cardId": issue(&api, VISA, &json!({})), "transactionType": "RETAIL",
        "cardEntryMode": "CHIP_READ", "transactionAmount": { "amount": 1.0, "currency": "EUR" },
        "merchant": { "country": "FIN", "mcc": "5411" },
    });
    assert_eq!(api.post("/kortti/v1/authorizations", &paid).expect(200).json()["approved"], true);
    // The hold runs out after seven days, when no server runs.
    advance(&api, &json!({ "seconds": 7 * 86_400 - 3 }));
    server.stop();
    thread::sleep(Duration::from_secs(4));
    let entries = || {
        let (holds, said) = place.verify();
        let count = said.split(' ').find_map(|word| word.parse::<u64>().ok());
        count.filter(|_| holds).unwrap_or_else(|| panic!("{said}"))
    };
    let before = entries();
    for reads in ["client", "keys"] {
        assert!(place.run(&[reads, "list"]).status.success());
    }
    assert_eq!(entries(), before);
    place.add_client("shop", "all", "1");
    assert!(place.run(&["keys", "rotate", "jwe"]).status.success());
    assert!(place.run(&["client", "revoke", "shop"]).status.success());
    assert_eq!(entries(), before + 3);
    place.serve().stop();
    assert!(entries() > before + 3, "the hold was never released");
}

#[test]
fn the_key_and_the_store_are_for_their_owner_only() {
    let place = Place::embedded();
    place.serve().stop();
    let mode = |name: &str| fs::metadata(place.data().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("master.key"), 0o600);
    assert_eq!(mode("kortti.db") & 0o077, 0, "others can read the store");
}

#[test]
fn what_is_wrong_with_the_start_is_said_in_a_line() {
    let server = Server::sandbox();
    let taken = server.api.address().to_string();
    let place = Place::new();
    fs::write(place.data().with_file_name("kortti.toml"), "no_such_key = 1\n").unwrap();
    let other = Place::embedded();
    let runs = [
        (Place::new().run(&["serve", "--sandbox", "--listen", &taken]), taken.as_str()),
        (place.run(&["serve", "--sandbox", "--listen", "127.0.0.1:0"]), "no_such_key"),
        (other.run(&["verify"]), "no store"),
        (other.run(&["serve", "--store", "mysql://x"]), "sqlite"),
        (other.run(&["serve", "--store", "postgres://me:hush@127.0.0.1:1/x"]), "no host takes writes"),
    ];
    for (output, word) in runs {
        assert!(!output.status.success());
        let said = text(output.stderr);
        assert!(said.contains(word), "`{said}` does not say {word}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn server_that_cannot_listen_makes_and_changes_nothing() {
    let server = Server::sandbox();
    let taken = server.api.address().to_string();
    let (nowhere, other) = (Place::embedded(), Place::new());
    let product = r#"code = "VISA_1", template = "VISA_VIRTUAL", ranges = ["400000"], home = "FIN""#;
    fs::write(other.data().with_file_name("products.toml"), format!("products = [{{ {product} }}]")).unwrap();
    other.add_client("shop", "all", "1");
    let before = other.verify();
    for (place, arguments) in
        [(&nowhere, ["--sandbox", "--migrate"]), (&other, ["--config", "products.toml"])]
    {
        let output = place.run(&[&["serve", "--listen", &taken], &arguments[..]].concat());
        let said = text(output.stderr);
        assert!(!output.status.success() && said.contains("cannot listen on"), "{said}");
    }
    assert!(!nowhere.data().exists());
    assert_eq!(other.verify(), before);
}

#[test]
fn products_that_are_wrong_are_named_before_a_store_is_made() {
    let place = Place::embedded();
    let product = r#"code = "VISA_1", template = "VISA_VIRTUAL", ranges = ["400000"], home = "FIN""#;
    let limit = r#"period = "HOURLY", type = "ATM", count = 1"#;
    let file = format!("products = [{{ {product}, limits = [{{ {limit} }}] }}]\n");
    fs::write(place.data().with_file_name("kortti.toml"), file).unwrap();
    let output = place.run(&["serve", "--listen", "127.0.0.1:0"]);
    let said = text(output.stderr);
    assert!(!output.status.success());
    let where_it_is =
        "kortti.toml is wrong: product VISA_1 (entry 1 of `products`): entry 1 of `limits`: `period`";
    assert!(said.contains(where_it_is), "{said}");
    assert!(!place.data().exists());
}

#[test]
fn a_store_under_another_master_key_is_not_opened() {
    let place = Place::new();
    place.serve().stop();
    let foreign = Place::new();
    foreign.serve().stop();
    fs::copy(foreign.data().join("master.key"), place.data().join("master.key")).unwrap();
    let output = place.run(&["serve", "--sandbox", "--listen", "127.0.0.1:0"]);
    assert!(!output.status.success());
    let (holds, said) = place.verify();
    assert!(!holds && said.contains("key"), "{said}");
}

#[test]
fn the_document_is_the_same_on_the_command_line() {
    let server = Server::sandbox();
    let output = Command::new(env!("CARGO_BIN_EXE_kortti")).arg("openapi").output().unwrap();
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed, server.api.get("/openapi.json").expect(200).json());
}

/// Runs a program whose output nobody reads; how it ended, and what it said beside.
fn unheard(mut command: Command) -> (Option<i32>, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
    (output.status.code(), text(output.stderr))
}

#[test]
fn who_reads_no_further_ends_a_command_quietly() {
    let place = Place::new();
    place.serve().stop();
    let of_the_store = [&["replay"][..], &["verify"], &["client", "list"], &["keys", "list"]];
    let of_the_store = of_the_store.map(|arguments| place.command(arguments));
    for command in [place.plain(&["openapi"]), place.plain(&["errors"])].into_iter().chain(of_the_store) {
        assert_eq!(unheard(command), (Some(0), String::new()));
    }
}

#[test]
fn change_of_which_nobody_reads_is_no_quiet_success() {
    let place = Place::new();
    let changes: [(&[&str], &str); 5] = [
        (&["migrate"], "schema "),
        (&["keys", "init"], "the store has its keys"),
        (&["client", "add", "shop", "--scope", "all"], "its secret was not read; revoke it"),
        (&["keys", "rotate", "jwe"], "the key was added"),
        (&["client", "revoke", "shop"], "shop is revoked"),
    ];
    for (change, words) in changes {
        let (code, said) = unheard(place.command(change));
        assert!(code == Some(1) && said.contains(words), "{change:?}: {code:?}, {said}");
    }
    let list = text(place.run(&["client", "list"]).stdout);
    assert!(list.contains("shop") && list.contains("revoked"), "{list}");
}

#[test]
fn server_whose_greeting_nobody_reads_serves_and_logs_its_address() {
    let place = Place::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = place.command(&["serve", "--sandbox", "--listen", "127.0.0.1:0"]);
    let mut server = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(server.stderr.take().unwrap());
    let ready = read_address(&mut log).map(|address| Api::anonymous(address).get("/health/ready"));
    server.kill().unwrap();
    server.wait().unwrap();
    ready.expect("the server ended").expect(200);
}

#[test]
fn level_of_log_lines_that_is_unknown_silences_nobody() {
    let place = Place::new();
    let said = place.try_serve_with(&["--sandbox"], &[("KORTTI_LOG_LEVEL", "verbose")]).err();
    let said = said.expect("the server started");
    assert!(said.contains("KORTTI_LOG_LEVEL must be"), "{said}");
    place.serve_with(&["--sandbox"], &[("KORTTI_LOG_LEVEL", "")]).stop();
    let log = fs::read_to_string(place.log()).unwrap();
    assert!(log.contains("stopping"), "{log}");
    let help = text(place.run_plain(&["serve", "--help"]).stdout);
    assert!(help.contains("KORTTI_LOG_LEVEL"), "{help}");
}

#[test]
fn password_in_a_file_that_is_wrong_is_not_printed() {
    let place = Place::embedded();
    let file = "listen = 8080\nstore = \"postgres://kortti:hush@host/db\" x\n";
    fs::write(place.data().with_file_name("kortti.toml"), file).unwrap();
    let said = text(place.run(&["serve"]).stderr);
    assert!(!said.contains("hush"), "{said}");
    assert!(said.contains("kortti.toml is wrong: line 2, column"), "{said}");
}

#[test]
fn no_client_is_called_like_the_system() {
    let place = Place::embedded();
    for name in ["kortti", "Kortti"] {
        let output = place.run(&["client", "add", name, "--scope", "all"]);
        assert!(!output.status.success() && text(output.stderr).contains("taken for the system"));
    }
    assert!(!place.data().exists());
    place.add_client("kortti-shop", "all", "1");
}

#[test]
fn client_of_a_sandbox_is_told_from_one_of_a_real_system() {
    let (sandbox, real) = (Place::new(), Place::new());
    sandbox.serve().stop();
    for (place, is_sandbox) in [(sandbox, true), (real, false)] {
        let said = text(place.run(&["client", "add", "shop", "--scope", "all"]).stdout);
        assert_eq!(said.contains("This is a sandbox's store"), is_sandbox, "{said}");
    }
}

#[test]
fn schema_is_brought_up_to_date_where_the_environment_or_the_file_says_so() {
    let (variable, file, wrong) = (Place::embedded(), Place::embedded(), Place::embedded());
    let (first, second) = (Database::new(), Database::new());
    let serve = |place: &Place, database: &Database, environment: &[(&str, &str)]| {
        place.try_serve_with(&["--sandbox", "--store", &database.url()], environment).map(Server::stop)
    };
    let said = serve(&variable, &first, &[]).unwrap_err();
    assert!(said.contains("run `kortti migrate`"), "{said}");
    serve(&variable, &first, &[("KORTTI_MIGRATE", "true")]).unwrap();
    fs::write(file.data().with_file_name("kortti.toml"), "migrate = true\n").unwrap();
    let said = serve(&file, &second, &[("KORTTI_MIGRATE", "false")]).unwrap_err();
    assert!(said.contains("run `kortti migrate`"), "{said}");
    serve(&file, &second, &[]).unwrap();
    assert!(wrong.try_serve_with(&["--sandbox"], &[("KORTTI_MIGRATE", "maybe")]).is_err());
}
