//! The program is killed without warning, again and again, in the middle of its work. What it has answered must be there
//! when it comes back, whole; what it has not answered may be there or not, but not in part, and can be sent again.

use std::{io, thread, time::Duration};

use serde_json::{Map, Value, json};

use crate::{
    http::{Api, Reply, audited},
    support::{Dice, Place, VISA, card, events},
};

const ROUNDS: u64 = 20;
const WRITERS: u64 = 6;

/// What a card must show: each value by its place in the card.
type Shown = Map<String, Value>;

/// A card and what its writer knows of it.
struct Known {
    id: String,
    shown: Shown,
}

/// A request that was sent and not answered.
enum Open {
    Create { key: String, body: Value, shown: Shown },
    Update { key: String, index: usize, body: Value, shown: Shown },
}

/// Someone who creates cards and changes only their own, one request after the other.
struct Writer {
    name: u64,
    dice: Dice,
    cards: Vec<Known>,
    sent: u64,
    /// Which cards were touched since the last check.
    touched: Vec<usize>,
    open: Option<Open>,
}

#[test]
fn what_was_answered_survives_every_kill() {
    let (mut dice, seed) = Dice::new();
    println!("KORTTI_TEST_SEED={seed}");
    let place = Place::new();
    let mut writers: Vec<Writer> = (0..WRITERS).map(|name| Writer::new(name, dice.below(u64::MAX))).collect();
    for round in 0..ROUNDS {
        let server = place.serve();
        let api = server.client();
        writers.iter_mut().for_each(|writer| writer.check(&api));
        let work = Duration::from_millis(20 + dice.below(300));
        let count = 4 + usize::try_from(dice.below(WRITERS - 3)).unwrap();
        thread::scope(|scope| {
            for writer in writers.iter_mut().take(count) {
                scope.spawn(|| writer.work(&api));
            }
            thread::sleep(work);
            server.kill();
        });
        println!("round {round}: {} requests so far", writers.iter().map(|writer| writer.sent).sum::<u64>());
    }
    let server = place.serve();
    let api = server.client();
    for writer in &mut writers {
        writer.check(&api);
        writer.touched = (0..writer.cards.len()).collect();
        writer.check(&api);
    }
    let cards: usize = writers.iter().map(|writer| writer.cards.len()).sum();
    assert!(cards > 100, "there was hardly any load: {cards} cards");
    let issued = events(&api).iter().filter(|event| event["type"] == "CARD_ISSUED").count();
    assert_eq!(issued, cards, "cards that nobody asked for, or asked for once and got twice");
    server.stop();
    place.assert_verifies();
}

impl Writer {
    fn new(name: u64, seed: u64) -> Self {
        let dice = Dice::seeded(seed);
        Self { name, dice, cards: Vec::new(), sent: 0, touched: Vec::new(), open: None }
    }

    /// Sends requests until one is not answered.
    fn work(&mut self, api: &Api) {
        while self.open.is_none() {
            self.sent += 1;
            let key = format!("writer-{}-{}", self.name, self.sent);
            let (change, shown) = self.change();
            let request = if self.cards.is_empty() || self.dice.below(3) == 0 {
                Open::Create {
                    key,
                    body: json!({ "embossing": change["embossing"] }),
                    shown: names_only(shown),
                }
            } else {
                let index = usize::try_from(self.dice.below(self.cards.len() as u64)).unwrap();
                Open::Update { key, index, body: change, shown }
            };
            match request.send(api, &self.cards) {
                Ok(reply) => self.note(request, reply),
                Err(_) => self.open = Some(request),
            }
        }
    }

    /// A change of several members at once, so that half of one would be seen.
    fn change(&mut self) -> (Value, Shown) {
        let status = ["CARD_OK", "CARD_BLOCKED", "CARD_LOST"][usize::try_from(self.dice.below(3)).unwrap()];
        let (count, reason) = (1 + self.dice.below(1000), format!("reason {}", self.sent));
        let name = format!("W{} {}", self.name, self.sent);
        let body = json!({
            "status": status,
            "reason": reason,
            "usageLimits": [{ "code": "24H", "values": [{ "code": "ATM", "count": count }] }],
            "embossing": { "firstName": name },
        });
        let shown = json!({
            "/status": status, "/reason": reason, "/usageLimits/2/values/1/count": count, "/embossing/firstName": name,
        });
        (body, shown.as_object().unwrap().clone())
    }

    /// Takes down what was answered.
    fn note(&mut self, request: Open, reply: Reply) {
        match request {
            Open::Create { shown, .. } => {
                self.touched.push(self.cards.len());
                self.cards.push(Known { id: reply.id(201), shown });
            }
            Open::Update { index, shown, .. } => {
                assert_eq!(reply.id(200), self.cards[index].id);
                self.cards[index].shown = shown;
                self.touched.push(index);
            }
        }
    }

    /// Compares what is there with what was answered, then sends what was not answered again.
    fn check(&mut self, api: &Api) {
        let open = self.open.take();
        for index in std::mem::take(&mut self.touched) {
            let known = &self.cards[index];
            let found = card(api, &known.id);
            let maybe = match &open {
                Some(Open::Update { index: changing, shown, .. }) if *changing == index => {
                    shows(&found, shown)
                }
                _ => false,
            };
            assert!(maybe || shows(&found, &known.shown), "{} expected in {found}", json!(known.shown));
        }
        if let Some(request) = open {
            let reply = request.send(api, &self.cards).unwrap();
            self.note(request, reply);
        }
    }
}

impl Open {
    fn send(&self, api: &Api, cards: &[Known]) -> io::Result<Reply> {
        let (method, path, key, body) = match self {
            Self::Create { key, body, .. } => ("POST", VISA.to_owned(), key, body),
            Self::Update { key, index, body, .. } => {
                ("PATCH", format!("/card/v4/VISA_VIRTUAL/{}", cards[*index].id), key, body)
            }
        };
        let headers = [("content-type", "application/json"), ("x-idempotency-key", key)];
        api.try_send(method, audited(&path).as_bytes(), &headers, Some(body.to_string().as_bytes()))
    }
}

fn names_only(mut shown: Shown) -> Shown {
    shown.retain(|place, _| place.starts_with("/embossing"));
    shown
}

fn shows(found: &Value, shown: &Shown) -> bool {
    shown.iter().all(|(place, value)| found.pointer(place) == Some(value))
}
