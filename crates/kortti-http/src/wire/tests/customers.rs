use kortti_core::{customer::CustomerKind, personal::CustomerPersonal};
use serde_json::{Value, json};

use super::{ascii, check_member, long, outcome, with};
use crate::wire::{
    CreateCorporate, CreatePrivate, CustomerPatch, CustomerRequest, UpdateCorporate, UpdatePrivate,
};

fn address() -> Value {
    json!({"address1": "Kings street 12", "city": "Mariehamn", "country": "FIN", "zipCode": "22100"})
}

fn person() -> Value {
    json!({"customerNumber": "C-1", "locale": "fi_FI", "regNo": "010180-123A", "address": address(),
        "firstName": "Monica", "lastName": "Liikamaa"})
}

fn company() -> Value {
    json!({"customerNumber": "C-2", "locale": "sv_SE", "regNo": "1234567-8", "address": address(), "name": "Acme"})
}

fn create_person(body: &str) -> Result<CustomerRequest, String> {
    outcome(body, |body: CreatePrivate| Ok(body.into_parts()))
}

fn create_company(body: &str) -> Result<CustomerRequest, String> {
    outcome(body, |body: CreateCorporate| Ok(body.into_parts()))
}

fn update_person(body: &str) -> Result<CustomerPatch, String> {
    outcome(body, |body: UpdatePrivate| Ok(body.into_parts()))
}

fn update_company(body: &str) -> Result<CustomerPatch, String> {
    outcome(body, |body: UpdateCorporate| Ok(body.into_parts()))
}

#[test]
fn required_members_are_named_when_missing_or_null() {
    for name in ["customerNumber", "locale", "regNo", "address", "firstName", "lastName"] {
        let mut body = person();
        body[name] = Value::Null;
        assert_eq!(create_person(&body.to_string()).err().as_deref(), Some(name));
        body.as_object_mut().unwrap().remove(name);
        assert_eq!(create_person(&body.to_string()).err().as_deref(), Some(name));
    }
    for name in ["customerNumber", "locale", "regNo", "address", "name"] {
        let mut body = company();
        body[name] = Value::Null;
        assert_eq!(create_company(&body.to_string()).err().as_deref(), Some(name));
        body.as_object_mut().unwrap().remove(name);
        assert_eq!(create_company(&body.to_string()).err().as_deref(), Some(name));
    }
}

#[test]
fn nothing_is_required_in_an_update() {
    assert_eq!(update_person("{}"), Ok(CustomerPatch::default()));
    assert_eq!(update_company("{}"), Ok(CustomerPatch::default()));
}

fn check_both(path: &str, accepted: &[Value], refused: &[Value]) {
    check_member(&person(), path, accepted, refused, &create_person);
    check_member(&company(), path, accepted, refused, &create_company);
    check_member(&json!({}), path, accepted, refused, &update_person);
    check_member(&json!({}), path, accepted, refused, &update_company);
}

fn check_person(path: &str, accepted: &[Value], refused: &[Value]) {
    check_member(&person(), path, accepted, refused, &create_person);
    check_member(&json!({}), path, accepted, refused, &update_person);
}

fn check_company(path: &str, accepted: &[Value], refused: &[Value]) {
    check_member(&company(), path, accepted, refused, &create_company);
    check_member(&json!({}), path, accepted, refused, &update_company);
}

#[test]
fn members_of_all_customers_are_checked() {
    check_both(
        "customerNumber",
        &[ascii(64), json!("a-1")],
        &[ascii(65), json!(""), json!("a b"), json!("a_b"), json!("ä"), json!(1)],
    );
    check_both(
        "locale",
        &[json!("fi_FI"), json!("en_GB")],
        &[json!("fi"), json!("fi-FI"), json!("FI_fi"), json!(1)],
    );
    check_both("regNo", &[long(64), json!("1")], &[long(65), json!(""), json!(1)]);
    check_both("address", &[address()], &[json!("x"), json!(1)]);
    check_both("email", &[long(255), json!(""), Value::Null], &[long(256), json!(1)]);
    for name in ["phoneNumber", "mobileNumber"] {
        check_both(
            name,
            &[json!({"number": "1"}), json!({"country": "FIN", "number": "+358"}), Value::Null],
            &[json!("1")],
        );
        check_both(&format!("{name}.number"), &[long(64)], &[long(65), json!(""), json!(1), Value::Null]);
    }
    check_both("additionalValues", &[json!([]), Value::Null], &[json!(vec![json!({}); 11])]);
}

