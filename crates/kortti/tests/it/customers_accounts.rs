//! Customers and accounts: creating, reading, updating them.

use serde_json::{Value, json};

use crate::support::{
    CUSTOMER, DEBIT, Server, VISA, assert_members, card, events, issue, new_account, new_customer, person,
};

fn company(number: &str) -> Value {
    json!({
        "customerNumber": number, "locale": "sv_SE", "regNo": format!("REG-{number}"), "name": "Acme Oy",
        "address": { "address1": "Kings street 12", "city": "Mariehamn", "country": "ALA", "zipCode": 22100 },
        "customerRepresentative": "Monica",
    })
}

#[test]
fn a_person_is_read_back_as_sent() {
    let server = Server::sandbox();
    let api = server.client();
    let mut sent = person("C-1");
    for (member, value) in [
        ("middleName", json!("Åsa")),
        ("salutation", json!("Dr")),
        ("dateOfBirth", json!("1980-02-29")),
        ("nationality", json!(["FIN", "ROM"])),
        ("email", json!("monica@example.com")),
        ("phoneNumber", json!({ "country": "FIN", "number": "+358 40 1234567" })),
        ("additionalValues", json!([{ "key": "k", "value": "v" }])),
    ] {
        sent[member] = value;
    }
    let id = api.post("/customer/v3/PRIVATE", &sent).id(201);
    let found = api.get(&format!("/customer/v3/{id}")).expect(200).json();
    for (member, value) in sent.as_object().unwrap().iter().filter(|(member, _)| *member != "address") {
        assert_eq!(found[member], *value, "{member}");
    }
    let id: i64 = id.parse().unwrap();
    assert_members(
        &found,
        &json!({
            "id": id, "role": "PRIVATE", "mobileNumber": null, "deceasedDate": null, "/address/address1": "Kings street 12",
            "/address/address2": null, "/address/zipCode": "22100", "/address/country": "FIN",
        }),
    );
    assert_eq!(api.get("/customer/v3/customerNumber/C-1").expect(200).json(), found);
}

#[test]
fn a_company_is_read_back_as_sent_and_takes_cards() {
    let server = Server::sandbox();
    let api = server.client();
    let id = api.post("/customer/v3/CORPORATE", &company("ACME")).id(201);
    let found = api.get(&format!("/customer/v3/{id}")).expect(200).json();
    assert_members(
        &found,
        &json!({
            "role": "CORPORATE", "name": "Acme Oy", "customerNumber": "ACME", "customerRepresentative": "Monica",
            "/address/zipCode": "22100",
        }),
    );
    let account = new_account(&api, &id, &json!({}));
    let card_id =
        issue(&api, &format!("/card/v4/VISA_VIRTUAL/customer/{id}/account/{account}/MAIN"), &json!({}));
    assert_members(
        &card(&api, &card_id),
        &json!({ "/embossing/companyName": "Acme Oy", "/embossing/firstName": null }),
    );
}

#[test]
fn customers_are_updated_member_by_member() {
    let server = Server::sandbox();
    let api = server.client();
    let id = new_customer(&api, "C-1");
    let path = format!("/customer/v3/PRIVATE/{id}");
    let before = api.get(&format!("/customer/v3/{id}")).expect(200).json();
    let journal = events(&api).len();
    let nulls = json!({ "firstName": null, "address": null, "email": null, "customerNumber": null });
    for nothing in [json!({}), nulls] {
        assert_eq!(api.patch(&path, &nothing).id(200), id);
        assert_eq!(api.get(&format!("/customer/v3/{id}")).expect(200).json(), before);
    }
    assert_eq!(events(&api).len(), journal);
    let update = json!({ "lastName": "Virtanen", "customerNumber": "C-2", "deceasedDate": "2026-01-01" });
    assert_eq!(api.patch(&path, &update).id(200), id);
    let mut expected = before;
    expected.as_object_mut().unwrap().extend(update.as_object().unwrap().clone());
    assert_eq!(api.get(&format!("/customer/v3/{id}")).expect(200).json(), expected);
    api.get("/customer/v3/customerNumber/C-1").problem(404);
    api.get("/customer/v3/customerNumber/C-2").expect(200);
    assert!(
        [400, 404]
            .contains(&api.patch(&format!("/customer/v3/CORPORATE/{id}"), &json!({ "name": "X" })).status)
    );
}

