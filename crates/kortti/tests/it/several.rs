//! Several processes on one store.

use std::thread;

use serde_json::json;

use crate::{
    http::{Api, audited},
    support::{PREPAID, Place, VISA, events, issue, wait_until},
};

fn available(api: &Api) -> f64 {
    let account = api.get(&audited(&format!("/account/v4/{PREPAID}"))).expect(200).json();
    account["available"].as_f64().unwrap()
}

#[test]
fn processes_that_share_a_store_spend_an_account_once() {
    const WRITERS: usize = 4;
    const EACH: usize = 15;
    let place = Place::new();
    let servers = [place.serve(), place.serve()];
    let apis = [servers[0].client(), servers[1].client()];
    let card = issue(&apis[0], VISA, &json!({}));
    wait_until("the other has heard of the card", || {
        apis[1].get(&audited(&format!("/card/v4/{card}"))).status == 200
    });
    let pay = |api: &Api, message: &str| {
        let body = json!({
            "messageId": message, "cardId": card, "transactionType": "RETAIL", "cardEntryMode": "CHIP_READ",
            "transactionAmount": { "amount": 30.0, "currency": "EUR" },
            "merchant": { "country": "FIN", "mcc": "5411" },
        });
        api.post("/kortti/v1/authorizations", &body).expect(200)
    };
    let approved: usize = thread::scope(|scope| {
        let write = |writer: usize| {
            let api = &apis[writer % 2];
            let paid = (0..EACH).map(|turn| pay(api, &format!("{writer}-{turn}")).json()["approved"] == true);
            paid.filter(|approved| *approved).count()
        };
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write(writer))).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).sum()
    });
    // 1000.00 is enough for 33 payments of 30.00, however they were divided.
    assert_eq!(approved, 33);
    for api in &apis {
        wait_until("both know the same", || available(api) == 10.0);
    }
    // Whoever is asked, a message is decided once and answered alike.
    for writer in 0..WRITERS {
        let message = format!("{writer}-0");
        assert_eq!(pay(&apis[0], &message).body, pay(&apis[1], &message).body);
    }
    let decided = events(&apis[1]).iter().filter(|event| event["type"] == "AUTHORIZATION").count();
    assert_eq!(decided, WRITERS * EACH);
    for server in servers {
        server.stop();
    }
    place.assert_verifies();
}