#[test]
fn members_of_persons_are_checked() {
    for name in ["firstName", "lastName"] {
        check_person(name, &[long(255)], &[long(256), json!(""), json!(1)]);
    }
    check_person("middleName", &[long(255), Value::Null], &[long(256), json!(1)]);
    check_person("salutation", &[long(32), Value::Null], &[long(33), json!(1)]);
    check_person(
        "dateOfBirth",
        &[json!("1980-02-29"), Value::Null],
        &[
            json!("1981-02-29"),
            json!("1980-2-9"),
            json!("29.2.1980"),
            json!(""),
            json!(1980),
            json!("1980-02-29T00"),
        ],
    );
    check_person(
        "nationality",
        &[json!(["FIN", "SWE"]), json!([]), json!(vec!["FIN"; 10]), Value::Null],
        &[json!("FIN"), json!({}), json!(vec!["FIN"; 11])],
    );
    check_person("nationality[0]", &[json!("FIN")], &[json!("FI"), json!(1), Value::Null]);
    check_member(&json!({}), "deceasedDate", &[json!("2020-01-31")], &[json!("2020-01-32")], &update_person);
}

#[test]
fn members_of_companies_are_checked() {
    check_company("name", &[long(255)], &[long(256), json!(""), json!(1)]);
    check_company("customerRepresentative", &[long(64), json!(""), Value::Null], &[long(65), json!(1)]);
}

#[test]
fn update_changes_what_it_names_and_nothing_else() {
    let body = with(person(), "email", &json!("m@example.com")).to_string();
    let CustomerRequest { kind, number, personal } = create_person(&body).unwrap();
    assert_eq!((kind, number.as_ref()), (CustomerKind::Private, "C-1"));
    let patch = update_person(
        &json!({"lastName": "Virtanen", "deceasedDate": "2020-01-31", "regNo": "X", "phoneNumber": {"number": "1"},
            "nationality": ["SWE"], "locale": "sv_SE"})
        .to_string(),
    )
    .unwrap();
    let mut changed = personal.clone();
    patch.apply_personal(&mut changed);
    let expected = CustomerPersonal {
        last_name: Some("Virtanen".to_owned()),
        deceased_date: Some("2020-01-31".to_owned()),
        reg_no: "X".to_owned(),
        locale: "sv_SE".to_owned(),
        phone: changed.phone.clone(),
        nationality: changed.nationality.clone(),
        ..personal
    };
    assert_eq!(changed, expected);
    assert_eq!(changed.phone.unwrap().number, "1");
    assert_eq!(changed.nationality.unwrap().len(), 1);
}

#[test]
fn every_member_of_a_company_arrives() {
    let body =
        with(with(company(), "customerRepresentative", &json!("Eve")), "mobileNumber.number", &json!("2"));
    let mut personal = create_company(&body.to_string()).unwrap().personal;
    assert_eq!(personal.name.as_deref(), Some("Acme"));
    assert_eq!(personal.representative.as_deref(), Some("Eve"));
    assert_eq!(personal.mobile.as_ref().unwrap().number, "2");
    let patch =
        update_company(&json!({"name": "Beta", "customerRepresentative": "Bob"}).to_string()).unwrap();
    patch.apply_personal(&mut personal);
    assert_eq!(personal.name.as_deref(), Some("Beta"));
    assert_eq!(personal.representative.as_deref(), Some("Bob"));
}
