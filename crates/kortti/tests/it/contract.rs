//! The two operations that the compatible API is known by, member by member, against the document that the server shows.

use serde_json::{Map, Value, json};

use crate::support::Server;

const CREATE: &str = "/card/v4/VISA_VIRTUAL/customer/{customerId}/account/{accountId}/{cardRole}";
const UPDATE: &str = "/card/v4/MC_VIRTUAL/{id}";

/// What can be said of a member and must be the same on both sides.
const FACTS: [&str; 9] =
    ["type", "format", "pattern", "minLength", "maxLength", "maxItems", "enum", "required", "nullable"];

/// Members of bodies that are not of the contract: extensions, which nobody has to send.
const OWN: &[&str] = &["controls"];

/// The signs that a value of a pair may have, after the letters and digits of ASCII.
const VALUE_SIGNS: &str = "|\\-_ +.éàèùçâêîôûëïü'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ\
    ĀāĂăĄąĆćĈĉĊċČčĎďĐđĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĦħĨĩĪīĬĭĮįİıĲĳĴĵĶķĸĹĺĻļĽľĿŀŁłŃńŅņŇňŉŊŋŌōŎŏŐőŒœŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŦŧŨũŪūŬŭ\
    ŮůŰűŲųŴŵŶŷŸŹźŻżŽžſǪǫȘșȚțȪȫȮȯȲȳḐḑṢṣẞỌọ";

fn segment() -> Value {
    json!({ "type": "string", "enum": ["SEGMENT_A", "SEGMENT_B", "SEGMENT_C", "SEGMENT_D", "SEGMENT_E", "SEGMENT_F"] })
}

fn additional_values() -> Value {
    let key = json!({ "type": "string", "minLength": 1, "maxLength": 8, "pattern": r"^[a-zA-Z0-9\-\_ ]*$" });
    let pattern = format!("^[a-zA-Z0-9{VALUE_SIGNS}]*$");
    let value = json!({ "type": "string", "minLength": 1, "maxLength": 50, "pattern": pattern });
    let pair = json!({ "type": "object", "properties": { "key": key, "value": value } });
    json!({ "type": "array", "maxItems": 10, "items": pair })
}

/// What stands on the card; `second_line` where it can have one.
fn embossing(second_line: bool) -> Value {
    let text = |max: u64| json!({ "type": "string", "maxLength": max });
    let mut properties = json!({
        "additionalField1": text(32), "additionalField2": text(32), "additionalField3": text(32),
        "additionalField4": text(32), "additionalField5": text(32), "companyName": text(26),
        "externalLayoutCode": text(32), "firstName": text(26), "lastName": text(26),
        "manufacturer": { "type": "string", "pattern": r"[A-Z0-9_\-]{1,32}" },
        "physical": { "type": "boolean" },
    });
    if second_line {
        properties["additionalEmbossingName"] = text(26);
    }
    json!({ "type": "object", "properties": properties })
}

fn create_body() -> Value {
    let number = json!({ "type": "integer", "format": "int32" });
    json!({ "type": "object", "properties": {
        "expiration": { "type": "object", "properties": { "year": number, "month": number } },
        "segment": segment(),
        "pinStatus": { "type": "string", "enum": ["D", "W", "S"] },
        "digitalLayoutCode": { "type": "string", "maxLength": 32, "pattern": "^[a-zA-Z0-9]+$" },
        "scheduledClosing": { "type": "object", "properties": {
            "type": { "type": "string", "enum": ["TIMEBASED"] },
            "time": { "type": "string", "format": "date-time" },
        } },
        "additionalValues": additional_values(),
        "encryptedData": { "type": "string" },
        "productCode": { "type": "string", "pattern": "^[A-Z][A-Z_0-9]{1,64}$" },
        "embossing": embossing(true),
    } })
}

