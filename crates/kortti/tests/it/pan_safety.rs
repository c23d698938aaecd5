//! Card numbers must not be found anywhere: not in answers, not in the log, not in the files.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    sync::{Arc, Mutex},
};

use serde_json::json;

use crate::{
    http::{Api, Transcript, audited},
    support::{MASTERCARD, Place, Server, VISA, card_number, encrypt, person},
};

/// How many digits in a row are too many.
const TELLING: usize = 13;

/// Card numbers in every form in which they might lie around.
struct Needles(HashMap<[u8; 2], Vec<(String, Vec<u8>)>>);

impl Needles {
    fn new(numbers: &[String]) -> Self {
        let mut needles = Self(HashMap::new());
        for number in numbers {
            for part in number.as_bytes().windows(TELLING) {
                needles.add("ASCII", number, part.to_vec());
                needles.add(
                    "UTF-16, little end first",
                    number,
                    part.iter().flat_map(|digit| [*digit, 0]).collect(),
                );
                needles.add(
                    "UTF-16, big end first",
                    number,
                    part.iter().flat_map(|digit| [0, *digit]).collect(),
                );
            }
            // Thirteen digits cover at least six whole bytes of two digits each, wherever they begin.
            for part in number.as_bytes().windows(TELLING - 1) {
                let packed = part.chunks(2).map(|pair| (pair[0] - b'0') << 4 | (pair[1] - b'0')).collect();
                needles.add("packed BCD", number, packed);
            }
        }
        needles
    }

    fn add(&mut self, form: &str, number: &str, bytes: Vec<u8>) {
        let label = format!("{number} in {form}");
        self.0.entry([bytes[0], bytes[1]]).or_default().push((label, bytes));
    }

    /// Every number that is in `hay`, and what stands around it.
    fn find(&self, place: &str, hay: &[u8]) -> Vec<String> {
        let mut found: BTreeMap<&str, String> = BTreeMap::new();
        for (at, start) in hay.windows(2).enumerate() {
            let candidates = self.0.get(start).into_iter().flatten();
            for (label, _) in candidates.filter(|(_, bytes)| hay[at..].starts_with(bytes)) {
                let around = &hay[at.saturating_sub(120)..hay.len().min(at + 60)];
                let shown = String::from_utf8_lossy(around).replace(char::is_control, " ");
                found.entry(label).or_insert_with(|| format!("{label} at byte {at} of {place}: …{shown}…"));
            }
        }
        found.into_values().collect()
    }

    /// Every number that is in a file of the place or in the log.
    fn find_in_files(&self, place: &Place) -> Vec<String> {
        let files = place.kept();
        let in_files =
            files.iter().flat_map(|(path, content)| self.find(&path.display().to_string(), content));
        in_files.chain(self.find("the log", &fs::read(place.log()).unwrap())).collect()
    }
}

#[test]
fn needles_are_found_in_every_form() {
    let number = card_number("411111", 987_654_321);
    let needles = Needles::new(std::slice::from_ref(&number));
    let packed = |text: &str| -> Vec<u8> {
        text.as_bytes().chunks(2).map(|pair| (pair[0] - b'0') << 4 | (pair[1] - b'0')).collect()
    };
    let wide: Vec<u8> = number.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for hay in [
        number.clone().into_bytes(),
        wide,
        packed(&number),
        packed(&format!("1{number}1")),
        packed(&number[..14]),
    ] {
        assert!(!needles.find("hay", &hay).is_empty());
    }
    assert!(needles.find("hay", &number.as_bytes()[..12]).is_empty());
}

/// Starts a server that logs everything it can, and puts down everything that it answers.
fn watched() -> (Server, Api, Transcript) {
    let server = Place::new().serve_with(&["--sandbox"], &[("KORTTI_LOG_LEVEL", "trace")]);
    let transcript: Transcript = Arc::new(Mutex::new(Vec::new()));
    let api = server.client().recording(&transcript);
    (server, api, transcript)
}

