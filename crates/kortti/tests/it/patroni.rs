//! Two processes on a cluster of three database servers under Patroni that loses its leader under load: killed, told to hand over,
//! cut off from the others while it goes on, and killed again.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use kortti_postgres_cluster::Patroni;
use serde_json::json;

use crate::{
    database::Database,
    http::{Api, audited},
    outage::{assert_unavailable, try_pay},
    support::{Place, Server, VISA, events, issue, tell, wait_until},
};

const WRITERS: usize = 8;

/// How many answers show that the system works: more than could still be on their way when the leader was killed.
const SOME: usize = 20 * WRITERS;

/// How long a new leader may take. Far more than it does: it only keeps the test from hanging for ever.
const PATIENCE: Duration = Duration::from_secs(120);

/// A payment that was decided.
struct Answer {
    at: Instant,
    writer: usize,
    message: String,
    text: String,
}

/// What the writers share.
#[derive(Default)]
struct Load {
    answered: AtomicUsize,
    over: AtomicBool,
}

impl Load {
    /// Pays again and again until the load is over, each time until there is an answer.
    fn write(&self, writer: usize, api: &Api, card: &str) -> Vec<Answer> {
        let mut answers = Vec::new();
        while !self.over.load(Ordering::Acquire) {
            let message = format!("writer-{writer}-{}", answers.len());
            let text = pay_until_answered(api, card, &message);
            answers.push(Answer { at: Instant::now(), writer, message, text });
            self.answered.fetch_add(1, Ordering::AcqRel);
            // All of it is repeated in the end, and the load need not be the highest.
            thread::sleep(Duration::from_millis(10));
        }
        answers
    }

    /// Waits until there are some more answers than now.
    fn go_on(&self) {
        let enough = self.answered.load(Ordering::Acquire) + SOME;
        let start = Instant::now();
        while self.answered.load(Ordering::Acquire) < enough {
            assert!(start.elapsed() < PATIENCE, "payments are not decided any more");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Ends the load also when a step of the test fails: the writers would go on for ever.
struct EndOf<'a>(&'a Load);

impl Drop for EndOf<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Release);
    }
}

fn pay_until_answered(api: &Api, card: &str, message: &str) -> String {
    let start = Instant::now();
    loop {
        let reply = try_pay(api, card, message).unwrap_or_else(|error| panic!("{message}: {error}"));
        if reply.status == 200 {
            return reply.text();
        }
        assert_unavailable(&reply);
        assert!(start.elapsed() < PATIENCE, "{message} was never decided");
        // Each try takes a port of the machine for a minute, and there are not that many.
        thread::sleep(Duration::from_millis(20));
    }
}

/// The longest time between two answers, of which the second came between two moments.
fn longest_gap(answers: &[Answer], from: Instant, to: Instant) -> Duration {
    let pairs = answers.windows(2).filter(|pair| pair[1].at > from && pair[1].at <= to);
    pairs.map(|pair| pair[1].at - pair[0].at).max().unwrap()
}

#[test]
fn nothing_that_was_answered_is_lost_when_patroni_replaces_the_leader() {
    let patroni = Arc::new(Patroni::start().unwrap());
    let place = Place::on(Database::under_patroni(Arc::clone(&patroni)));
    // The limit that everybody has, not the long one of other tests: what hangs when the leader is lost must be given up.
    let limits = "[postgres]\nconnect_timeout_ms = 20000\npool_timeout_ms = 20000\n";
    fs::write(place.data().with_file_name("kortti.toml"), limits).unwrap();
    let servers = [place.serve(), place.serve()];
    let apis = servers.each_ref().map(Server::client);
    let card = issue(&apis[0], VISA, &json!({}));
    wait_until("the other has heard of the card", || {
        apis[1].get(&audited(&format!("/card/v4/{card}"))).status == 200
    });
    let load = Load::default();
    let (changes, mut answers) = thread::scope(|scope| {
        let write = |writer: usize| load.write(writer, &apis[writer % 2], &card);
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write(writer))).collect();
        let end = EndOf(&load);
        load.go_on();
        let first = Instant::now();
        let machine = patroni.kill_leader().unwrap();
        load.go_on();
        patroni.start_again(machine).unwrap();
        patroni.wait_until_whole().unwrap();
        load.go_on();
        let handed_over = Instant::now();
        patroni.switch_over().unwrap();
        load.go_on();
        patroni.wait_until_whole().unwrap();
        load.go_on();
        let cut_off = Instant::now();
        let machine = patroni.cut_off_leader().unwrap();
        patroni.wait_for_another(machine).unwrap();
        // The one that led still takes connections and writes, and commits none.
        load.go_on();
        patroni.start_again(machine).unwrap();
        patroni.wait_until_whole().unwrap();
        load.go_on();
        let second = Instant::now();
        patroni.kill_leader().unwrap();
        load.go_on();
        drop(end);
        let answers: Vec<Answer> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        let told = ("told to hand over", handed_over);
        ([("killed", first), told, ("cut off", cut_off), ("killed", second)], answers)
    });
    answers.sort_by_key(|answer| answer.at);
    let ends = changes[1..].iter().map(|(_, end)| *end).chain([Instant::now()]);
    for ((what, from), to) in changes.iter().zip(ends) {
        tell(&format!("no answers for {:?} when the leader was {what}", longest_gap(&answers, *from, to)));
    }
    tell(&format!("{} answers", answers.len()));
    for Answer { writer, message, text, .. } in &answers {
        let other = &apis[(writer + 1) % 2];
        assert_eq!(pay_until_answered(other, &card, message), *text, "{message}");
    }
    // Each happened once, and nothing that nobody asked for.
    let decided = events(&apis[0]).iter().filter(|event| event["type"] == "AUTHORIZATION").count();
    assert_eq!(decided, answers.len());
    for server in servers {
        server.stop();
    }
    place.assert_verifies();
}
