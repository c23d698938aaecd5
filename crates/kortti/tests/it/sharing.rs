//! Processes that share one PostgreSQL store: whichever is asked, the answer is the same.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    http::{Api, Reply, audited},
    support::{
        PREPAID, Place, Server, VISA, advance, card, events, events_after, issue, now, tell, wait_until,
    },
};

fn three() -> (Place, [Server; 3]) {
    let place = Place::on_server();
    let servers = [place.serve(), place.serve(), place.serve()];
    (place, servers)
}

/// The leading server, and the others.
fn led(servers: [Server; 3]) -> (Server, [Server; 2]) {
    let mut servers = Vec::from(servers);
    let leading: Vec<bool> = servers.iter().map(Server::is_leading).collect();
    assert_eq!(leading.iter().filter(|leads| **leads).count(), 1, "{leading:?}");
    let leader = servers.remove(leading.iter().position(|leads| *leads).unwrap());
    (leader, servers.try_into().ok().unwrap())
}

fn payment(card: &str, message: &str, amount: f64) -> Value {
    json!({
        "messageId": message, "cardId": card, "transactionType": "RETAIL", "cardEntryMode": "CHIP_READ",
        "transactionAmount": { "amount": amount, "currency": "EUR" },
        "merchant": { "country": "FIN", "mcc": "5411" },
    })
}

fn pay(api: &Api, card: &str, message: &str) -> Reply {
    api.post("/kortti/v1/authorizations", &payment(card, message, 1.0))
}

#[test]
fn what_one_process_answered_the_others_know_at_once() {
    let (place, servers) = three();
    let apis = [servers[0].client(), servers[1].client(), servers[2].client()];
    let mut last = String::new();
    for turn in 0..15 {
        let [writer, reader, other] = [0, 1, 2].map(|place| &apis[(turn + place) % 3]);
        // Nobody waits until the others have heard of it.
        let id = issue(writer, VISA, &json!({}));
        assert_eq!(card(reader, &id)["status"], "CARD_OK");
        let path = format!("/card/v4/VISA_VIRTUAL/{id}");
        other.patch(&path, &json!({ "status": "CARD_BLOCKED" })).expect(200);
        assert_eq!(card(writer, &id)["status"], "CARD_BLOCKED");
        assert_eq!(pay(reader, &id, &format!("blocked-{turn}")).expect(200).json()["approved"], false);
        writer.patch(&path, &json!({ "status": "CARD_OK" })).expect(200);
        let paid = pay(other, &id, &format!("paid-{turn}")).expect(200);
        assert_eq!(paid.json()["approved"], true);
        assert_eq!(pay(reader, &id, &format!("paid-{turn}")).body, paid.body);
        let account = reader.get(&audited(&format!("/account/v4/{PREPAID}"))).expect(200).json();
        assert_eq!(account["available"].as_f64(), Some(999.0 - turn as f64));
        assert_ne!(id, last);
        last = id;
    }
    let feeds: Vec<Vec<Value>> = apis.iter().map(events).collect();
    assert_eq!(feeds[0], feeds[1]);
    assert_eq!(feeds[0], feeds[2]);
    let places: Vec<u64> = feeds[0].iter().map(|event| event["sequence"].as_u64().unwrap()).collect();
    assert!(places.windows(2).all(|two| two[1] == two[0] + 1), "{places:?}");
    servers.into_iter().for_each(Server::stop);
    place.assert_verifies();
}

#[test]
fn clock_and_reset_are_the_same_for_all() {
    let (place, servers) = three();
    let apis = [servers[0].client(), servers[1].client(), servers[2].client()];
    let today = now(&apis[0]);
    let moved = advance(&apis[1], &json!({ "to": "2040-01-01T00:00:00Z" }));
    for api in &apis {
        assert!(now(api) >= moved && now(api)[..10] == moved[..10]);
    }
    let before = issue(&apis[0], VISA, &json!({}));
    apis[2].send("DELETE", &audited("/sandbox/v1/data"), &[], None).expect(204);
    for api in &apis {
        assert_eq!(now(api)[..10], today[..10]);
        api.get(&format!("/card/v4/{before}")).problem(404);
    }
    // Each has the same keys again, and can work with them.
    let issued = apis.each_ref().map(|api| issue(api, VISA, &json!({})));
    assert_eq!(issued[0], before);
    for (id, reader) in issued.iter().zip(apis.iter().rev()) {
        card(reader, id);
    }
    servers.into_iter().for_each(Server::stop);
    place.assert_verifies();
}

