use kortti_core::{
    account::AccountStatus,
    card::{AccountTemplate, Segment},
    id::{AccountId, CustomerId},
    money::Decimal,
    personal::AccountPersonal,
    reference::Currency,
};
use serde_json::{Value, json};

use super::{ascii, check_member, long, outcome};
use crate::wire::{
    CreateCreditAccount, CreateDebitAccount, CreatePrepaidAccount, UpdateAccountBody, UpdateCreditAccount,
    account::{AccountPatch, AccountRequest},
};

fn credit(body: &str) -> Result<AccountRequest, String> {
    outcome(body, |body: CreateCreditAccount| Ok(body.into_parts()))
}

fn prepaid(body: &str) -> Result<AccountRequest, String> {
    outcome(body, |body: CreatePrepaidAccount| Ok(body.into_parts()))
}

fn debit(body: &str) -> Result<AccountRequest, String> {
    outcome(body, |body: CreateDebitAccount| Ok(body.into_parts()))
}

fn update(body: &str) -> Result<AccountPatch, String> {
    outcome(body, UpdateAccountBody::into_parts)
}

fn update_credit(body: &str) -> Result<AccountPatch, String> {
    outcome(body, UpdateCreditAccount::into_parts)
}

fn check_created(path: &str, accepted: &[Value], refused: &[Value]) {
    check_member(&json!({}), path, accepted, refused, &prepaid);
    check_member(&json!({}), path, accepted, refused, &debit);
    check_member(&json!({"creditLimit": 1}), path, accepted, refused, &credit);
}

fn check_updated(path: &str, accepted: &[Value], refused: &[Value]) {
    check_member(&json!({}), path, accepted, refused, &update);
    check_member(&json!({}), path, accepted, refused, &update_credit);
}

fn check_everywhere(path: &str, accepted: &[Value], refused: &[Value]) {
    check_created(path, accepted, refused);
    check_updated(path, accepted, refused);
}

#[test]
fn credit_account_needs_its_limit_and_others_have_none() {
    assert_eq!(credit("{}").err().as_deref(), Some("creditLimit"));
    assert_eq!(credit(r#"{"creditLimit":null}"#).err().as_deref(), Some("creditLimit"));
    assert_eq!(credit(r#"{"creditLimit":5000.50}"#).unwrap().credit_limit, Decimal::parse("5000.5").ok());
    for read in [prepaid, debit] {
        assert_eq!(read(r#"{"creditLimit":5000}"#).unwrap().credit_limit, None);
    }
    let refused = [json!(-1), json!("1"), json!(true)];
    check_member(&json!({}), "creditLimit", &[json!(0), json!(0.5)], &refused, &credit);
    check_member(&json!({}), "creditLimit", &[json!(0), Value::Null], &refused, &update_credit);
}

#[test]
fn members_of_accounts_are_checked() {
    check_everywhere("name", &[long(64), json!(""), Value::Null], &[long(65), json!(1)]);
    check_everywhere("segment", &[json!("SEGMENT_A"), Value::Null], &[json!("A"), json!(1)]);
    check_everywhere(
        "parentId",
        &[json!("1"), json!(1), Value::Null],
        &[json!("x"), json!(0), json!(-1), json!(1.5)],
    );
    check_everywhere("address", &[Value::Null], &[json!("x"), json!(1)]);
    check_everywhere("address.address1", &[], &[json!(1)]);
    check_everywhere("additionalValues", &[json!([]), Value::Null], &[json!({}), json!(vec![json!({}); 11])]);
    check_everywhere("additionalValues[0].key", &[json!("BALC")], &[ascii(9)]);
}

#[test]
fn members_of_new_accounts_are_checked() {
    check_created("number", &[long(64), Value::Null], &[long(65), json!(""), json!(1)]);
    check_created("productCode", &[json!("CARD_EUR_FI"), Value::Null], &[json!("x"), json!(""), json!(1)]);
    check_created(
        "currency",
        &[json!("EUR"), json!("JPY"), Value::Null],
        &[json!("EURO"), json!("eur"), json!(""), json!(978)],
    );
}

#[test]
fn members_of_account_updates_are_checked() {
    check_updated("customerId", &[json!("1"), json!(1), Value::Null], &[json!("x"), json!(0)]);
    check_updated(
        "status",
        &[json!("ACCOUNT_OK"), json!("ACCOUNT_BLOCKED"), json!("ACCOUNT_TO_CLOSE"), Value::Null],
        &[json!("ACCOUNT_CLOSED"), json!("OK"), json!(0)],
    );
    check_updated("reason", &[long(32), json!(""), Value::Null], &[long(33), json!(1)]);
    check_updated(
        "closureReason",
        &[json!("CLOSED1"), json!("CLOSED5"), Value::Null],
        &[json!("CLOSED0"), json!("CLOSED6"), json!(1)],
    );
}

#[test]
fn create_body_becomes_a_request() {
    let body = json!({"name": "Travel", "number": "A-1", "segment": "SEGMENT_D", "parentId": 7, "productCode": "CARD_EUR_FI",
        "currency": "SEK", "additionalValues": [{"key": "BALC", "value": "true"}]})
    .to_string();
    for (read, template) in
        [(prepaid as fn(&str) -> _, AccountTemplate::Prepaid), (debit, AccountTemplate::Debit)]
    {
        let request: AccountRequest = read(&body).unwrap();
        assert_eq!(request.template, template);
        assert_eq!(request.number.as_deref(), Some("A-1"));
        assert_eq!(request.currency, Currency::parse("SEK"));
        assert_eq!(request.product.as_deref(), Some("CARD_EUR_FI"));
        assert_eq!(request.segment, Some(Segment::D));
        assert_eq!(request.parent, Some(AccountId(7)));
        assert_eq!(request.personal.name.as_deref(), Some("Travel"));
        assert_eq!(request.personal.additional_values.unwrap().len(), 1);
    }
    assert_eq!(credit(r#"{"creditLimit":1}"#).unwrap().template, AccountTemplate::Credit);
}

#[test]
fn update_body_becomes_a_patch() {
    let patch = update_credit(
        &json!({"customerId": "9", "status": "ACCOUNT_TO_CLOSE", "reason": "moved", "closureReason": "CLOSED3",
            "segment": "SEGMENT_E", "parentId": "8", "name": "New", "creditLimit": 10,
            "usageLimits": [{"code": "DAILY", "values": [{"code": "ALL", "sumAmount": 5}]}]})
        .to_string(),
    )
    .unwrap();
    assert_eq!(patch.customer, Some(CustomerId(9)));
    assert_eq!(patch.status, Some(AccountStatus::ToClose));
    assert_eq!(patch.reason.as_deref(), Some("moved"));
    assert_eq!(patch.closure_reason, Some(3));
    assert_eq!(patch.segment, Some(Segment::E));
    assert_eq!(patch.parent, Some(AccountId(8)));
    assert_eq!(patch.credit_limit, Some(Decimal::whole(10)));
    assert_eq!(patch.limits.len(), 1);
    let mut personal = AccountPersonal { name: Some("Old".to_owned()), ..AccountPersonal::default() };
    patch.apply_personal(&mut personal);
    assert_eq!(personal.name.as_deref(), Some("New"));
    assert_eq!(personal.address, None);
}

#[test]
fn nothing_asks_for_nothing() {
    assert_eq!(update("{}"), Ok(AccountPatch::default()));
    assert_eq!(update(r#"{"creditLimit":5}"#), Ok(AccountPatch::default()));
}
