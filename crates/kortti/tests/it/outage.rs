//! The database server goes away while the program runs, and comes back.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use kortti_postgres_cluster::Cluster;
use serde_json::{Value, json};

use crate::{
    database::Database,
    http::{Api, Reply, audited},
    support::{PREPAID, Place, Server, VISA, events, issue, tell, wait_until},
};

fn alone() -> (Arc<Cluster>, Place) {
    let cluster = Arc::new(Cluster::start().unwrap());
    let place = Place::on(Database::on(Arc::clone(&cluster)));
    (cluster, place)
}

fn pay(api: &Api, card: &str, message: &str) -> Reply {
    try_pay(api, card, message).unwrap()
}

pub fn try_pay(api: &Api, card: &str, message: &str) -> std::io::Result<Reply> {
    let body = json!({
        "messageId": message, "cardId": card, "transactionType": "RETAIL", "cardEntryMode": "CHIP_READ",
        "transactionAmount": { "amount": 0.01, "currency": "EUR" }, "merchant": { "country": "FIN", "mcc": "5411" },
    });
    let path = audited("/kortti/v1/authorizations");
    let headers = [("content-type", "application/json")];
    api.try_send("POST", path.as_bytes(), &headers, Some(body.to_string().as_bytes()))
}

#[track_caller]
pub fn assert_unavailable(reply: &Reply) {
    let problem = reply.problem(503);
    assert!(!problem.to_string().contains("postgres"), "{problem}");
}

/// Uses the server until everything works again.
fn wait_for(api: &Api, card_id: &str) {
    wait_until("payments are decided again", || pay(api, card_id, "probe").status == 200);
    wait_until("cards are read again", || api.get(&audited(&format!("/card/v4/{card_id}"))).status == 200);
}

#[test]
fn database_that_goes_away_is_a_503_until_it_is_back_and_nothing_happens_twice() {
    let (cluster, place) = alone();
    let server = place.serve();
    let api = server.client();
    let id = issue(&api, VISA, &json!({}));
    let first = pay(&api, &id, "first").expect(200);
    let authorisation =
        format!("/kortti/v1/authorizations/{}", first.json()["authorizationId"].as_str().unwrap());
    for round in 0..3 {
        if round == 1 {
            cluster.kill().unwrap();
        } else {
            cluster.stop_immediate().unwrap();
        }
        let message = format!("during-{round}");
        wait_until("the loss is noticed", || pay(&api, &id, &message).status == 503);
        assert_unavailable(&pay(&api, &id, &message));
        assert_unavailable(&api.post(VISA, &json!({})));
        // What is read from the store and not from memory, too.
        assert_unavailable(&api.get(&audited(&authorisation)));
        assert_eq!(server.api.get("/health/live").status, 200);
        // Of one that was killed some processes live a moment longer, and a new one waits for them to end.
        wait_until("the database is back", || cluster.start_again().is_ok());
        wait_for(&api, &id);
        let after = pay(&api, &id, &message).expect(200);
        assert_eq!(pay(&api, &id, &message).body, after.body);
    }
    assert_eq!(pay(&api, &id, "first").body, first.body);
    // The first, one in each outage, and the probe: each holds 0.01 once.
    let account = api.get(&audited(&format!("/account/v4/{PREPAID}"))).expect(200).json();
    assert_eq!(
        account["available"]["amount"].as_f64().or(account["available"].as_f64()),
        Some(999.95),
        "{account}"
    );
    server.stop();
    place.assert_verifies();
}

#[test]
fn server_is_not_ready_while_its_database_is_away_although_nobody_asks_it_for_anything() {
    let (cluster, place) = alone();
    let server = place.serve();
    let other = place.serve();
    let ready = |server: &Server| server.api.get("/health/ready").status;
    let both = |status| ready(&server) == status && ready(&other) == status;
    wait_until("both are ready", || both(200));
    for _ in 0..2 {
        cluster.stop_immediate().unwrap();
        wait_until("neither is ready", || both(503));
        assert_eq!(server.api.get("/health/live").status, 200);
        wait_until("the database is back", || cluster.start_again().is_ok());
        wait_until("both are ready again", || both(200));
    }
    issue(&other.client(), VISA, &json!({}));
    other.stop();
    server.stop();
}

#[test]
fn log_says_why_the_database_fails_once_a_second_and_that_it_is_back() {
    let (cluster, place) = alone();
    let server = place.serve();
    let api = server.client();
    let id = issue(&api, VISA, &json!({}));
    cluster.stop_immediate().unwrap();
    let begin = Instant::now();
    let mut failures = 0;
    while begin.elapsed() < Duration::from_secs(2) || failures < 20 {
        failures += usize::from(pay(&api, &id, &format!("lost-{failures}")).status == 503);
    }
    wait_until("the database is back", || cluster.start_again().is_ok());
    wait_for(&api, &id);
    let lasted = usize::try_from(begin.elapsed().as_secs()).unwrap();
    // A thread of its own writes the lines, and has written all when the server has ended.
    server.stop();
    let log = fs::read_to_string(place.log()).unwrap();
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let said = |level: &str, word: &str| {
        let found =
            |line: &&Value| line["level"] == level && line["message"].as_str().unwrap().contains(word);
        lines.iter().filter(found).cloned().collect::<Vec<_>>()
    };
    let of_the_store: Vec<Value> =
        said("ERROR", "").into_iter().filter(|line| line.get("left_out").is_some()).collect();
    // Of writing and of reading.
    assert!((1..=2 * (lasted + 1)).contains(&of_the_store.len()), "in {lasted} s: {of_the_store:#?}");
    let because = of_the_store.iter().any(|line| line["error"].as_str().unwrap().contains("refused"));
    assert!(because, "{of_the_store:#?}");
    assert!(!said("INFO", "the store is written again").is_empty(), "{log}");
}