/// Lets writers pay at two servers without a pause while `trouble` is made; returns what they were answered, and the longest
/// time in which none of them was.
fn pay_during(
    servers: &[Server; 2],
    card: &str,
    trouble: impl FnOnce(),
) -> (BTreeMap<String, Reply>, Duration) {
    const WRITERS: usize = 4;
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let write = |writer: usize| {
            let api = servers[writer % 2].client();
            let mut answered = Vec::new();
            for turn in 0.. {
                let message = format!("{}-{writer}-{turn}", servers[0].api.address());
                let reply = pay(&api, card, &message);
                // Not one of them hears of the trouble.
                answered.push((Instant::now(), message, reply.expect(200)));
                if over.load(Ordering::Acquire) {
                    return answered;
                }
            }
            answered
        };
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write(writer))).collect();
        thread::sleep(Duration::from_millis(500));
        trouble();
        thread::sleep(Duration::from_millis(500));
        over.store(true, Ordering::Release);
        let mut answered: Vec<_> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        answered.sort_by_key(|(at, ..)| *at);
        let longest = answered.windows(2).map(|two| two[1].0 - two[0].0).max().unwrap();
        (answered.into_iter().map(|(_, message, reply)| (message, reply)).collect(), longest)
    })
}

/// Each answer is given again, by every server, and nothing was done that nobody asked for.
fn assert_once(servers: &[&Server], card: &str, answered: &BTreeMap<String, Reply>) {
    for server in servers {
        let api = server.client();
        for (message, reply) in answered {
            assert_eq!(pay(&api, card, message).body, reply.body, "{message}");
        }
        let decided = events(&api).iter().filter(|event| event["type"] == "AUTHORIZATION").count();
        assert_eq!(decided, answered.len());
    }
}

#[test]
fn killed_leader_is_replaced_and_no_client_of_the_others_notices() {
    let (place, servers) = three();
    let card = issue(&servers[0].client(), VISA, &json!({}));
    let (leader, others) = led(servers);
    let (answered, longest) = pay_during(&others, &card, || {
        leader.kill();
        wait_until("another one leads", || others.iter().any(Server::is_leading));
    });
    tell(&format!("no answers for {longest:?}"));
    assert_once(&[&others[0], &others[1]], &card, &answered);
    others.into_iter().for_each(Server::stop);
    place.assert_verifies();
}

#[test]
fn paused_leader_is_replaced_and_does_nothing_when_it_wakes_up() {
    let (place, servers) = three();
    let card = issue(&servers[0].client(), VISA, &json!({}));
    let (leader, others) = led(servers);
    let (mut answered, longest) = pay_during(&others, &card, || {
        leader.pause();
        wait_until("another one leads", || others.iter().any(Server::is_leading));
    });
    tell(&format!("no answers for {longest:?}"));
    leader.wake();
    // What was on its way to it when it fell asleep does not happen a second time; what it is asked now is handed over.
    answered.insert("late".into(), pay(&leader.client(), &card, "late").expect(200));
    wait_until("it knows that it does not lead", || !leader.is_leading());
    assert_once(&[&others[0], &others[1], &leader], &card, &answered);
    leader.stop();
    others.into_iter().for_each(Server::stop);
    place.assert_verifies();
}

#[test]
fn stopped_leader_hands_over() {
    let (place, servers) = three();
    let card = issue(&servers[0].client(), VISA, &json!({}));
    let (leader, others) = led(servers);
    let (answered, longest) = pay_during(&others, &card, || leader.stop());
    tell(&format!("no answers for {longest:?}"));
    assert_once(&[&others[0], &others[1]], &card, &answered);
    others.into_iter().for_each(Server::stop);
    place.assert_verifies();
}

#[test]
fn feed_that_is_followed_through_a_change_of_leader_misses_nothing() {
    let (place, servers) = three();
    let card = issue(&servers[0].client(), VISA, &json!({}));
    let (leader, others) = led(servers);
    let over = AtomicBool::new(false);
    // Now from one, now from another.
    let follow = || {
        let apis = [others[0].client(), others[1].client()];
        let mut followed: Vec<Value> = Vec::new();
        for turn in 0.. {
            let was_over = over.load(Ordering::Acquire);
            let last = followed.last().map_or(0, |event| event["sequence"].as_u64().unwrap());
            followed.extend(events_after(&apis[turn % 2], last));
            if was_over {
                break;
            }
        }
        followed
    };
    let followed = thread::scope(|scope| {
        let reader = scope.spawn(follow);
        pay_during(&others, &card, || {
            leader.kill();
            wait_until("another one leads", || others.iter().any(Server::is_leading));
        });
        over.store(true, Ordering::Release);
        reader.join().unwrap()
    });
    assert_eq!(followed, events(&others[0].client()));
    let places = followed.iter().map(|event| event["sequence"].as_u64().unwrap());
    assert!(places.eq(1..=followed.len() as u64));
    others.into_iter().for_each(Server::stop);
    place.assert_verifies();
}