#[test]
fn numbers_of_customers_are_unique() {
    let server = Server::sandbox();
    let api = server.client();
    new_customer(&api, "C-1");
    let with = |number: &str, reg_no: &str| {
        let mut body = person(number);
        body["regNo"] = reg_no.into();
        body
    };
    let taken = api.post("/customer/v3/PRIVATE", &with("C-1", "R-2")).problem(409);
    assert!(taken["message"].as_str().unwrap().starts_with("customerNumber"), "{taken}");
    let taken = api.post("/customer/v3/PRIVATE", &with("C-2", "REG-C-1")).problem(409);
    assert!(taken["message"].as_str().unwrap().starts_with("regNo"), "{taken}");
    let other = new_customer(&api, "C-3");
    api.patch(&format!("/customer/v3/PRIVATE/{other}"), &json!({ "customerNumber": "C-1" })).problem(409);
    api.patch(&format!("/customer/v3/PRIVATE/{other}"), &json!({ "regNo": "REG-C-1" })).problem(409);
    api.patch(&format!("/customer/v3/PRIVATE/{other}"), &json!({ "regNo": "REG-C-3" })).id(200);
}

#[test]
fn each_member_of_a_customer_is_held_to_its_rule_by_name() {
    let server = Server::sandbox();
    let api = server.client();
    let before = events(&api).len();
    for member in ["customerNumber", "locale", "regNo", "address", "firstName", "lastName"] {
        let mut body = person("C-1");
        body.as_object_mut().unwrap().remove(member);
        api.post("/customer/v3/PRIVATE", &body).refuses(member);
    }
    let refused = [
        ("customerNumber", json!("C 1")),
        ("customerNumber", json!("x".repeat(65))),
        ("locale", json!("finnish")),
        ("regNo", json!("x".repeat(65))),
        ("firstName", json!("")),
        ("firstName", json!("x".repeat(256))),
        ("dateOfBirth", json!("1980-02-30")),
        ("nationality", json!(["XXX"])),
        ("address.country", json!({ "address1": "x", "city": "y", "country": "FI", "zipCode": "1" })),
        ("address.city", json!({ "address1": "x", "country": "FIN", "zipCode": "1" })),
    ];
    for (field, value) in refused {
        let mut body = person("C-1");
        body[field.split('.').next().unwrap()] = value;
        api.post("/customer/v3/PRIVATE", &body).refuses(field);
    }
    assert_eq!(events(&api).len(), before);
}

#[test]
fn fixtures_are_as_promised() {
    let server = Server::sandbox();
    let api = server.client();
    let account = |id: &str| api.get(&format!("/account/v4/{id}")).expect(200).json();
    assert_members(
        &account("2001"),
        &json!({
            "id": 2001, "customerId": 1001, "template": "PREPAID", "currency": "EUR", "balance": 1000, "available": 1000,
            "creditLimit": null, "status": "ACCOUNT_OK",
        }),
    );
    assert_members(
        &account("2002"),
        &json!({ "template": "CREDIT", "balance": 0, "available": 5000, "creditLimit": 5000 }),
    );
    assert_members(&account(DEBIT), &json!({ "template": "DEBIT" }));
    assert_members(
        &api.get("/customer/v3/1001").expect(200).json(),
        &json!({ "id": 1001, "role": "PRIVATE" }),
    );
}

#[test]
fn accounts_of_every_kind_are_read_back_as_sent() {
    let server = Server::sandbox();
    let api = server.client();
    let home =
        json!({ "address1": "Kings street 12", "city": "Mariehamn", "country": "FIN", "zipCode": "22100" });
    for (template, limit) in [("CREDIT", json!(1234.5)), ("PREPAID", Value::Null), ("DEBIT", Value::Null)] {
        let mut sent = json!({
            "name": "Travel", "number": format!("NUMBER-{template}"), "segment": "SEGMENT_E", "parentId": "2001",
            "address": home, "additionalValues": [{ "key": "BALC", "value": "true" }], "currency": "SEK",
        });
        if !limit.is_null() {
            sent["creditLimit"] = limit.clone();
        }
        let id = api.post(&format!("/account/v4/{template}/customer/{CUSTOMER}"), &sent).id(201);
        let found = api.get(&format!("/account/v4/{id}")).expect(200).json();
        assert_members(
            &found,
            &json!({
                "template": template, "name": "Travel", "number": format!("NUMBER-{template}"), "segment": "SEGMENT_E",
                "parentId": 2001, "customerId": 1001, "currency": "SEK", "creditLimit": limit, "balance": 0,
                "additionalValues": [{ "key": "BALC", "value": "true" }], "/address/city": "Mariehamn",
            }),
        );
        let by_number = api.get(&format!("/account/v4/accountNumber/NUMBER-{template}")).expect(200).json();
        assert_eq!(by_number, found);
    }
    api.post(&format!("/account/v4/CREDIT/customer/{CUSTOMER}"), &json!({})).refuses("creditLimit");
    api.post("/account/v4/PREPAID/customer/424242", &json!({})).problem(404);
    api.post(&format!("/account/v4/PREPAID/customer/{CUSTOMER}"), &json!({ "currency": "EURO" }))
        .refuses("currency");
    api.post(&format!("/account/v4/PREPAID/customer/{CUSTOMER}"), &json!({ "parentId": "424242" }))
        .refuses("parentId");
}

