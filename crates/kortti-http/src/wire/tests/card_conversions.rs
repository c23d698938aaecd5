use kortti_core::{
    card::{Block, CardStatus, CardTemplate, DeliveryType, PinStatus, Segment},
    embossing::Embossing,
    id::{AccountId, CustomerId},
    personal::{AdditionalValue, CardPersonal},
    reference::Country,
    time::{Timestamp, YearMonth},
};
use serde_json::json;

use super::{
    card_bodies::{address, create_physical, create_v3, create_virtual, update_physical, update_virtual},
    with,
};
use crate::{
    json::parse,
    wire::{CardPatch, CardRequest, FindByNumber},
};

#[test]
fn virtual_bodies_ignore_what_only_plastics_have() {
    let body =
        r#"{"cardAddress": 1, "pinAddress": 1, "cardDeliveryType": 1, "pinDeliveryType": 1, "unknown": {}}"#;
    assert_eq!(create_virtual(body), Ok(CardRequest::default()));
    assert_eq!(update_virtual(body), Ok(CardPatch::default()));
}

#[test]
fn nothing_and_nulls_ask_for_nothing() {
    let nulls = r#"{"accountId":null,"customerId":null,"embossing":null,"reason":null,"segment":null,"status":null,
        "usageLimits":null,"pinStatus":null,"digitalLayoutCode":null,"scheduledClosing":null,"additionalValues":null,
        "regionAndEcommBlocking":null,"cardAddress":null,"pinAddress":null,"cardDeliveryType":null,"pinDeliveryType":null,
        "expiration":null,"encryptedData":null,"productCode":null}"#;
    for body in ["{}", nulls] {
        assert_eq!(create_virtual(body), Ok(CardRequest::default()));
        assert_eq!(create_physical(body), Ok(CardRequest::default()));
        assert_eq!(update_virtual(body), Ok(CardPatch::default()));
        assert_eq!(update_physical(body), Ok(CardPatch::default()));
    }
}

