use serde_json::{Value, json};

use super::{AUTHORIZE, Shop, assert_declined, but, check, outcome, with_message_id};
use crate::support::events;

#[test]
fn what_was_decided_elsewhere_is_recorded_and_never_refused() {
    let shop = Shop::new();
    shop.patch(&json!({ "status": "CARD_LOST" }));
    let advice = |advice: Value| but(shop.purchase(1200.0), "advice", advice);
    let approved = shop.ask(&advice(json!({ "approved": true })));
    assert_eq!(outcome(&approved), json!([true, "00", "ADVISED"]));
    assert_eq!(approved["accountAvailableAmount"], -200);
    assert_eq!(check(&approved, "CARD_STATUS")["result"], "FAIL");
    assert_eq!(check(&approved, "ADVICE")["result"], "PASS");
    let declined = shop.ask(&advice(json!({ "approved": false, "responseCode": "1A" })));
    assert_eq!(outcome(&declined), json!([false, "1A", "ADVISED_DECLINED"]));
    assert_eq!(shop.funds(), json!([1000, -200]));
}

#[test]
fn the_code_that_was_given_answers_only_where_the_advice_decided() {
    let shop = Shop::new();
    let advice = json!({ "approved": true, "responseCode": "00" });
    let reversal = with_message_id(json!({ "originalMessageId": "reversed" }));
    shop.api.post("/kortti/v1/reversals", &reversal).expect(200);
    let reversed = but(but(shop.purchase(10.0), "messageId", "reversed".into()), "advice", advice.clone());
    assert_declined(&shop.ask(&reversed), "12", "REVERSED_BEFORE");
    let unknown = but(but(shop.purchase(10.0), "cardId", "424242".into()), "advice", advice);
    assert_eq!(outcome(&shop.ask(&unknown)), json!([false, "14", "CARD_UNKNOWN"]));
}

#[test]
fn a_code_that_says_otherwise_than_the_advice_is_refused() {
    let shop = Shop::new();
    let entries = events(&shop.api).len();
    let advice = |approved: bool, code: &str| {
        let advice = json!({ "approved": approved, "responseCode": code });
        with_message_id(but(shop.purchase(10.0), "advice", advice))
    };
    shop.api.post(AUTHORIZE, &advice(true, "05")).refuses("advice.responseCode");
    shop.api.post(AUTHORIZE, &advice(false, "00")).refuses("advice.responseCode");
    shop.api.post(AUTHORIZE, &advice(false, "10")).refuses("advice.responseCode");
    assert_eq!(events(&shop.api).len(), entries);
    assert_eq!(outcome(&shop.ask(&advice(true, "10"))), json!([true, "10", "ADVISED"]));
    assert_eq!(outcome(&shop.ask(&advice(false, "51"))), json!([false, "51", "ADVISED_DECLINED"]));
}

#[test]
fn the_code_that_was_given_is_the_same_wherever_it_is_shown() {
    let shop = Shop::new();
    let advice = json!({ "approved": false, "responseCode": "51" });
    let decision = shop.ask(&but(shop.purchase(10.0), "advice", advice));
    let id = decision["transactionId"].as_str().unwrap();
    let description = json!("051-Declined elsewhere and recorded");
    let shown = shop.api.get(&format!("/transaction/v3/{id}")).expect(200).json();
    assert_eq!(json!([shown["responseCode"], shown["responseDescription"]]), json!(["51", description]));
    assert_eq!(shop.read(id)["events"][0]["responseDescription"], description);
    let event = events(&shop.api).pop().unwrap();
    let changes = event["changes"].as_array().unwrap();
    let code = changes.iter().find(|change| change["field"] == "responseCode").unwrap();
    assert_eq!(code["after"], "51");
}

#[test]
fn an_advice_explains_no_part_that_was_never_granted() {
    let shop = Shop::new();
    let request = but(shop.purchase(1500.0), "partialApprovalCapable", true.into());
    for (approved, code, reason) in [(false, "05", "ADVISED_DECLINED"), (true, "00", "ADVISED")] {
        let decision = shop.ask(&but(request.clone(), "advice", json!({ "approved": approved })));
        assert_eq!(outcome(&decision), json!([approved, code, reason]));
        assert_eq!(check(&decision, "FUNDS")["reason"], "NOT_ENOUGH_FUNDS");
        let mut checks = decision["explanation"].as_array().unwrap().iter();
        assert!(checks.all(|check| check["check"] != "PARTIAL_APPROVAL"), "{decision}");
    }
    assert_eq!(shop.funds(), json!([1000, -500]));
}
