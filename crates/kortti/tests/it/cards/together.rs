//! Many at once on the same thing.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use serde_json::json;

use crate::support::{
    CUSTOMER, PREPAID, Server, VISA, assert_members, card, card_number, encrypt, events, issue, new_account,
    new_customer, person,
};

#[test]
fn updates_of_different_members_of_one_card_are_all_kept() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, VISA, &json!({}));
    let path = format!("/card/v4/VISA_VIRTUAL/{id}");
    let members =
        ["additionalField1", "additionalField2", "additionalField3", "additionalField4", "companyName"];
    let before = events(&api).len();
    thread::scope(|scope| {
        for member in members {
            let (api, path) = (&api, &path);
            scope.spawn(move || {
                for round in 1..=20 {
                    api.patch(path, &json!({ "embossing": { member: format!("{member} {round}") } })).id(200);
                }
            });
        }
        for digit in 0..3 {
            let (api, path, id) = (&api, &path, &id);
            scope.spawn(move || {
                for round in 0..20 {
                    let block = ["asia", "africa", "europe"][digit];
                    api.patch(path, &json!({ "regionAndEcommBlocking": { block: round % 2 == 0 } })).id(200);
                    card(api, id);
                }
            });
        }
    });
    let shown = card(&api, &id);
    for member in members {
        assert_eq!(shown["embossing"][member], format!("{member} 20"));
    }
    let happened = events(&api).split_off(before);
    assert_eq!(happened.len(), 5 * 20 + 3 * 20);
}

#[test]
fn a_number_that_many_want_at_once_goes_to_one() {
    let server = Server::sandbox();
    let api = server.client();
    let number = card_number("411111", 9);
    let body = json!({ "encryptedData": encrypt(&api, &number) });
    let statuses: Vec<u16> = thread::scope(|scope| {
        let threads: Vec<_> = (0..12).map(|_| scope.spawn(|| api.post(VISA, &body).status)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1);
    assert!(statuses.iter().all(|status| [201, 400].contains(status)));
    let statuses: Vec<u16> = thread::scope(|scope| {
        let create = || api.post("/customer/v3/PRIVATE", &person("C-1")).status;
        let threads: Vec<_> = (0..12).map(|_| scope.spawn(create)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1);
    assert!(statuses.iter().all(|status| [201, 409].contains(status)));
}

#[test]
fn a_card_that_moves_while_it_is_changed_and_read_is_always_whole() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, VISA, &json!({ "embossing": { "companyName": "Acme" } }));
    let (path, other) = (format!("/card/v4/VISA_VIRTUAL/{id}"), new_customer(&api, "OTHER"));
    let account = new_account(&api, &other, &json!({}));
    let homes = [(other.as_str(), account.as_str()), (CUSTOMER, PREPAID)];
    let moving = AtomicBool::new(true);
    thread::scope(|scope| {
        scope.spawn(|| {
            for (customer, account) in homes.iter().cycle().take(40) {
                api.patch(&path, &json!({ "customerId": customer, "accountId": account })).id(200);
            }
            moving.store(false, Ordering::SeqCst);
        });
        scope.spawn(|| {
            for round in 0..5000 {
                api.patch(&path, &json!({ "embossing": { "firstName": format!("Name {round}") } })).id(200);
                if !moving.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        scope.spawn(|| {
            for _ in (0..5000).take_while(|_| moving.load(Ordering::SeqCst)) {
                let shown = card(&api, &id);
                let home = (shown["customerId"].as_str().unwrap(), shown["accountId"].as_str().unwrap());
                assert!(homes.contains(&home), "{shown}");
                assert_eq!(shown["embossing"]["companyName"], "Acme");
            }
        });
    });
    assert_members(&card(&api, &id), &json!({ "customerId": CUSTOMER, "accountId": PREPAID }));
    let place = server.place.clone();
    server.stop();
    place.assert_verifies();
}