#[test]
fn third_version_needs_template_and_embossing() {
    assert_eq!(create_v3(r#"{"embossing":{}}"#), Err("cardTemplate".to_owned()));
    assert_eq!(create_v3(r#"{"cardTemplate":"VISA_VIRTUAL"}"#), Err("embossing".to_owned()));
    assert_eq!(create_v3(r#"{"cardTemplate":"VISA_VIRTUAL","embossing":null}"#), Err("embossing".to_owned()));
    assert_eq!(create_v3(r#"{"cardTemplate":"VISA","embossing":{}}"#), Err("cardTemplate".to_owned()));
    let request =
        create_v3(r#"{"cardTemplate":"DEBIT_VISA","embossing":{},"pinDeliveryType":"EPIN"}"#).unwrap();
    assert_eq!(request.template, Some(CardTemplate::DebitVisa));
    assert_eq!(request.pin_delivery, Some(DeliveryType::Epin));
}

#[test]
fn find_by_number_needs_the_number() {
    assert_eq!(parse::<FindByNumber>(br#"{"encryptedData":"a.b"}"#).unwrap().encrypted_data, "a.b");
    for body in ["{}", r#"{"encryptedData":null}"#, r#"{"encryptedData":5}"#] {
        let error = parse::<FindByNumber>(body.as_bytes()).err().unwrap();
        assert_eq!(error.field.as_deref(), Some("encryptedData"));
    }
}

#[test]
fn create_body_becomes_a_request() {
    let request = create_physical(
        r#"{"expiration":{"year":2031,"month":7},"segment":"SEGMENT_C","pinStatus":"W","digitalLayoutCode":"abc1",
        "scheduledClosing":{"type":"TIMEBASED","time":"2099-12-31T03:00:00.000Z"},
        "additionalValues":[{"key":"k","value":"v"},{"key":"only"}],"encryptedData":"a.b.c.d.e","productCode":"MC_CARD_2",
        "embossing":{"firstName":"Monica","lastName":"Liikamaa","additionalField3":"three","physical":true,
            "manufacturer":"FACTORY_X","additionalEmbossingName":"User"},
        "cardAddress":{"address1":"Kings street 12","address3":"c/o","city":"Mariehamn","country":"FIN","zipCode":22100,
            "region":"Åland Islands"},
        "cardDeliveryType":"COURIER","pinDeliveryType":"EPIN"}"#,
    )
    .unwrap();
    assert_eq!(request.expiration, YearMonth::new(2031, 7));
    assert_eq!(request.segment, Some(Segment::C));
    assert_eq!(request.pin_status, Some(PinStatus::Wait));
    assert_eq!(request.layout_code.as_deref(), Some("abc1"));
    assert_eq!(request.closing, Timestamp::parse("2099-12-31T03:00:00Z"));
    assert_eq!(request.encrypted_data.as_deref(), Some("a.b.c.d.e"));
    assert_eq!(request.product_code.as_deref(), Some("MC_CARD_2"));
    assert_eq!(request.card_delivery, Some(DeliveryType::Courier));
    assert_eq!(request.pin_delivery, Some(DeliveryType::Epin));
    let CardPersonal { embossing, card_address, pin_address, additional_values } = request.personal;
    assert_eq!(embossing.first_name.as_deref(), Some("Monica"));
    assert_eq!(embossing.additional_fields[2].as_deref(), Some("three"));
    assert_eq!(embossing.additional_name.as_deref(), Some("User"));
    assert_eq!(embossing.manufacturer.as_deref(), Some("FACTORY_X"));
    assert_eq!(embossing.physical, Some(true));
    let address = card_address.unwrap();
    assert_eq!(address.lines, [Some("Kings street 12".to_owned()), None, Some("c/o".to_owned()), None]);
    assert_eq!(address.country, Country::parse("FIN").unwrap());
    assert_eq!(address.region.as_deref(), Some("Åland Islands"));
    assert_eq!(pin_address, None);
    let pair = |key: &str, value: Option<&str>| AdditionalValue {
        key: Some(key.to_owned()),
        value: value.map(str::to_owned),
    };
    assert_eq!(additional_values, Some(vec![pair("k", Some("v")), pair("only", None)]));
}

#[test]
fn update_body_becomes_a_patch() {
    let patch = update_virtual(
        r#"{"accountId":"2001","customerId":1001,"reason":"lost at sea","status":"CARD_LOST","segment":"SEGMENT_B",
        "pinStatus":"D","digitalLayoutCode":"x9","scheduledClosing":{"time":"2099-12-31T03:00:00.000Z"},
        "regionAndEcommBlocking":{"ecomm":true,"home":false,"asia":null}}"#,
    )
    .unwrap();
    assert_eq!(patch.account, Some(AccountId(2001)));
    assert_eq!(patch.customer, Some(CustomerId(1001)));
    assert_eq!(patch.reason.as_deref(), Some("lost at sea"));
    assert_eq!(patch.status, Some(CardStatus::Lost));
    assert_eq!(patch.segment, Some(Segment::B));
    assert_eq!(patch.pin_status, Some(PinStatus::Generate));
    assert_eq!(patch.layout_code.as_deref(), Some("x9"));
    assert_eq!(patch.closing, Timestamp::parse("2099-12-31T03:00:00Z"));
    assert_eq!(patch.blocks, [(Block::Ecomm, true), (Block::Home, false)]);
}

#[test]
fn embossing_is_merged_while_addresses_and_pairs_are_replaced() {
    let named = |first: &str, company: &str| Embossing {
        first_name: Some(first.to_owned()),
        company_name: Some(company.to_owned()),
        ..Embossing::default()
    };
    let mut personal = create_physical(
        &json!({"cardAddress": with(address(), "address2", &json!("second")), "pinAddress": address(),
            "additionalValues": [{"key": "a"}, {"key": "b"}]})
        .to_string(),
    )
    .unwrap()
    .personal;
    personal.embossing = named("Monica", "Acme");
    let before = personal.clone();

    let patch = update_physical(
        &json!({"embossing": {"firstName": "Maija"}, "cardAddress": address(), "additionalValues": [{"key": "c"}]}).to_string(),
    )
    .unwrap();
    patch.apply_personal(&mut personal);
    assert_eq!(personal.embossing, named("Maija", "Acme"));
    assert_eq!(personal.card_address.as_ref().unwrap().lines[1], None);
    assert_eq!(personal.pin_address, before.pin_address);
    let pairs = personal.additional_values.as_ref().unwrap();
    assert_eq!(pairs.iter().map(|pair| pair.key.as_deref()).collect::<Vec<_>>(), [Some("c")]);

    let mut untouched = before.clone();
    update_physical(r#"{"embossing":{}}"#).unwrap().apply_personal(&mut untouched);
    assert_eq!(untouched, before);
}

#[test]
fn empty_pairs_replace_the_pairs() {
    let patch = update_virtual(r#"{"additionalValues":[]}"#).unwrap();
    let mut personal = create_virtual(r#"{"additionalValues":[{"key":"a"}]}"#).unwrap().personal;
    patch.apply_personal(&mut personal);
    assert_eq!(personal.additional_values, Some(Vec::new()));
}