#[test]
fn database_that_says_nothing_does_not_hold_a_request_for_ever() {
    let (cluster, place) = alone();
    let fast = "[postgres]\nstatement_timeout_ms = 500\nconnect_timeout_ms = 500\npool_timeout_ms = 500\n";
    fs::write(place.data().with_file_name("kortti.toml"), fast).unwrap();
    let server = place.serve();
    let api = server.client();
    let id = issue(&api, VISA, &json!({}));
    cluster.freeze().unwrap();
    let begin = Instant::now();
    assert_unavailable(&pay(&api, &id, "frozen"));
    assert!(begin.elapsed().as_secs() < 30, "{:?}", begin.elapsed());
    wait_until("it is not ready", || server.api.get("/health/ready").status == 503);
    cluster.thaw().unwrap();
    wait_until("it is ready again", || server.api.get("/health/ready").status == 200);
    wait_for(&api, &id);
    pay(&api, &id, "frozen").expect(200);
    server.stop();
    place.assert_verifies();
}

#[test]
fn schema_of_another_version_is_refused_and_migrated_only_when_told_to() {
    let (cluster, place) = alone();
    let start = ["serve", "--sandbox", "--listen", "127.0.0.1:0"];
    let name = cluster.create_database().unwrap();
    let url = cluster.url(&name);
    let refused = place.run_plain(&[&start[..], &["--store", &url]].concat());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("run `kortti migrate`"), "{said}");
    let server = place.serve_with(&["--sandbox", "--migrate"], &[]);
    server.stop();
    // Servers that know no other may be using an older one.
    let version = "SELECT max(version) FROM refinery_schema_history";
    cluster.sql("test_0", "DELETE FROM refinery_schema_history WHERE version > 1").unwrap();
    let source = Place::embedded();
    source.serve().stop();
    let refused = source.run_plain(&["copy", "--from", &source.url(), "--to", &place.url()]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("run `kortti migrate`"), "{said}");
    assert_eq!(cluster.sql("test_0", version).unwrap(), "1");
    let newer = "INSERT INTO refinery_schema_history VALUES (99, 'later', '2030-01-01T00:00:00Z', '1')";
    cluster.sql("test_0", newer).unwrap();
    let refused = place.run(&["verify"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        !refused.status.success() && said.contains("schema 99") && said.contains("a newer kortti"),
        "{said}"
    );
}

#[test]
fn nothing_that_was_answered_is_lost_when_the_standby_takes_over() {
    const WRITERS: usize = 8;
    let cluster = Arc::new(Cluster::start().unwrap());
    let standby = Arc::new(cluster.standby().unwrap());
    let state = "SELECT sync_state FROM pg_stat_replication";
    wait_until("commits wait for the standby", || cluster.sql("postgres", state).unwrap() == "sync");
    let place = Place::on(Database::with_standby(Arc::clone(&cluster), Arc::clone(&standby)));
    let server = place.serve();
    let api = server.client();
    let id = issue(&api, VISA, &json!({}));
    let over = AtomicBool::new(false);
    let answered: Vec<(String, Reply)> = thread::scope(|scope| {
        let write = |writer: usize| {
            let mut answered = Vec::new();
            // Until the new server has answered some, too.
            let mut after = 0;
            for turn in 0.. {
                let message = format!("writer-{writer}-{turn}");
                let was_over = over.load(Ordering::Acquire);
                let reply = loop {
                    match try_pay(&api, &id, &message) {
                        Ok(reply) if reply.status == 200 => break reply,
                        Ok(reply) => assert_unavailable(&reply),
                        Err(error) => panic!("{message}: {error}"),
                    }
                };
                answered.push((message, reply));
                after += usize::from(was_over);
                if after > 20 {
                    break;
                }
            }
            answered
        };
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write(writer))).collect();
        thread::sleep(Duration::from_millis(700));
        cluster.kill().unwrap();
        let down = Instant::now();
        standby.promote().unwrap();
        over.store(true, Ordering::Release);
        wait_until("the standby decides", || pay(&api, &id, "first-after").status == 200);
        tell(&format!("no answers for {:?}", down.elapsed()));
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    assert!(answered.len() > WRITERS * 21, "there was hardly any load before the failure");
    for (message, reply) in &answered {
        assert_eq!(pay(&api, &id, message).body, reply.body, "{message}");
    }
    // Each happened once, and nothing that nobody asked for.
    let decided = events(&api).iter().filter(|event| event["type"] == "AUTHORIZATION").count();
    assert_eq!(decided, answered.len() + 1);
    server.stop();
    place.assert_verifies();
}
