use serde_json::{Value, json};

use crate::{
    http::{Api, Reply},
    support::{
        CREDIT, CUSTOMER, DEBIT, MASTERCARD, PREPAID, Server, VISA, assert_members, card, card_number,
        encrypt, events, issue, new_account, new_customer,
    },
};

/// Everything that the creation of a virtual card takes.
fn everything(api: &Api) -> Value {
    json!({
        "expiration": { "year": 2031, "month": 2 },
        "segment": "SEGMENT_F",
        "pinStatus": "W",
        "digitalLayoutCode": "abc123abc",
        "scheduledClosing": { "type": "TIMEBASED", "time": "2030-12-31T03:00:00.000Z" },
        "additionalValues": [{ "key": "COLOUR-1", "value": "Blue |-_ +.'öÅẞ" }, { "key": " ", "value": "x" }],
        "encryptedData": encrypt(api, &card_number("411111", 77)),
        "productCode": "VISA_VIRTUAL",
        "embossing": {
            "additionalField1": "One", "additionalField2": "Two", "additionalField3": "Three",
            "additionalField4": "Four", "additionalField5": "Five-/.,&+'",
            "companyName": "Enfuce Financial Services", "externalLayoutCode": "BlueCard",
            "firstName": "Mönica", "lastName": "Liikamaa", "additionalEmbossingName": "Card User Name",
            "manufacturer": "FACTORY_X-1", "physical": false,
        },
    })
}

#[test]
fn empty_body_makes_a_card_with_the_products_defaults() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, VISA, &json!({}));
    let found = card(&api, &id);
    assert_members(
        &found,
        &json!({
            "id": id, "customerId": CUSTOMER, "accountId": PREPAID, "cardRole": "MAIN", "template": "VISA_VIRTUAL",
            "productCode": "VISA_VIRTUAL", "status": "CARD_OK", "reason": null, "segment": null,
            "digitalLayoutCode": "default", "pinStatus": "D", "pinAttempts": { "counter": 0, "max": 3 },
            "cardAddress": null, "pinAddress": null, "cardDeliveryType": null, "pinDeliveryType": null,
            "scheduledClosing": null, "/embossing/firstName": "Testi", "/embossing/lastName": "Korttinen",
            "/embossing/physical": false, "/embossing/companyName": null,
            "regionAndEcommBlocking": {
                "ecomm": false, "africa": false, "asia": false, "europe": false, "home": false,
                "northAmerica": false, "oceania": false, "southAmerica": false,
            },
        }),
    );
    let number = found["maskedCardNumber"].as_str().unwrap();
    assert!(number.starts_with("400000______") && number.len() == 16, "{number}");
    let reference = found["referenceNumber"].as_str().unwrap();
    assert!(
        (15..=16).contains(&reference.len()) && reference.bytes().all(|b| b.is_ascii_digit()),
        "{reference}"
    );
    let date = found["statusDate"].as_str().unwrap();
    assert!(date.len() == 19 && !date.ends_with('Z'), "{date}");
}

#[test]
fn everything_that_was_sent_is_read_back() {
    let server = Server::sandbox();
    let api = server.client();
    let sent = everything(&api);
    let found = card(&api, &issue(&api, VISA, &sent));
    for member in ["expiration", "segment", "pinStatus", "digitalLayoutCode", "additionalValues", "embossing"]
    {
        assert_eq!(found[member], sent[member], "{member}");
    }
    let closing = json!({ "type": "TIMEBASED", "time": "2030-12-31T03:00:00.000Z" });
    let number = card_number("411111", 77);
    let masked = format!("411111______{}", &number[12..]);
    assert_members(&found, &json!({ "scheduledClosing": closing, "maskedCardNumber": masked }));
}

#[test]
fn the_same_number_is_taken_and_one_outside_the_range_is_refused() {
    let server = Server::sandbox();
    let api = server.client();
    let with = |number: &str| json!({ "encryptedData": encrypt(&api, number) });
    issue(&api, VISA, &with(&card_number("411111", 1)));
    let taken = api.post(VISA, &with(&card_number("411111", 1))).problem(400);
    assert_eq!(taken["errorType"], "DYNAMIC_VALIDATION_ERROR");
    let outside = api.post(VISA, &with(&card_number("555555", 1))).problem(400);
    assert_eq!(outside["errorType"], "DYNAMIC_VALIDATION_ERROR");
    assert_ne!(taken["errorCode"], outside["errorCode"]);
    issue(&api, MASTERCARD, &with(&card_number("555555", 1)));
}

