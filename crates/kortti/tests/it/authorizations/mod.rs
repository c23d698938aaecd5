//! Authorisations and what follows on them, through Kortti's own operations.

mod advice;
mod blocks;
mod clearing;
mod controls;
mod decide;
mod hostile;
mod life;
mod limits;
mod messages;
mod verify;

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::{
    http::Api,
    support::{Server, VISA, issue},
};

const AUTHORIZE: &str = "/kortti/v1/authorizations";

/// A sandbox with a card on the prepaid account, on which there are 1000 euros.
struct Shop {
    server: Server,
    api: Api,
    card: String,
}

impl Shop {
    fn new() -> Self {
        Self::with(&json!({}))
    }

    /// The card is created with `body`.
    fn with(body: &Value) -> Self {
        let server = Server::sandbox();
        let api = server.client();
        let card = issue(&api, VISA, body);
        Self { server, api, card }
    }

    /// A purchase in a shop with the chip.
    fn purchase(&self, amount: f64) -> Value {
        purchase(&self.card, amount)
    }

    /// Sends a request with a message id of its own and returns the decision.
    #[track_caller]
    fn ask(&self, request: &Value) -> Value {
        decide(&self.api, request)
    }

    /// Buys something and returns the authorisation's id.
    #[track_caller]
    fn buy(&self, amount: f64) -> String {
        let decision = self.ask(&self.purchase(amount));
        assert_eq!(decision["approved"], true, "{decision}");
        decision["authorizationId"].as_str().unwrap().to_owned()
    }

    /// Sends what follows on an authorisation.
    #[track_caller]
    fn follow(&self, id: &str, what: &str, request: &Value) -> Value {
        let request = with_message_id(request.clone());
        self.api.post(&format!("{AUTHORIZE}/{id}/{what}"), &request).expect(200).json()
    }

    /// The authorisation as it is read.
    #[track_caller]
    fn read(&self, id: &str) -> Value {
        self.api.get(&format!("{AUTHORIZE}/{id}")).expect(200).json()
    }

    /// `[balance, available]` of the prepaid account.
    fn funds(&self) -> Value {
        let account = self.api.get("/account/v4/2001").expect(200).json();
        json!([account["balance"], account["available"]])
    }

    fn set_limit(&self, period: &str, limiter: &Value) {
        let body = json!({ "usageLimits": [{ "code": period, "values": [limiter] }] });
        self.patch(&body);
    }

    fn patch(&self, body: &Value) {
        self.api.patch(&format!("/card/v4/VISA_VIRTUAL/{}", self.card), body).id(200);
    }
}

fn purchase(card: &str, amount: f64) -> Value {
    json!({
        "cardId": card,
        "transactionType": "RETAIL",
        "cardEntryMode": "CHIP_READ",
        "transactionAmount": euros(amount),
        "merchant": { "id": "M-1", "name": "Corner shop", "city": "Mariehamn", "country": "FIN", "mcc": "5411" },
    })
}

fn euros(amount: f64) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

/// The request with an id that no other message has.
fn with_message_id(mut request: Value) -> Value {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    if request.get("messageId").is_none() {
        request["messageId"] = format!("m-{}", NEXT.fetch_add(1, Ordering::Relaxed)).into();
    }
    request
}

/// The same request with one member replaced, or removed where `value` is null.
fn but(mut request: Value, member: &str, value: Value) -> Value {
    if value.is_null() {
        request.as_object_mut().unwrap().remove(member);
    } else {
        request[member] = value;
    }
    request
}

#[track_caller]
fn decide(api: &Api, request: &Value) -> Value {
    api.post(AUTHORIZE, &with_message_id(request.clone())).expect(200).json()
}

/// The first check of that name in a decision or event.
#[track_caller]
fn check<'a>(decision: &'a Value, name: &str) -> &'a Value {
    let mut checks = decision["explanation"].as_array().unwrap().iter();
    checks.find(|check| check["check"] == name).unwrap_or_else(|| panic!("no {name} in {decision}"))
}

/// `[approved, responseCode, reason]`
fn outcome(decision: &Value) -> Value {
    json!([decision["approved"], decision["responseCode"], decision["reason"]])
}

#[track_caller]
fn assert_declined(decision: &Value, code: &str, reason: &str) {
    assert_eq!(outcome(decision), json!([false, code, reason]), "{decision}");
    assert_eq!(decision["approvedAmount"], 0);
    assert_eq!(decision["authorizationCode"], Value::Null);
    let failed = decision["explanation"].as_array().unwrap().iter().find(|check| check["result"] == "FAIL");
    let failed = failed.unwrap_or_else(|| panic!("nothing failed in {decision}"));
    assert_eq!([&failed["code"], &failed["reason"]], [&json!(code), &json!(reason)]);
}
