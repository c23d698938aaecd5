use serde_json::{Value, json};

use crate::support::{
    CREDIT, CUSTOMER, PREPAID, Server, VISA, assert_members, card, card_number, encrypt, issue, new_customer,
};

#[test]
fn id_reference_and_encrypted_number_find_the_same_card() {
    let server = Server::sandbox();
    let api = server.client();
    let number = card_number("411111", 5);
    let id = issue(&api, VISA, &json!({ "encryptedData": encrypt(&api, &number) }));
    let by_id = card(&api, &id);
    let reference = by_id["referenceNumber"].as_str().unwrap();
    assert_eq!(api.get(&format!("/card/v4/reference/{reference}")).expect(200).json(), by_id);
    let body = json!({ "encryptedData": encrypt(&api, &number) });
    assert_eq!(api.post("/card/v4/card/cardnumber", &body).expect(200).json(), by_id);
}

#[test]
fn unknown_cards_are_not_found() {
    let server = Server::sandbox();
    let api = server.client();
    issue(&api, VISA, &json!({}));
    let body = json!({ "encryptedData": encrypt(&api, &card_number("411111", 6)) });
    api.post("/card/v4/card/cardnumber", &body).problem(404);
    api.get("/card/v4/424242").problem(404);
    api.get("/card/v3/424242").problem(404);
    api.get("/card/v4/reference/1111110999723837").problem(404);
    api.get("/card/v4/customer/424242").problem(404);
    api.get("/card/v4/account/424242").problem(404);
    api.patch("/card/v4/VISA_VIRTUAL/424242", &json!({})).problem(404);
    api.post("/card/v4/card/cardnumber", &json!({})).refuses("encryptedData");
}

#[test]
fn lists_are_pages_in_the_order_of_ids() {
    let server = Server::sandbox();
    let api = server.client();
    let ids: Vec<String> = (0..35)
        .map(|i| {
            let account = if i % 5 == 0 { CREDIT } else { PREPAID };
            issue(&api, &format!("/card/v4/VISA_VIRTUAL/customer/1001/account/{account}/MAIN"), &json!({}))
        })
        .collect();
    let list = |path: &str| -> Vec<String> {
        let page = api.get(path).expect(200).json();
        page.as_array().unwrap().iter().map(|card| card["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(list("/card/v4/customer/1001"), ids[..30]);
    assert_eq!(list("/card/v4/customer/1001?page=1"), ids[30..]);
    assert_eq!(list("/card/v4/customer/1001?size=100"), ids);
    assert_eq!(list("/card/v4/customer/1001?page=3&size=10"), ids[30..]);
    assert!(list("/card/v4/customer/1001?page=4&size=10").is_empty());
    assert!(list("/card/v4/customer/1001?page=2147483647&size=100").is_empty());
    let credit: Vec<String> = ids.iter().step_by(5).cloned().collect();
    assert_eq!(list("/card/v4/account/2002"), credit);
    assert_eq!(list("/card/v4/account/2002?page=1&size=5"), credit[5..]);
    let empty = new_customer(&api, "NO-CARDS");
    assert!(list(&format!("/card/v4/customer/{empty}")).is_empty());
    for (query, field) in
        [("page=-1", "page"), ("page=x", "page"), ("size=0", "size"), ("size=101", "size"), ("size=", "size")]
    {
        api.get(&format!("/card/v4/customer/1001?{query}")).refuses(field);
    }
}

#[test]
fn items_of_a_list_show_what_the_card_shows() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(
        &api,
        VISA,
        &json!({ "embossing": { "companyName": "Acme", "firstName": "A", "lastName": "B" } }),
    );
    let whole = card(&api, &id);
    let page = api.get(&format!("/card/v4/customer/{CUSTOMER}")).expect(200).json();
    let item = page[0].as_object().unwrap();
    let names = json!({ "companyName": "Acme", "firstName": "A", "lastName": "B" });
    let expected = [
        "customerId",
        "id",
        "template",
        "accountId",
        "cardRole",
        "status",
        "maskedCardNumber",
        "statusDate",
        "productCode",
    ];
    for member in expected {
        assert_eq!(item[member], whole[member], "{member}");
    }
    assert_eq!(item["embossing"], names);
    assert_eq!(item.len(), expected.len() + 1);
}

#[test]
fn third_version_differs_in_two_names_only() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, VISA, &json!({ "segment": "SEGMENT_A" }));
    let renamed = |mut thing: Value| {
        let members = thing.as_object_mut().unwrap();
        let template = members.remove("template").unwrap();
        let number = members.remove("maskedCardNumber").unwrap();
        members.extend([("cardTemplate".to_owned(), template), ("truncatedCardNumber".to_owned(), number)]);
        thing
    };
    assert_eq!(api.get(&format!("/card/v3/{id}")).expect(200).json(), renamed(card(&api, &id)));
    for list in ["customer/1001", "account/2001"] {
        let (old, new) = (api.get(&format!("/card/v3/{list}")), api.get(&format!("/card/v4/{list}")));
        assert_eq!(old.expect(200).json()[0], renamed(new.expect(200).json()[0].clone()));
    }
}

#[test]
fn every_member_is_there_also_where_there_is_nothing() {
    let server = Server::sandbox();
    let api = server.client();
    let found = card(&api, &issue(&api, VISA, &json!({})));
    let members = [
        "id",
        "customerId",
        "accountId",
        "cardRole",
        "template",
        "productCode",
        "status",
        "statusDate",
        "reason",
        "maskedCardNumber",
        "referenceNumber",
        "expiration",
        "segment",
        "digitalLayoutCode",
        "pinStatus",
        "pinAttempts",
        "embossing",
        "cardAddress",
        "pinAddress",
        "cardDeliveryType",
        "pinDeliveryType",
        "regionAndEcommBlocking",
        "scheduledClosing",
        "additionalValues",
        "usageLimits",
    ];
    for member in members {
        assert!(found.get(member).is_some(), "{member} in {found}");
    }
    assert_eq!(found["embossing"].as_object().unwrap().len(), 12);
    let limits = found["usageLimits"].as_array().unwrap();
    let periods: Vec<&str> = limits.iter().map(|period| period["code"].as_str().unwrap()).collect();
    assert_eq!(periods, ["WEEKLY", "DAILY", "24H", "MONTHLY"]);
    assert_members(&found, &json!({ "/usageLimits/0/values": null, "/usageLimits/3/values": null }));
}