#[test]
fn whatever_is_wrong_with_a_jwe_the_answer_is_the_same() {
    let server = Server::sandbox();
    let api = server.client();
    let good = encrypt(&api, &card_number("411111", 1));
    let parts: Vec<&str> = good.split('.').collect();
    let turned = |part: &str| {
        let (first, rest) = part.split_at(1);
        format!("{}{rest}", if first == "A" { "B" } else { "A" })
    };
    let broken = [
        String::new(),
        "a.b.c.d.e".into(),
        parts[..4].join("."),
        format!("{good}.x"),
        [parts[0], parts[1], parts[2], parts[3], &turned(parts[4])].join("."),
        [parts[0], parts[1], parts[2], &turned(parts[3]), parts[4]].join("."),
        [parts[0], &turned(parts[1]), parts[2], parts[3], parts[4]].join("."),
        encrypt(&api, "4111111111111112"),
        encrypt(&api, "not a number"),
    ];
    let said = |reply: Reply| {
        let problem = reply.problem(400);
        ["message", "errorCode", "errorType", "errorReason"].map(|member| problem[member].to_string())
    };
    let expected = said(api.post(VISA, &json!({ "encryptedData": "x" })));
    for jwe in broken {
        assert_eq!(said(api.post(VISA, &json!({ "encryptedData": jwe }))), expected, "{jwe}");
    }
}

#[test]
fn every_template_makes_and_updates_its_own_cards() {
    let server = Server::sandbox();
    let api = server.client();
    let with_role =
        ["VISA_VIRTUAL", "MC_VIRTUAL", "VISA_CARD", "MC_CARD"].map(|name| (name, CREDIT, "/MAIN"));
    let debit =
        ["DEBIT_MC", "DEBIT_MC_VIRTUAL", "DEBIT_VISA", "DEBIT_VISA_VIRTUAL"].map(|name| (name, DEBIT, ""));
    for (template, account, role) in with_role.into_iter().chain(debit) {
        let id =
            issue(&api, &format!("/card/v4/{template}/customer/1001/account/{account}{role}"), &json!({}));
        let physical = !template.ends_with("VIRTUAL");
        let made = json!({
            "template": template, "cardRole": "MAIN", "accountId": account, "productCode": template,
            "/embossing/physical": physical,
        });
        assert_members(&card(&api, &id), &made);
        let change = json!({ "segment": "SEGMENT_B" });
        assert_eq!(api.patch(&format!("/card/v4/{template}/{id}"), &change).id(200), id);
        let other = if template == "VISA_CARD" { "MC_CARD" } else { "VISA_CARD" };
        api.patch(&format!("/card/v4/{other}/{id}"), &change).problem(400);
        assert_members(&card(&api, &id), &json!({ "segment": "SEGMENT_B" }));
    }
    let role = "/card/v4/DEBIT_MC/customer/1001/account/2003/SUPPLEMENTARY";
    assert_members(&card(&api, &issue(&api, role, &json!({}))), &json!({ "cardRole": "SUPPLEMENTARY" }));
}

#[test]
fn a_physical_card_goes_to_its_addresses_and_a_virtual_one_nowhere() {
    let server = Server::sandbox();
    let api = server.client();
    let home = json!({
        "address1": "Kings street 12", "address2": "B 3", "city": "Mariehamn", "country": "FIN", "zipCode": 22100,
        "region": "Åland Islands",
    });
    let kosovo = json!({ "address1": "Rr. 1", "city": "Prishtina", "country": "QZZ", "zipCode": "10000" });
    let body = json!({
        "cardAddress": home, "pinAddress": kosovo, "cardDeliveryType": "COURIER", "pinDeliveryType": "EPIN",
    });
    let found = card(&api, &issue(&api, "/card/v4/MC_CARD/customer/1001/account/2001/MAIN", &body));
    assert_members(
        &found,
        &json!({
            "cardDeliveryType": "COURIER", "pinDeliveryType": "EPIN", "/cardAddress/zipCode": "22100",
            "/cardAddress/region": "Åland Islands", "/cardAddress/address3": null, "/pinAddress/country": "QZZ",
        }),
    );
    let incomplete = json!({ "cardAddress": { "address1": "x", "city": "y", "country": "FIN" } });
    api.post("/card/v4/MC_CARD/customer/1001/account/2001/MAIN", &incomplete).refuses("cardAddress");
    let epin = json!({ "cardDeliveryType": "EPIN" });
    api.post("/card/v4/MC_CARD/customer/1001/account/2001/MAIN", &epin).refuses("cardDeliveryType");
}

#[test]
fn third_version_takes_the_template_in_the_body() {
    let server = Server::sandbox();
    let api = server.client();
    let path = "/card/v3/customer/1001/account/2002/SUPPLEMENTARY";
    let id = issue(
        &api,
        path,
        &json!({ "cardTemplate": "VISA_VIRTUAL", "embossing": { "firstName": "A", "lastName": "B" } }),
    );
    assert_members(&card(&api, &id), &json!({ "template": "VISA_VIRTUAL", "/embossing/firstName": "A" }));
    let address = json!({ "address1": "x", "city": "y", "country": "FIN", "zipCode": "1" });
    let with_address = json!({ "cardTemplate": "VISA_VIRTUAL", "embossing": {}, "cardAddress": address });
    assert_eq!(
        api.post(path, &with_address).problem(400)["errorCode"],
        "CARD-0016",
        "a virtual card is sent nowhere"
    );
    let change = api.patch(&format!("/card/v3/{id}"), &json!({ "pinAddress": address }));
    assert_eq!(change.problem(400)["errorCode"], "CARD-0016");
    api.post(path, &json!({ "embossing": {} })).refuses("cardTemplate");
    api.post(path, &json!({ "cardTemplate": "VISA_VIRTUAL" })).refuses("embossing");
}

