//! The program is killed without warning while money moves. What it has answered is answered again with the same bytes, what it
//! has not answered happens once when it is sent again, and every balance, hold and counter is what the answers add up to.

use std::{collections::BTreeSet, io, mem, thread, time::Duration};

use serde_json::{Value, json};

use crate::{
    http::{Api, Reply, audited},
    support::{CREDIT, Dice, PREPAID, Place, card, events_after, issue},
};

const ROUNDS: u64 = 50;
const WRITERS: u64 = 4;
const MESSAGES: &str = "/kortti/v1/authorizations";

/// An authorisation as the answers leave it, in cents.
struct Known {
    id: String,
    message: String,
    card: usize,
    approved: i64,
    held: i64,
    cleared: i64,
    reversed: i64,
    /// Whether it counts as a use.
    once: bool,
    /// How many messages there have been about it.
    messages: usize,
}

/// What a request is for. Authorisations are named by their place in the list of the writer, who alone touches them.
#[derive(Clone)]
enum Act {
    Authorise { card: usize, reversed_before: bool },
    Increment { index: usize, cents: i64 },
    Reverse { index: usize, cents: Option<i64> },
    ReverseEarly,
    Clear { index: usize, cents: i64, last: bool },
    Refund { card: usize, cents: i64 },
    Load { account: usize, cents: i64 },
}

#[derive(Clone)]
struct Request {
    act: Act,
    path: String,
    /// By which a repetition is recognised.
    key: String,
    body: Value,
}

/// The cards, and on which account each is.
struct World {
    cards: Vec<(String, usize)>,
}

/// Someone who sends messages, one after the other.
struct Writer {
    name: u64,
    dice: Dice,
    sent: u64,
    known: Vec<Known>,
    answered: Vec<(Request, String)>,
    /// How many of the answered were compared already.
    compared: usize,
    /// By account: what was loaded, refunded and cleared.
    balance: [i64; 2],
    touched: BTreeSet<usize>,
    /// The message whose reversal came first.
    early: Option<String>,
    open: Option<Request>,
}

#[test]
fn money_that_was_answered_for_survives_every_kill() {
    let (mut dice, seed) = Dice::new();
    println!("KORTTI_TEST_SEED={seed}");
    let place = Place::new();
    let server = place.serve();
    let world = World::new(&server.client());
    let start = events_after(&server.client(), 0).len() as u64;
    let mut seen = start;
    server.stop();
    let mut writers: Vec<Writer> = (0..WRITERS).map(|name| Writer::new(name, dice.below(u64::MAX))).collect();
    for round in 1..=ROUNDS {
        let server = place.serve();
        let api = server.client();
        seen = check(&world, &mut writers, &api, seen);
        let work = Duration::from_millis(20 + dice.below(130));
        thread::scope(|scope| {
            for writer in &mut writers {
                scope.spawn(|| writer.work(&world, &api));
            }
            thread::sleep(work);
            server.kill();
        });
        if round % 10 == 0 {
            println!(
                "round {round}: {} requests so far",
                writers.iter().map(|writer| writer.sent).sum::<u64>()
            );
            place.assert_verifies();
        }
    }
    let server = place.serve();
    let api = server.client();
    for writer in &mut writers {
        writer.compared = 0;
        writer.touched = (0..writer.known.len()).collect();
    }
    check(&world, &mut writers, &api, start);
    let count: usize = writers.iter().map(|writer| writer.answered.len()).sum();
    assert!(count > 500, "there was hardly any load: {count} answers");
    server.stop();
    place.assert_verifies();
}

