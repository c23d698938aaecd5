use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use serde_json::json;

use super::Shop;
use crate::support::{VISA, issue, new_customer};

#[test]
fn store_holds_while_a_server_writes_to_it() {
    let shop = Shop::new();
    let place = shop.server.place.clone();
    let is_over = AtomicBool::new(false);
    let verify = || catch_unwind(AssertUnwindSafe(|| place.verify()));
    let verdicts = thread::scope(|scope| {
        // Every kind of row, new ones and changed ones.
        scope.spawn(|| {
            for number in (0..).take_while(|_| !is_over.load(Ordering::Relaxed)) {
                let customer = new_customer(&shop.api, &format!("V-{number}"));
                shop.api
                    .patch(&format!("/customer/v3/PRIVATE/{customer}"), &json!({ "firstName": "Ann" }))
                    .id(200);
                issue(&shop.api, VISA, &json!({}));
                let id = shop.buy(0.01);
                shop.follow(&id, "reversals", &json!({}));
            }
        });
        let verdicts: Vec<_> = (0..4).map(|_| verify()).collect();
        is_over.store(true, Ordering::Relaxed);
        verdicts
    });
    for (holds, text) in verdicts.into_iter().map(Result::unwrap) {
        assert!(holds, "{text}");
    }
}