/// Searches what was answered and everything that is left behind, while the server runs, after it has stopped, and after it
/// has started again.
fn assert_nowhere(server: Server, api: &Api, transcript: &Transcript, numbers: &[String]) {
    let needles = Needles::new(numbers);
    api.get("/metrics").expect(200);
    api.get("/docs").expect(200);
    crate::support::events(api);
    let mut found = needles.find("the answers", &transcript.lock().unwrap());
    let place = server.place.clone();
    found.extend(needles.find_in_files(&place));
    server.stop();
    found.extend(needles.find_in_files(&place));
    place.assert_verifies();
    place.serve_with(&["--sandbox"], &[("KORTTI_LOG_LEVEL", "trace")]).stop();
    found.extend(needles.find_in_files(&place));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn numbers_of_cards_are_nowhere_in_clear() {
    let (server, api, transcript) = watched();
    let visa = card_number("411111", 123_987_456);
    let mastercard = card_number("555555", 987_123_654);
    let (broken, alien) =
        (format!("{}0", &card_number("411111", 555)[..15]), card_number("400000", 829_371_465));
    let with = |number: &str| json!({ "encryptedData": encrypt(&api, number) });
    let id = api.post(VISA, &with(&visa)).id(201);
    api.post(MASTERCARD, &with(&mastercard)).id(201);
    for number in [&visa, &mastercard, &broken, &alien] {
        api.post(VISA, &with(number)).problem(400);
    }
    for number in [&visa, &mastercard] {
        api.post("/card/v4/card/cardnumber", &with(number)).expect(200);
    }
    api.post("/card/v4/card/cardnumber", &with(&alien)).problem(404);
    api.patch(&format!("/card/v4/VISA_VIRTUAL/{id}"), &json!({ "status": "CARD_LOST", "reason": "gone" }))
        .id(200);
    api.patch(&format!("/card/v4/VISA_VIRTUAL/{id}"), &json!({ "embossing": { "firstName": "Anna" } }))
        .id(200);
    for path in ["/card/v4/", "/card/v3/"] {
        api.get(&format!("{path}{id}")).expect(200);
        api.get(&format!("{path}customer/1001")).expect(200);
        api.get(&format!("{path}account/2001")).expect(200);
    }
    api.post("/sandbox/v1/clock/advance", &json!({ "seconds": 200_000_000 })).expect(200);
    assert_nowhere(server, &api, &transcript, &[visa, mastercard, broken, alien]);
}

#[test]
fn numbers_in_wrong_places_are_not_repeated() {
    let (server, api, transcript) = watched();
    let id = api.post(VISA, &json!({})).id(201);
    let update = format!("/card/v4/VISA_VIRTUAL/{id}");
    let mut serial = 100_000_000;
    let mut numbers = Vec::new();
    let mut fresh = || {
        serial += 7_654_321;
        numbers.push(card_number("411111", serial));
        numbers.last().unwrap().clone()
    };
    misplaced_in_bodies(&api, &update, &mut fresh);
    misplaced_in_targets(&api, &mut fresh);
    misplaced_in_heads(&api, &mut fresh);
    assert_nowhere(server, &api, &transcript, &numbers);
}

fn misplaced_in_bodies(api: &Api, update: &str, fresh: &mut impl FnMut() -> String) {
    for member in [
        "segment",
        "status",
        "pinStatus",
        "accountId",
        "customerId",
        "encryptedData",
        "productCode",
        "cardNumber",
        "pan",
        "usageLimits",
        "embossing",
        "additionalValues",
        "scheduledClosing",
        "regionAndEcommBlocking",
        "expiration",
    ] {
        let (text, number): (String, u64) = (fresh(), fresh().parse().unwrap());
        for path in [VISA, update] {
            let method = if path == VISA { "POST" } else { "PATCH" };
            api.send_json(method, &audited(path), &[], &json!({ member: text }));
            api.send_json(method, &audited(path), &[], &json!({ member: number }));
            api.send_json(method, &audited(path), &[], &json!({ member: [text] }));
        }
    }
    let number: u64 = fresh().parse().unwrap();
    let deep = [
        json!({ "expiration": { "year": number, "month": 1 } }),
        json!({ "scheduledClosing": { "time": fresh() } }),
        json!({ "additionalValues": [{ "key": fresh() }] }),
        json!({ "usageLimits": [{ "code": fresh(), "values": [] }] }),
        json!({ "usageLimits": [{ "code": "24H", "values": [{ "code": fresh() }] }] }),
        json!({ "usageLimits": [{ "code": "24H", "values": [{ "code": "ATM", "count": number }] }] }),
        json!({ "usageLimits": [{ "code": "24H", "values": [{ "code": "ATM", "sumAmount": format!("{number}") }] }] }),
        json!({ "regionAndEcommBlocking": { "asia": fresh() } }),
        json!({ fresh(): 1 }),
        json!({ "embossing": { fresh(): 1, "physical": fresh() } }),
        json!({ "embossing": { "firstName": format!("{}{}", fresh(), fresh()) } }),
    ];
    for body in &deep {
        api.patch(update, body);
        api.post(VISA, body);
    }
    for raw in [
        format!(r#"{{"{0}":1,"{0}":2}}"#, fresh()),
        format!(r#"{{"segment":"{}"#, fresh()),
        format!(r#"{{"segment":{}"#, fresh()),
        format!(r#"{} "#, fresh()),
        format!(r#""{}""#, fresh()),
        format!(r#"{{"a":{}x}}"#, fresh()),
    ] {
        api.send("POST", &audited(VISA), &[("content-type", "application/json")], Some(raw.as_bytes()))
            .problem(400);
    }
    api.post("/sandbox/v1/clock/advance", &json!({ "to": fresh() })).problem(400);
    let seconds: u64 = fresh().parse().unwrap();
    api.post("/sandbox/v1/clock/advance", &json!({ "seconds": seconds })).problem(400);
}

fn misplaced_in_targets(api: &Api, fresh: &mut impl FnMut() -> String) {
    for prefix in [
        "/",
        "/card/v4/",
        "/card/v3/",
        "/card/v4/reference/",
        "/card/v4/customer/",
        "/card/v4/account/",
        "/customer/v3/",
        "/customer/v3/customerNumber/",
        "/account/v4/",
        "/account/v4/accountNumber/",
        "/account/v4/customer/",
        "/card/v4/customer/1001?page=",
        "/card/v4/customer/1001?size=",
        "/card/v4/customer/1001?number=",
        "/kortti/v1/events?after=",
        "/kortti/v1/events?limit=",
        "/metrics?",
    ] {
        api.get(&format!("{prefix}{}", fresh()));
    }
    for path in ["/card/v4/VISA_VIRTUAL/", "/card/v3/", "/customer/v3/PRIVATE/", "/account/v4/PREPAID/"] {
        api.patch(&format!("{path}{}", fresh()), &json!({})).problem(404);
    }
    let (customer, account, role) = (fresh(), fresh(), fresh());
    api.post(&format!("/card/v4/VISA_VIRTUAL/customer/{customer}/account/2001/MAIN"), &json!({}))
        .problem(404);
    api.post(&format!("/card/v4/VISA_VIRTUAL/customer/1001/account/{account}/MAIN"), &json!({})).problem(404);
    api.post(&format!("/card/v4/VISA_VIRTUAL/customer/1001/account/2001/{role}"), &json!({})).problem(400);
    api.post(&format!("/account/v4/PREPAID/customer/{}", fresh()), &json!({})).problem(404);
}

fn misplaced_in_heads(api: &Api, fresh: &mut impl FnMut() -> String) {
    let headers =
        ["x-idempotency-key", "content-type", "x-unknown", "x-request-id", "user-agent", "traceparent"];
    for header in headers {
        let number = fresh();
        api.send(
            "POST",
            &audited(VISA),
            &[(header, &number), ("content-type", "application/json")],
            Some(b"{}"),
        );
    }
    let (name, secret) = (fresh(), fresh());
    api.with_credentials(&name, &secret).get("/card/v4/1").problem(401);
    api.with_credentials("sandbox", &secret).get("/card/v4/1").problem(401);
}

#[test]
fn a_number_in_place_of_a_name_is_encrypted_like_a_name() {
    let (server, api, _) = watched();
    let mut serial = 200_000_000;
    let mut numbers = Vec::new();
    let mut fresh = || {
        serial += 7_654_321;
        numbers.push(card_number("411111", serial));
        numbers.last().unwrap().clone()
    };
    let embossing = json!({
        "companyName": fresh(), "firstName": fresh(), "additionalField1": fresh(), "additionalEmbossingName": fresh(),
        "externalLayoutCode": fresh(), "manufacturer": fresh(),
    });
    let body = json!({ "embossing": embossing, "additionalValues": [{ "key": "k", "value": fresh() }] });
    let id = api.post(VISA, &body).id(201);
    api.patch(&format!("/card/v4/VISA_VIRTUAL/{id}"), &json!({ "embossing": { "firstName": fresh() } }))
        .id(200);
    let address = json!({ "address1": fresh(), "city": fresh(), "country": "FIN", "zipCode": fresh() });
    let body = json!({ "cardAddress": address, "pinAddress": address });
    api.post("/card/v4/VISA_CARD/customer/1001/account/2001/MAIN", &body).id(201);
    let mut customer = person("P");
    for member in ["firstName", "lastName", "middleName", "regNo", "email", "salutation"] {
        customer[member] = fresh().into();
    }
    customer["address"] = address.clone();
    customer["phoneNumber"] = json!({ "number": fresh() });
    let customer = api.post("/customer/v3/PRIVATE", &customer).id(201);
    api.patch(&format!("/customer/v3/PRIVATE/{customer}"), &json!({ "lastName": fresh() })).id(200);
    let account = json!({ "name": fresh(), "address": address, "number": "A-1" });
    api.post(&format!("/account/v4/PREPAID/customer/{customer}"), &account).id(201);
    let unheard: Transcript = Arc::default();
    assert_nowhere(server, &api.recording(&unheard), &Arc::default(), &numbers);
    drop(unheard);
}