/// Compares what there is with what was answered, after what was not answered has been sent again; of the journal what comes
/// after `seen`. Returns where it ends.
fn check(world: &World, writers: &mut [Writer], api: &Api, seen: u64) -> u64 {
    thread::scope(|scope| {
        for writer in writers.iter_mut() {
            scope.spawn(|| {
                writer.compare_answers(api);
                writer.settle(world, api);
                writer.compare_authorisations(api);
            });
        }
    });
    for (account, id) in [PREPAID, CREDIT].iter().enumerate() {
        let found = api.get(&format!("/account/v4/{id}")).expect(200).json();
        let (balance, credit) = [(100_000, 0), (0, 500_000)][account];
        let balance = balance + writers.iter().map(|writer| writer.balance[account]).sum::<i64>();
        let all = writers.iter().flat_map(|writer| &writer.known);
        let held: i64 =
            all.filter(|known| world.cards[known.card].1 == account).map(|known| known.held).sum();
        assert_eq!(cents(&found["balance"]), balance, "account {id}");
        assert_eq!(cents(&found["available"]), balance - held + credit, "account {id}");
    }
    for (index, (id, _)) in world.cards.iter().enumerate() {
        let found = card(api, id);
        let used = &found["usageLimits"][2]["values"][0];
        let all = || writers.iter().flat_map(|writer| &writer.known).filter(|known| known.card == index);
        let amount: i64 = all().filter(|known| known.counts()).map(|known| known.held + known.cleared).sum();
        let count = all().filter(|known| known.once).count();
        assert_eq!((cents(&used["usedAmount"]), &used["usedCount"]), (amount, &json!(count)), "card {id}");
    }
    let events = events_after(api, seen);
    let found: Vec<u64> = events.iter().map(|event| event["sequence"].as_u64().unwrap()).collect();
    let answered = writers.iter().flat_map(|writer| &writer.answered).map(|(_, answer)| transaction(answer));
    let mut answered: Vec<u64> = answered.filter(|sequence| *sequence > seen).collect();
    answered.sort_unstable();
    assert_eq!(found, answered, "something was lost, or happened twice, or nobody asked for it");
    seen.max(found.last().copied().unwrap_or(0))
}

/// The transaction that an answer names, which is also its place in the journal.
fn transaction(answer: &str) -> u64 {
    let answer: Value = serde_json::from_str(answer).unwrap();
    let id = answer.get("transactionId").unwrap_or(&answer["id"]);
    id.as_str().unwrap().parse().unwrap()
}

#[expect(clippy::cast_possible_truncation, reason = "the amounts of the test are small")]
fn cents(amount: &Value) -> i64 {
    (amount.as_f64().unwrap_or_else(|| panic!("{amount} is no amount")) * 100.0).round() as i64
}

fn euros(cents: i64) -> Value {
    let text = format!("{}.{:02}", cents / 100, cents % 100);
    json!({ "amount": serde_json::from_str::<Value>(&text).unwrap(), "currency": "EUR" })
}

impl World {
    /// Two cards on each of two accounts, whose uses of a day are shown.
    fn new(api: &Api) -> Self {
        let limits =
            json!({ "usageLimits": [{ "code": "24H", "values": [{ "code": "ALL", "count": 1_000_000 }] }] });
        let issue = |(account, index)| {
            let id = issue(
                api,
                &format!("/card/v4/VISA_VIRTUAL/customer/1001/account/{account}/MAIN"),
                &json!({}),
            );
            api.patch(&format!("/card/v4/VISA_VIRTUAL/{id}"), &limits).expect(200);
            (id, index)
        };
        Self { cards: [PREPAID, PREPAID, CREDIT, CREDIT].into_iter().zip([0, 0, 1, 1]).map(issue).collect() }
    }
}

impl Known {
    /// Whether its amounts count in the limits: those of what was declined do not.
    const fn counts(&self) -> bool {
        self.approved > 0
    }
}

impl Writer {
    fn new(name: u64, seed: u64) -> Self {
        Self {
            name,
            dice: Dice::seeded(seed),
            sent: 0,
            known: Vec::new(),
            answered: Vec::new(),
            compared: 0,
            balance: [0, 0],
            touched: BTreeSet::new(),
            early: None,
            open: None,
        }
    }

    /// Sends requests until one is not answered.
    fn work(&mut self, world: &World, api: &Api) {
        while self.open.is_none() {
            let act = self.act(world);
            let request = self.request(world, act);
            match request.send(api) {
                Ok(reply) => self.note(world, request, &reply),
                Err(_) => self.open = Some(request),
            }
        }
    }

    fn roll(&mut self, end: usize) -> usize {
        usize::try_from(self.dice.below(end as u64)).unwrap()
    }

    fn some_cents(&mut self, end: u64) -> i64 {
        1 + i64::try_from(self.dice.below(end)).unwrap()
    }