#[test]
fn accounts_without_a_number_get_one_each_and_others_must_differ() {
    let server = Server::sandbox();
    let api = server.client();
    let numbers = [(); 3].map(|()| {
        let id = new_account(&api, CUSTOMER, &json!({}));
        api.get(&format!("/account/v4/{id}")).expect(200).json()["number"].as_str().unwrap().to_owned()
    });
    assert!(numbers.iter().all(|number| !number.is_empty()));
    assert!(numbers[0] != numbers[1] && numbers[1] != numbers[2] && numbers[0] != numbers[2]);
    let taken = api.post(&format!("/account/v4/DEBIT/customer/{CUSTOMER}"), &json!({ "number": numbers[0] }));
    assert!(taken.problem(409)["message"].as_str().unwrap().starts_with("number"));
}

#[test]
fn accounts_are_listed_in_pages() {
    let server = Server::sandbox();
    let api = server.client();
    let customer = new_customer(&api, "C-1");
    let ids: Vec<i64> = (0..33).map(|_| new_account(&api, &customer, &json!({})).parse().unwrap()).collect();
    let list = |query: &str| -> Vec<i64> {
        let page = api.get(&format!("/account/v4/customer/{customer}{query}")).expect(200).json();
        page.as_array().unwrap().iter().map(|account| account["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(list(""), ids[..30]);
    assert_eq!(list("?page=1"), ids[30..]);
    assert_eq!(list("?page=2&size=10"), ids[20..30]);
    api.get(&format!("/account/v4/customer/{customer}?size=101")).refuses("size");
}

#[test]
fn accounts_are_updated_member_by_member() {
    let server = Server::sandbox();
    let api = server.client();
    let shown = || api.get("/account/v4/2002").expect(200).json();
    let updates = [
        (json!({ "name": "Food" }), json!({ "name": "Food" })),
        (json!({ "segment": "SEGMENT_C" }), json!({ "segment": "SEGMENT_C" })),
        (json!({ "creditLimit": 99.95 }), json!({ "creditLimit": 99.95, "available": 99.95 })),
        (
            json!({ "status": "ACCOUNT_BLOCKED", "reason": "late" }),
            json!({ "status": "ACCOUNT_BLOCKED", "reason": "late" }),
        ),
        (json!({ "closureReason": "CLOSED3" }), json!({ "closureReason": "CLOSED3" })),
        (
            json!({ "usageLimits": [{ "code": "MONTHLY", "values": [{ "code": "ALL", "sumAmount": 10 }] }] }),
            json!({ "/usageLimits/3/values/0/sumAmount": 10 }),
        ),
    ];
    for (sent, expected) in updates {
        api.patch("/account/v4/CREDIT/2002", &sent).id(200);
        assert_members(&shown(), &expected);
    }
    let before = shown();
    for (template, body) in [
        ("CREDIT", json!({ "creditLimit": 1.234, "name": "New" })),
        ("CREDIT", json!({ "creditLimit": -1, "name": "New" })),
        ("CREDIT", json!({ "parentId": "2002", "name": "New" })),
        ("CREDIT", json!({ "status": "ACCOUNT_CLOSED", "name": "New" })),
        ("PREPAID", json!({ "name": "New" })),
    ] {
        api.patch(&format!("/account/v4/{template}/2002"), &body).problem(400);
        assert_eq!(shown(), before, "{body}");
    }
}

#[test]
fn an_account_to_close_blocks_its_open_cards_and_takes_no_more() {
    let server = Server::sandbox();
    let api = server.client();
    let (open, lost) = (issue(&api, VISA, &json!({})), issue(&api, VISA, &json!({})));
    api.patch(&format!("/card/v4/VISA_VIRTUAL/{lost}"), &json!({ "status": "CARD_LOST" })).id(200);
    api.patch("/account/v4/PREPAID/2001", &json!({ "status": "ACCOUNT_TO_CLOSE" })).id(200);
    assert_members(&card(&api, &open), &json!({ "status": "CARD_BLOCKED" }));
    assert_members(&card(&api, &lost), &json!({ "status": "CARD_LOST" }));
    api.post(VISA, &json!({})).problem(400);
}