fn update_body() -> Value {
    let flag = json!({ "type": "boolean" });
    let limiter = json!({ "type": "object", "properties": {
        "code": { "type": "string" }, "reset": flag, "singleAmount": { "type": "number" },
        "count": { "type": "integer" }, "sumAmount": { "type": "number" },
    } });
    let period = json!({ "type": "object", "properties": {
        "code": { "type": "string" }, "values": { "type": "array", "items": limiter },
    } });
    let statuses = [
        "CARD_OK",
        "CARD_BLOCKED",
        "SUSPECTED_FRAUD",
        "CARD_CLOSED_DUE_TO_FRAUD",
        "CARD_NO_RENEWAL",
        "CARD_LOST",
        "CARD_STOLEN",
        "CARD_CLOSED",
    ];
    json!({ "type": "object", "properties": {
        "accountId": { "type": "string" },
        "customerId": { "type": "string" },
        "embossing": embossing(false),
        "reason": { "type": "string", "maxLength": 32 },
        "segment": segment(),
        "status": { "type": "string", "enum": statuses },
        "usageLimits": { "type": "array", "items": period },
        "pinStatus": { "type": "string", "enum": ["D", "W", "S"] },
        "digitalLayoutCode": { "type": "string", "maxLength": 32 },
        "scheduledClosing": { "type": "object", "properties": { "time": { "type": "string", "format": "date-time" } } },
        "additionalValues": additional_values(),
        "regionAndEcommBlocking": { "type": "object", "properties": {
            "ecomm": flag, "africa": flag, "asia": flag, "europe": flag, "home": flag, "northAmerica": flag,
            "oceania": flag, "southAmerica": flag,
        } },
    } })
}

fn resource_response() -> Value {
    let text = json!({ "type": "string" });
    json!({ "type": "object", "properties": { "description": text, "id": text } })
}

fn error_response() -> Value {
    let text = json!({ "type": "string" });
    json!({ "type": "object", "properties": {
        "code": text,
        "message": text,
        "id": { "type": "string", "format": "uuid" },
        "errorCode": text,
        "errorType": { "type": "string", "enum": [
            "STATIC_VALIDATION_ERROR", "DYNAMIC_VALIDATION_ERROR", "INTEGRATION_ERROR", "SECURITY_ERROR",
            "UNEXPECTED_ERROR",
        ] },
        "errorReason": text,
        "timestamp": { "type": "string", "format": "date-time" },
    } })
}

/// The server's document.
struct Document(Value);

impl Document {
    fn read() -> Self {
        Self(Server::sandbox().api.get("/openapi.json").expect(200).json())
    }

    /// The thing itself: references followed, the parts of `allOf` put together.
    fn resolve(&self, thing: &Value) -> Map<String, Value> {
        if let Some(reference) = thing.get("$ref").and_then(Value::as_str) {
            let found = self.0.pointer(&reference[1..]);
            return self.resolve(found.unwrap_or_else(|| panic!("{reference} leads nowhere")));
        }
        let mut whole = thing.as_object().unwrap().clone();
        for part in whole.remove("allOf").iter().flat_map(|parts| parts.as_array().unwrap()) {
            for (key, value) in self.resolve(part) {
                match (whole.get_mut(&key), value) {
                    (Some(Value::Object(ours)), Value::Object(theirs)) => ours.extend(theirs),
                    (Some(Value::Array(ours)), Value::Array(theirs)) => ours.extend(theirs),
                    (_, value) => drop(whole.insert(key, value)),
                }
            }
        }
        whole
    }

    fn operation(&self, path: &str, method: &str) -> Map<String, Value> {
        self.resolve(&self.0["paths"][path][method])
    }

    /// Compares a schema with what is known of it. Members of `tolerated` may be there besides; a fact of `strict` schemas
    /// must not be there when it is not known.
    fn compare(&self, place: &str, schema: &Value, expected: &Value, strict: bool, tolerated: &[&str]) {
        let schema = self.resolve(schema);
        for fact in FACTS.iter().filter(|fact| strict || expected.get(**fact).is_some()) {
            assert_eq!(schema.get(*fact), expected.get(*fact), "`{fact}` of {place}");
        }
        if let Some(items) = expected.get("items") {
            self.compare(&format!("{place}[]"), &schema["items"], items, strict, tolerated);
        }
        let members = |of: Option<&Value>| of.and_then(Value::as_object).cloned().unwrap_or_default();
        let (found, known) = (members(schema.get("properties")), members(expected.get("properties")));
        for (name, expected) in &known {
            let inner = format!("{place}.{name}");
            let found = found.get(name).unwrap_or_else(|| panic!("there is no {inner}"));
            self.compare(&inner, found, expected, strict, tolerated);
        }
        for name in found.keys().filter(|name| !known.contains_key(*name)) {
            assert!(tolerated.contains(&name.as_str()), "{place}.{name} is not in the contract");
        }
    }

