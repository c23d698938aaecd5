use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use crate::wire::{
    CardView, CreateCard, CreatePhysicalCard, CreateVirtualCard, ErrorResponse, FindByNumber,
    ResourceResponse, UpdatePhysicalCard, UpdateVirtualCard, schema_settings,
};

/// The components that a body needs, itself included.
fn components<T: JsonSchema>() -> Map<String, Value> {
    let mut generator = schema_settings().into_generator();
    generator.subschema_for::<T>();
    generator.take_definitions(true)
}

/// A schema without what is meant for people only.
fn bare(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let kept = members.iter().filter(|(key, value)| *key != "description" || !value.is_string());
            Value::Object(kept.map(|(key, value)| (key.clone(), bare(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(bare).collect()),
        other => other.clone(),
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The names of a schema's members, sorted: their order says nothing.
fn properties(components: &Map<String, Value>, name: &str) -> Vec<String> {
    let mut names: Vec<String> =
        components[name]["properties"].as_object().unwrap().keys().cloned().collect();
    names.sort();
    names
}

#[test]
fn create_body_of_virtual_cards_is_as_in_the_contract() {
    let all = components::<CreateVirtualCard>();
    let body = bare(&all["createVirtualResourceBody"]);
    let expected = json!({
        "type": "object",
        "properties": {
            "expiration": reference("expiration"),
            "segment": reference("segment"),
            "pinStatus": reference("pinStatus"),
            "digitalLayoutCode": reference("digitalLayoutCode"),
            "scheduledClosing": reference("scheduledClosing"),
            "additionalValues": reference("additionalValues"),
            "encryptedData": {"type": "string"},
            "productCode": reference("productCode"),
            "embossing": reference("embossing"),
            // Not of the contract, but of this system.
            "controls": reference("controls"),
        },
    });
    assert_eq!(body, expected);
}

#[test]
fn components_of_the_create_body_are_as_in_the_contract() {
    let all = components::<CreateVirtualCard>();
    let line = |length: usize| json!({"type": "string", "maxLength": length});
    let shown = |example: &str| json!({"type": "string", "maxLength": 26, "example": example});
    let expected = [
        (
            "expiration",
            json!({"type": "object", "properties": {
                "year": {"type": "integer", "format": "int32", "example": 2030},
                "month": {"type": "integer", "format": "int32", "example": 1},
            }}),
        ),
        (
            "segment",
            json!({"type": "string",
            "enum": ["SEGMENT_A", "SEGMENT_B", "SEGMENT_C", "SEGMENT_D", "SEGMENT_E", "SEGMENT_F"]}),
        ),
        ("pinStatus", json!({"type": "string", "enum": ["D", "W", "S"]})),
        (
            "digitalLayoutCode",
            json!({"type": "string", "maxLength": 32, "pattern": "^[a-zA-Z0-9]+$", "example": "abc123abc"}),
        ),
        (
            "scheduledClosing",
            json!({"type": "object", "properties": {
                "type": reference("scheduledClosingType"), "time": reference("scheduledClosingTime"),
            }}),
        ),
        ("scheduledClosingType", json!({"type": "string", "enum": ["TIMEBASED"]})),
        (
            "scheduledClosingTime",
            json!({"type": "string", "format": "date-time", "example": "2099-12-31T03:00:00.000Z"}),
        ),
        ("additionalValues", json!({"type": "array", "maxItems": 10, "items": reference("keyValuePair")})),
        (
            "productCode",
            json!({"type": "string", "pattern": "^[A-Z][A-Z_0-9]{1,64}$", "example": "VISA_VIRTUAL_3"}),
        ),
        (
            "embossing",
            json!({"type": "object", "properties": {
                "additionalField1": line(32), "additionalField2": line(32), "additionalField3": line(32),
                "additionalField4": line(32), "additionalField5": line(32),
                "companyName": shown("Enfuce Financial Services"),
                "externalLayoutCode": {"type": "string", "maxLength": 32, "example": "BlueCard"},
                "firstName": shown("Monica"), "lastName": shown("Liikamaa"),
                "additionalEmbossingName": shown("Card User Name"),
                "manufacturer": {"type": "string", "pattern": r"[A-Z0-9_\-]{1,32}", "example": "FACTORY_X"},
                "physical": {"type": "boolean", "example": true},
            }}),
        ),
    ];
    for (name, schema) in expected {
        assert_eq!(bare(&all[name]), schema, "{name}");
    }
    let pair = &all["keyValuePair"]["properties"];
    assert_eq!(pair["key"]["pattern"], r"^[a-zA-Z0-9\-\_ ]*$");
    assert_eq!((&pair["key"]["minLength"], &pair["key"]["maxLength"]), (&json!(1), &json!(8)));
    assert_eq!((&pair["value"]["minLength"], &pair["value"]["maxLength"]), (&json!(1), &json!(50)));
    let pattern = pair["value"]["pattern"].as_str().unwrap();
    assert!(
        pattern.starts_with(r"^[a-zA-Z0-9|\-_ +.éàèùçâêîôûëïü'À") && pattern.ends_with("Ọọ]*$"),
        "{pattern}"
    );
}

#[test]
fn bodies_of_cards_with_plastic_add_addresses_and_deliveries() {
    let own = ["cardAddress", "cardDeliveryType", "pinAddress", "pinDeliveryType"];
    let added = |more: Vec<String>, less: &[String]| {
        more.into_iter().filter(|name| !less.contains(name)).collect::<Vec<_>>()
    };
    let create = properties(&components::<CreateVirtualCard>(), "createVirtualResourceBody");
    let physical = properties(&components::<CreatePhysicalCard>(), "createPhysicalResourceBody");
    assert_eq!(added(physical, &create), own);
    let update = properties(&components::<UpdateVirtualCard>(), "updateVirtualResourceBody");
    let physical = properties(&components::<UpdatePhysicalCard>(), "updatePhysicalResourceBody");
    assert_eq!(added(physical, &update), own);
    let v3 = components::<CreateCard>();
    assert_eq!(v3["createResourceBodyV3"]["required"], json!(["cardTemplate", "embossing"]));
}

#[test]
fn update_body_has_the_members_of_the_contract() {
    let all = components::<UpdateVirtualCard>();
    let expected = [
        "accountId",
        "additionalValues",
        // Not of the contract, but of this system.
        "controls",
        "customerId",
        "digitalLayoutCode",
        "embossing",
        "pinStatus",
        "reason",
        "regionAndEcommBlocking",
        "scheduledClosing",
        "segment",
        "status",
        "usageLimits",
    ];
    assert_eq!(properties(&all, "updateVirtualResourceBody"), expected);
    let body = &all["updateVirtualResourceBody"];
    assert_eq!(body.get("required"), None);
    assert_eq!(body["properties"]["reason"]["maxLength"], 32);
    assert_eq!(body["properties"]["accountId"]["type"], "string");
    assert_eq!(body["properties"]["status"]["enum"].as_array().unwrap().len(), 8);
    assert_eq!(properties(&all, "scheduledClosingUpdate"), ["time"]);
}

#[test]
fn responses_are_as_in_the_contract() {
    let resource = components::<ResourceResponse<'_>>();
    assert_eq!(properties(&resource, "resourceResponse"), ["description", "id"]);
    let error = bare(&components::<ErrorResponse<'_>>()["errorResponse"]);
    let expected = json!({
        "code": {"type": "string", "example": "400"},
        "message": {"type": "string"},
        "id": {"type": "string", "format": "uuid"},
        "errorCode": {"type": "string"},
        "errorType": {"type": "string", "enum": ["STATIC_VALIDATION_ERROR", "DYNAMIC_VALIDATION_ERROR",
            "INTEGRATION_ERROR", "SECURITY_ERROR", "UNEXPECTED_ERROR"]},
        "errorReason": {"type": "string"},
        "timestamp": {"type": "string", "format": "date-time"},
    });
    assert_eq!(error["properties"], expected);
    let find = components::<FindByNumber>();
    assert_eq!(find["findByNumberBody"]["required"], json!(["encryptedData"]));
}

#[test]
fn views_require_every_member_and_say_which_may_be_null() {
    let all = components::<CardView<'_>>();
    let card = &all["card"];
    assert_eq!(card["required"].as_array().unwrap().len(), card["properties"].as_object().unwrap().len());
    assert_eq!(card["properties"]["reason"], json!({"type": "string", "nullable": true}));
    assert_eq!(card["properties"]["segment"], json!({"allOf": [reference("segment")], "nullable": true}));
}

#[test]
fn every_example_is_accepted() {
    let all = components::<CreatePhysicalCard>();
    let resolve = |schema: &Value| match schema["$ref"].as_str() {
        Some(name) => all[name.rsplit('/').next().unwrap()].clone(),
        None => schema.clone(),
    };
    let mut body = json!({});
    for (name, schema) in all["createPhysicalResourceBody"]["properties"].as_object().unwrap() {
        let schema = resolve(schema);
        if let Some(example) = schema.get("example") {
            body[name] = example.clone();
        }
        for (inner, schema) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(example) = resolve(schema).get("example") {
                body[name][inner] = example.clone();
            }
        }
    }
    let parsed = crate::json::parse::<CreatePhysicalCard>(body.to_string().as_bytes()).map(|_| ());
    assert_eq!(parsed, Ok(()));
}