    /// What to do next; mostly with one of the newest authorisations, sometimes with one that ended long ago.
    fn act(&mut self, world: &World) -> Act {
        let (card, count) = (self.roll(world.cards.len()), self.known.len());
        let kind = self.roll(12);
        if kind < 4 || count == 0 {
            return Act::Authorise { card, reversed_before: self.early.is_some() };
        }
        let newest = if self.roll(8) == 0 { count } else { count.min(6) };
        let index = count - 1 - self.roll(newest);
        let cents = self.some_cents(4000);
        match kind {
            4 | 5 => Act::Increment { index, cents },
            6 => Act::Reverse { index, cents: Some(cents) },
            7 => Act::Reverse { index, cents: None },
            8 | 9 => Act::Clear { index, cents, last: self.roll(2) == 0 },
            10 if self.roll(3) == 0 && self.early.is_none() => Act::ReverseEarly,
            10 => Act::Refund { card, cents: self.some_cents(500) },
            _ => Act::Load { account: self.roll(2), cents },
        }
    }

    /// The request for an act, under a key that was never used.
    fn request(&mut self, world: &World, act: Act) -> Request {
        self.sent += 1;
        let mut key = format!("money-{}-{}", self.name, self.sent);
        let of = |index: usize, what: &str| format!("{MESSAGES}/{}/{what}", self.known[index].id);
        let (path, mut body) = match act {
            Act::Authorise { card, .. } => {
                key = self.early.take().unwrap_or(key);
                let amount = self.some_cents(6000);
                let body = json!({
                    "cardId": world.cards[card].0, "transactionType": "RETAIL", "cardEntryMode": "CHIP_READ",
                    "transactionAmount": euros(amount), "merchant": { "country": "FIN", "mcc": "5411" },
                });
                (MESSAGES.to_owned(), body)
            }
            Act::Increment { index, cents } => (of(index, "increments"), json!({ "amount": euros(cents) })),
            // Every other one is named by its message, as by senders who know nothing else of it.
            Act::Reverse { index, cents } => {
                let mut body = cents.map_or(json!({}), |cents| json!({ "amount": euros(cents) }));
                let path = if self.sent.is_multiple_of(2) {
                    of(index, "reversals")
                } else {
                    body["originalMessageId"] = json!(self.known[index].message);
                    "/kortti/v1/reversals".to_owned()
                };
                (path, body)
            }
            Act::ReverseEarly => {
                let original = format!("{key}-late");
                ("/kortti/v1/reversals".to_owned(), json!({ "originalMessageId": original }))
            }
            Act::Clear { index, cents, last } => {
                (of(index, "clearings"), json!({ "transactionAmount": euros(cents), "final": last }))
            }
            Act::Refund { card, cents } => {
                let path = format!("/kortti/v1/cards/{}/refunds", world.cards[card].0);
                (path, json!({ "transactionAmount": euros(cents) }))
            }
            Act::Load { account, cents } => {
                let mut body = euros(cents);
                body["type"] = json!("DP");
                (format!("/transaction/v3/account/{}", [PREPAID, CREDIT][account]), body)
            }
        };
        if !matches!(act, Act::Load { .. }) {
            body["messageId"] = json!(key);
        }
        Request { act, path, key, body }
    }