    fn compare_parameters(&self, operation: &Map<String, Value>, expected: &[(&str, &str, Value)]) {
        let parameters = operation["parameters"].as_array().unwrap();
        for (place, name, schema) in expected {
            let found = parameters.iter().map(|parameter| self.resolve(parameter));
            let mut found = found.filter(|parameter| parameter["in"] == *place && parameter["name"] == *name);
            let parameter = found.next().unwrap_or_else(|| panic!("there is no {name} in {place}"));
            assert_eq!(parameter["required"], true, "{name}");
            self.compare(name, &parameter["schema"], schema, false, &[]);
        }
        let required = parameters.iter().filter(|parameter| parameter["required"] == true).count();
        assert_eq!(required, expected.len(), "the contract requires no other parameter");
    }

    fn compare_responses(&self, operation: &Map<String, Value>, success: &str, errors: &[&str]) {
        let schema = |status: &str| {
            let response = self.resolve(&operation["responses"][status]);
            response["content"]["application/json"]["schema"].clone()
        };
        self.compare(success, &schema(success), &resource_response(), false, &[]);
        for status in errors {
            self.compare(status, &schema(status), &error_response(), false, &[]);
        }
    }
}

#[test]
fn the_document_is_openapi_3_0() {
    let document = Document::read().0;
    assert_eq!(document["openapi"], "3.0.3");
    let text = document.to_string();
    for of_later_versions in
        [r#""const":"#, r#""type":["#, r#""examples":["#, r#""$schema""#, r##""$ref":"#/$defs"##]
    {
        assert!(!text.contains(of_later_versions), "{of_later_versions}");
    }
}

#[test]
fn creating_a_virtual_visa_card_is_as_published() {
    let document = Document::read();
    let operation = document.operation(CREATE, "post");
    let id = json!({ "type": "string", "format": "biginteger" });
    let role = json!({ "type": "string", "enum": ["MAIN", "SUPPLEMENTARY"] });
    document.compare_parameters(
        &operation,
        &[
            ("path", "customerId", id.clone()),
            ("path", "accountId", id),
            ("path", "cardRole", role),
            ("query", "auditUser", json!({ "type": "string" })),
        ],
    );
    let body = document.resolve(&operation["requestBody"]);
    assert_eq!(body["required"], true);
    let schema = &body["content"]["application/json"]["schema"];
    document.compare("body", schema, &create_body(), true, OWN);
    document.compare_responses(&operation, "201", &["400", "401", "403", "404", "500"]);
    assert_ne!(operation.get("deprecated"), Some(&json!(true)));
}

#[test]
fn updating_a_virtual_mastercard_is_as_published() {
    let document = Document::read();
    let operation = document.operation(UPDATE, "patch");
    let text = json!({ "type": "string" });
    document.compare_parameters(&operation, &[("path", "id", text.clone()), ("query", "auditUser", text)]);
    let body = document.resolve(&operation["requestBody"]);
    let schema = &body["content"]["application/json"]["schema"];
    assert_eq!(document.resolve(schema).get("required"), None, "an update requires nothing");
    document.compare("body", schema, &update_body(), false, &["additionalEmbossingName", "controls"]);
    document.compare_responses(&operation, "200", &["400", "401", "403", "404", "500"]);
}

#[test]
fn every_template_has_both_operations_with_the_same_bodies() {
    let document = Document::read();
    let virtual_cards = [("MC_VIRTUAL", "/{cardRole}"), ("DEBIT_MC_VIRTUAL", ""), ("DEBIT_VISA_VIRTUAL", "")];
    let physical =
        [("VISA_CARD", "/{cardRole}"), ("MC_CARD", "/{cardRole}"), ("DEBIT_MC", ""), ("DEBIT_VISA", "")];
    let deliveries = [
        "cardAddress",
        "pinAddress",
        "cardDeliveryType",
        "pinDeliveryType",
        "additionalEmbossingName",
        "controls",
    ];
    for ((template, role), extra) in virtual_cards
        .iter()
        .map(|it| (it, &deliveries[4..]))
        .chain(physical.iter().map(|it| (it, &deliveries[..])))
    {
        let path = format!("/card/v4/{template}/customer/{{customerId}}/account/{{accountId}}{role}");
        let create = document.operation(&path, "post");
        let schema = &create["requestBody"]["content"]["application/json"]["schema"];
        let mut expected = create_body();
        expected["properties"]["embossing"] = embossing(true);
        document.compare(template, schema, &expected, false, extra);
        let update = document.operation(&format!("/card/v4/{template}/{{id}}"), "patch");
        let schema = &update["requestBody"]["content"]["application/json"]["schema"];
        document.compare(template, schema, &update_body(), false, extra);
    }
}
