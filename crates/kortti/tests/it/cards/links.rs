use serde_json::json;

use crate::support::{
    CREDIT, CUSTOMER, DEBIT, PREPAID, Server, VISA, assert_members, card, issue, new_account, new_customer,
};

#[test]
fn a_card_moves_to_another_account_of_its_holder() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, VISA, &json!({}));
    let path = format!("/card/v4/VISA_VIRTUAL/{id}");
    assert_eq!(api.patch(&path, &json!({ "accountId": CREDIT })).id(200), id);
    assert_members(&card(&api, &id), &json!({ "accountId": CREDIT, "customerId": CUSTOMER }));
    assert_eq!(api.get(&format!("/card/v4/account/{CREDIT}")).expect(200).json()[0]["id"], json!(id));
    assert_eq!(api.get(&format!("/card/v4/account/{PREPAID}")).expect(200).json(), json!([]));
}

#[test]
fn a_card_moves_to_another_holder_with_all_that_is_on_it() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, VISA, &json!({ "embossing": { "companyName": "Acme" } }));
    let holder = new_customer(&api, "NEXT");
    let account = new_account(&api, &holder, &json!({}));
    let path = format!("/card/v4/VISA_VIRTUAL/{id}");
    assert_eq!(api.patch(&path, &json!({ "customerId": holder, "accountId": account })).id(200), id);
    let expected = json!({ "customerId": holder, "accountId": account, "/embossing/companyName": "Acme" });
    assert_members(&card(&api, &id), &expected);
    assert_eq!(api.get(&format!("/card/v4/customer/{CUSTOMER}")).expect(200).json(), json!([]));
    assert_eq!(api.get(&format!("/card/v4/customer/{holder}")).expect(200).json()[0]["id"], json!(id));
}

#[test]
fn a_card_does_not_move_where_it_cannot_be() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, VISA, &json!({}));
    let holder = new_customer(&api, "NEXT");
    let dollars = new_account(&api, CUSTOMER, &json!({ "currency": "USD" }));
    let closing = new_account(&api, CUSTOMER, &json!({}));
    api.patch(&format!("/account/v4/PREPAID/{closing}"), &json!({ "status": "ACCOUNT_TO_CLOSE" })).id(200);
    let path = format!("/card/v4/VISA_VIRTUAL/{id}");
    let before = card(&api, &id);
    for body in [
        json!({ "customerId": holder }),
        json!({ "accountId": DEBIT }),
        json!({ "accountId": dollars }),
        json!({ "accountId": closing }),
    ] {
        api.patch(&path, &body).problem(400);
        assert_eq!(card(&api, &id), before, "{body}");
    }
    api.patch(&path, &json!({ "accountId": "424242" })).problem(404);
    api.patch(&path, &json!({ "customerId": "424242" })).problem(404);
}