#[test]
fn missing_things_are_not_found_and_wrong_links_are_refused() {
    let server = Server::sandbox();
    let api = server.client();
    let stranger = new_customer(&api, "STRANGER");
    let theirs = new_account(&api, &stranger, &json!({}));
    let at = |customer: &str, account: &str, role: &str| {
        api.post(&format!("/card/v4/VISA_VIRTUAL/customer/{customer}/account/{account}/{role}"), &json!({}))
    };
    let missing = at("999999", PREPAID, "MAIN").problem(404);
    assert!(missing["message"].as_str().unwrap().starts_with("customerId"), "{missing}");
    let missing = at(CUSTOMER, "999999", "MAIN").problem(404);
    assert!(missing["message"].as_str().unwrap().starts_with("accountId"), "{missing}");
    at(CUSTOMER, &theirs, "MAIN").problem(400);
    at(CUSTOMER, &theirs, "SUPPLEMENTARY").id(201);
    at(CUSTOMER, DEBIT, "MAIN").problem(400);
    at(CUSTOMER, PREPAID, "OWNER").refuses("cardRole");
    at("abc", PREPAID, "MAIN").refuses("customerId");
    at(CUSTOMER, "1e3", "MAIN").refuses("accountId");
    at("1234567890123456789", PREPAID, "MAIN").refuses("customerId");
}

#[test]
fn each_member_is_held_to_its_rule_by_name() {
    let server = Server::sandbox();
    let api = server.client();
    let before = events(&api).len();
    let long = "x".repeat(33);
    let refused = [
        ("expiration.month", json!({ "expiration": { "year": 2031, "month": 13 } })),
        ("expiration.month", json!({ "expiration": { "year": 2031, "month": 0 } })),
        ("expiration.month", json!({ "expiration": { "year": 2031 } })),
        ("expiration.year", json!({ "expiration": { "month": 1 } })),
        ("expiration", json!({ "expiration": { "year": 2020, "month": 1 } })),
        ("segment", json!({ "segment": "SEGMENT_G" })),
        ("pinStatus", json!({ "pinStatus": "X" })),
        ("pinStatus", json!({ "pinStatus": "S" })),
        ("digitalLayoutCode", json!({ "digitalLayoutCode": "" })),
        ("digitalLayoutCode", json!({ "digitalLayoutCode": "a b" })),
        ("digitalLayoutCode", json!({ "digitalLayoutCode": long })),
        (
            "scheduledClosing.type",
            json!({ "scheduledClosing": { "type": "USES", "time": "2099-12-31T03:00:00Z" } }),
        ),
        (
            "scheduledClosing.time",
            json!({ "scheduledClosing": { "type": "TIMEBASED", "time": "2099-13-31T03:00:00Z" } }),
        ),
        ("scheduledClosing.time", json!({ "scheduledClosing": { "time": "2020-01-01T00:00:00Z" } })),
        ("scheduledClosing.time", json!({ "scheduledClosing": { "time": "2099-12-31 03:00" } })),
        ("additionalValues", json!({ "additionalValues": vec![json!({ "key": "a", "value": "b" }); 11] })),
        ("additionalValues[1].key", json!({ "additionalValues": [{ "key": "a" }, { "key": "ninechars" }] })),
        ("additionalValues[0].value", json!({ "additionalValues": [{ "key": "a", "value": "" }] })),
        ("additionalValues[0].value", json!({ "additionalValues": [{ "key": "a", "value": "<b>" }] })),
        ("productCode", json!({ "productCode": "visa" })),
        ("productCode", json!({ "productCode": "NO_SUCH_ONE" })),
        ("productCode", json!({ "productCode": "MC_VIRTUAL" })),
        ("embossing.firstName", json!({ "embossing": { "firstName": "x".repeat(27) } })),
        ("embossing", json!({ "embossing": { "firstName": "x".repeat(20), "lastName": "y".repeat(7) } })),
        ("embossing.firstName", json!({ "embossing": { "firstName": "Ж" } })),
        ("embossing.additionalField5", json!({ "embossing": { "additionalField5": long } })),
        ("embossing.manufacturer", json!({ "embossing": { "manufacturer": "factory" } })),
        ("embossing.physical", json!({ "embossing": { "physical": "yes" } })),
    ];
    for (field, body) in refused {
        api.post(VISA, &body).refuses(field);
    }
    assert_eq!(events(&api).len(), before, "a refused request left something behind");
}