#[test]
fn what_falls_due_while_the_leader_is_replaced_is_done_once() {
    const CARDS: usize = 30;
    let (place, servers) = three();
    let api = servers[0].client();
    advance(&api, &json!({ "to": "2040-01-01T00:00:00Z" }));
    // They close one after the other for three seconds, which is longer than it takes to replace who decides.
    let closing = |card: usize| format!("2040-01-01T00:01:{:02}.{}00Z", card / 10, card % 10);
    let cards: Vec<String> = (0..CARDS)
        .map(|card| issue(&api, VISA, &json!({ "scheduledClosing": { "time": closing(card) } })))
        .collect();
    advance(&api, &json!({ "to": "2040-01-01T00:00:59Z" }));
    let (leader, others) = led(servers);
    let apis = [others[0].client(), others[1].client()];
    let closed = |place: usize| card(&apis[place % 2], &cards[place])["status"] == "CARD_CLOSED";
    wait_until("the first is closed", || closed(0));
    leader.kill();
    wait_until("the last is closed", || closed(CARDS - 1));
    let events = events(&apis[0]);
    let of = |event: &&Value| event["cause"] == "SCHEDULED_CLOSING";
    let done: Vec<&str> =
        events.iter().filter(of).map(|event| event["subjectId"].as_str().unwrap()).collect();
    assert_eq!(done, cards);
    others.into_iter().for_each(Server::stop);
    place.assert_verifies();
}

#[test]
fn process_with_another_master_key_is_no_member() {
    let place = Place::on_server();
    let server = place.serve();
    let stranger = Place::on_server();
    let refused = stranger.run(&["serve", "--sandbox", "--listen", "127.0.0.1:0", "--store", &place.url()]);
    assert!(!refused.status.success());
    server.stop();
    place.assert_verifies();
}

#[test]
fn wildcard_needs_an_address_that_others_can_use() {
    let place = Place::on_server();
    let refused = place.run(&["serve", "--sandbox", "--listen", "127.0.0.1:0", "--peer-listen", "0.0.0.0:0"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("--peer-address"), "{said}");
    let server =
        place.serve_with(&["--sandbox", "--peer-listen", "0.0.0.0:0", "--peer-address", "localhost:1"], &[]);
    assert!(server.is_leading());
}

/// Moves the clock that the database's server tells whoever asks it.
fn set_clock(place: &Place, by: &str) {
    let clock = format!("SELECT pg_catalog.clock_timestamp() + INTERVAL '{by}'");
    place.database().unwrap().sql(&format!(
        "CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $${clock}$$"
    ));
}

#[test]
fn process_whose_clock_is_not_the_databases_decides_nothing() {
    let place = Place::on_server();
    let database = place.database().unwrap();
    let name = database.sql("SELECT current_database()");
    // What is asked for by its plain name is found there first.
    database.sql(&format!("ALTER DATABASE {} SET search_path = public, pg_catalog", name.trim()));
    let server = place.serve();
    let api = server.client();
    let card = issue(&api, VISA, &json!({}));
    for (by, direction) in [("-1 day", "s ahead of"), ("1 day", "s behind")] {
        set_clock(&place, by);
        wait_until("it is not ready", || server.api.get("/health/ready").status == 503);
        let end = database.sql("SELECT max(sequence) FROM journal");
        for command in [&["client", "list"][..], &["client", "add", "shop", "--scope", "all"]] {
            let refused = place.run(command);
            let said = String::from_utf8(refused.stderr).unwrap();
            assert!(!refused.status.success() && said.contains(direction), "{said}");
        }
        pay(&api, &card, by).problem(503);
        assert_eq!(database.sql("SELECT max(sequence) FROM journal"), end);
        set_clock(&place, "0");
        wait_until("it is ready again", || server.api.get("/health/ready").status == 200);
        assert_eq!(pay(&api, &card, by).expect(200).json()["approved"], true);
    }
    server.stop();
    place.assert_verifies();
}