    /// Takes down what was answered, which must be what follows from the answers before it.
    fn note(&mut self, world: &World, request: Request, reply: &Reply) {
        let status = if matches!(request.act, Act::Load { .. }) { 201 } else { 200 };
        let answer = reply.clone().expect(status).json();
        let message = request.key.clone();
        if let Act::Increment { index, .. } | Act::Reverse { index, .. } | Act::Clear { index, .. } =
            request.act
        {
            assert_eq!(answer["authorizationId"], self.known[index].id, "{answer}");
            self.known[index].messages += 1;
            self.touched.insert(index);
        }
        match request.act {
            Act::Authorise { card, reversed_before } => {
                let approved = cents(&answer["approvedAmount"]);
                assert_eq!(answer["approved"], approved > 0, "{answer}");
                assert_eq!(answer["reason"] == "REVERSED_BEFORE", reversed_before, "{answer}");
                self.touched.insert(self.known.len());
                let (id, once) = (answer["authorizationId"].as_str().unwrap().to_owned(), approved > 0);
                let known = Known {
                    id,
                    message,
                    card,
                    approved,
                    held: approved,
                    cleared: 0,
                    reversed: 0,
                    once,
                    messages: 1,
                };
                self.known.push(known);
            }
            Act::Increment { index, cents: wanted } => {
                let (known, more) = (&mut self.known[index], cents(&answer["approvedAmount"]));
                assert!(more == 0 || (more == wanted && known.held > 0), "{answer}");
                known.approved += more;
                known.held += more;
            }
            Act::Reverse { index, cents: wanted } => {
                let (known, back) = (&mut self.known[index], cents(&answer["reversedAmount"]));
                assert_eq!(back, wanted.unwrap_or(known.held).min(known.held), "{answer}");
                known.reversed += back;
                known.held -= back;
                known.once &= back == 0 || known.held > 0 || known.cleared > 0;
            }
            Act::ReverseEarly => {
                assert_eq!(answer["reason"], "REVERSAL_NOTED");
                self.early = request.body["originalMessageId"].as_str().map(str::to_owned);
            }
            Act::Clear { index, cents: wanted, last } => {
                let known = &mut self.known[index];
                assert_eq!(cents(&answer["amount"]), wanted, "{answer}");
                known.cleared += wanted;
                known.held -= if last { known.held } else { known.held.min(wanted) };
                self.balance[world.cards[known.card].1] -= wanted;
            }
            Act::Refund { card, cents: wanted } => {
                assert_eq!(cents(&answer["amount"]), wanted, "{answer}");
                self.balance[world.cards[card].1] += wanted;
            }
            Act::Load { account, cents } => self.balance[account] += cents,
        }
        self.answered.push((request, reply.text()));
    }

    /// What was answered since the last time is answered with the same bytes again.
    fn compare_answers(&mut self, api: &Api) {
        for (request, answer) in &self.answered[self.compared..] {
            let again = request.send(api).unwrap();
            assert_eq!(again.text(), *answer, "{} was answered otherwise", request.key);
        }
        self.compared = self.answered.len();
    }

    /// Sends what was not answered again. Of an authorisation the sender may not know what became of it, and reverse it first.
    fn settle(&mut self, world: &World, api: &Api) {
        let Some(request) = self.open.take() else { return };
        let mut reversal = None;
        if let Act::Authorise { reversed_before: false, .. } = request.act
            && self.roll(2) == 0
        {
            let body =
                json!({ "messageId": format!("{}-reversed", request.key), "originalMessageId": request.key });
            let (path, key) = ("/kortti/v1/reversals".to_owned(), format!("{}-reversed", request.key));
            let act = Act::Reverse { index: self.known.len(), cents: None };
            let sent = Request { act, path, key, body };
            reversal = Some((sent.send(api).unwrap(), sent));
        }
        let reply = request.send(api).unwrap();
        assert_eq!(request.send(api).unwrap().body, reply.body);
        match reversal {
            None => self.note(world, request, &reply),
            // The authorisation had been written.
            Some((given_back, sent)) if given_back.json()["reason"] != "REVERSAL_NOTED" => {
                self.note(world, request, &reply);
                self.note(world, sent, &given_back);
            }
            Some((noted, sent)) => {
                self.note(world, Request { act: Act::ReverseEarly, ..sent }, &noted);
                let (card, early) = match request.act {
                    Act::Authorise { card, .. } => (card, self.early.take()),
                    _ => panic!("only authorisations are reversed"),
                };
                assert_eq!(early.as_ref(), Some(&request.key));
                self.note(
                    world,
                    Request { act: Act::Authorise { card, reversed_before: true }, ..request },
                    &reply,
                );
            }
        }
    }

    fn compare_authorisations(&mut self, api: &Api) {
        for index in mem::take(&mut self.touched) {
            let known = &self.known[index];
            let found = api.get(&format!("{MESSAGES}/{}", known.id)).expect(200).json();
            let of = |name: &str| cents(&found[name]);
            let figures = [of("approvedAmount"), of("heldAmount"), of("clearedAmount"), of("reversedAmount")];
            assert_eq!(figures, [known.approved, known.held, known.cleared, known.reversed], "{found}");
            assert_eq!(found["events"].as_array().unwrap().len(), known.messages, "{found}");
        }
    }
}

impl Request {
    fn send(&self, api: &Api) -> io::Result<Reply> {
        let mut headers = vec![("content-type", "application/json")];
        if let Act::Load { .. } = self.act {
            headers.push(("x-idempotency-key", &self.key));
        }
        let body = self.body.to_string();
        api.try_send("POST", audited(&self.path).as_bytes(), &headers, Some(body.as_bytes()))
    }
}
