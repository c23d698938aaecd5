//! The OpenAPI document, made from the operations.

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use crate::{
    operation::{Access, Audit, Operation, Shape},
    wire::{ErrorResponse, schema_settings},
};

/// The OpenAPI 3.0 document of `operations`.
#[must_use]
pub fn document(operations: &[Operation]) -> Value {
    let mut generator = schema_settings().into_generator();
    let mut paths = Map::new();
    for operation in operations {
        let entry = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        if let Some(entry) = entry.as_object_mut() {
            let method = operation.method.as_str().to_ascii_lowercase();
            entry.insert(method, describe(operation, &mut generator));
        }
    }
    generator.subschema_for::<ErrorResponse>();
    let schemas = generator.take_definitions(true);
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "Kortti",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Issues and manages payment cards. The paths below /card, /customer, /account and /transaction are compatible \
                with the Enfuce Card API v4 and its neighbours; those below /kortti are Kortti's own.",
            "license": { "name": "Apache-2.0" },
        },
        "security": [{ "basic": [] }],
        "tags": tags(operations),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "basic": { "type": "http", "scheme": "basic" } },
            "responses": responses(),
        },
    })
}

fn tags(operations: &[Operation]) -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    for operation in operations {
        if !names.contains(&operation.tag) {
            names.push(operation.tag);
        }
    }
    names.into_iter().map(|name| json!({ "name": name })).collect()
}

fn describe(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let mut description = json!({
        "tags": [operation.tag],
        "summary": operation.summary,
        "operationId": operation.id,
        "parameters": parameters(operation),
        "responses": answers(operation, generator),
        "deprecated": operation.deprecated,
    });
    if !operation.description.is_empty() {
        description["description"] = operation.description.into();
    }
    if let Some(body) = operation.body {
        let schema = body(generator);
        description["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    }
    match operation.access {
        Access::Public => description["security"] = json!([]),
        Access::Scope(scope) => description["x-scope"] = scope.name().into(),
    }
    description
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let path = operation.path_parameters().map(|name| {
        json!({ "name": name, "in": "path", "required": true, "schema": path_schema(name),
            "description": path_description(name) })
    });
    let required = operation.audit == Audit::Required;
    let kept = if operation.reads { "log" } else { "journal" };
    let audit = (operation.audit != Audit::Nobody).then(|| {
        json!({ "name": "auditUser", "in": "query", "required": required,
            "description": format!("The person or system in whose name the request is made; it stands in the {kept}."),
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$" } })
    });
    let query = operation.query.iter().map(|parameter| {
        json!({ "name": parameter.name, "in": "query", "required": false, "description": parameter.description,
            "schema": (parameter.schema)() })
    });
    let key = operation.has_idempotency_key().then(|| {
        json!({ "name": "x-idempotency-key", "in": "header", "required": false,
            "description": "Within 24 hours, and for as long as an authorization made by it holds money, the same key on the same method and path gets the first successful answer again.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]+$" } })
    });
    path.chain(audit).chain(query).chain(key).collect()
}

fn path_schema(name: &str) -> Value {
    match name {
        "cardRole" => json!({ "type": "string", "enum": ["MAIN", "SUPPLEMENTARY"] }),
        "refNumber" => json!({ "type": "string", "pattern": "^[0-9]{15,16}$" }),
        "customerNumber" | "accountNumber" => json!({ "type": "string", "minLength": 1, "maxLength": 64 }),
        _ => json!({ "type": "string", "format": "biginteger", "pattern": "^[0-9]{1,18}$" }),
    }
}

fn path_description(name: &str) -> &'static str {
    match name {
        "customerId" => "The id of the customer.",
        "cardId" => "The id of the card.",
        "accountId" => "The id of the account.",
        "cardRole" => {
            "Whether the card's holder is also the account's holder (MAIN) or may be somebody else."
        }
        "refNumber" => "The reference number of the card.",
        "customerNumber" => "The institution's own number for the customer.",
        "accountNumber" => "The institution's own number for the account.",
        _ => "The id.",
    }
}

fn answers(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let (status, shape) = operation.success;
    let content = match shape {
        Shape::Json(schema) => json!({ "application/json": { "schema": schema(generator) } }),
        Shape::Text(media_type) => json!({ media_type: { "schema": { "type": "string" } } }),
        Shape::Empty => Value::Null,
    };
    let mut success = json!({ "description": "Success" });
    if !content.is_null() {
        success["content"] = content;
    }
    let mut answers = Map::new();
    answers.insert(status.to_string(), success);
    for status in error_statuses(operation) {
        let reference = format!("#/components/responses/error{status}");
        answers.insert(status.to_string(), json!({ "$ref": reference }));
    }
    answers.into()
}

fn error_statuses(operation: &Operation) -> Vec<u16> {
    let mut statuses = vec![];
    if operation.access == Access::Public {
        if operation.id == "healthReady" {
            statuses.push(503);
        }
        return statuses;
    }
    statuses.extend([400, 401, 403]);
    if operation.may_miss {
        statuses.push(404);
    }
    if operation.body.is_some() {
        statuses.extend([408, 409, 413, 415]);
    }
    statuses.extend([429, 500, 503]);
    statuses
}

/// Each error status that any operation answers, with what it means.
const ERRORS: [(u16, &str); 11] = [
    (400, "The request is invalid, or a rule refuses it"),
    (401, "Unauthorized"),
    (403, "Forbidden"),
    (404, "What the request names does not exist"),
    (408, "The body did not arrive in time"),
    (409, "A number that must be unique is in use"),
    (413, "The body is too large"),
    (415, "The body is not application/json"),
    (429, "Too many requests"),
    (500, "Internal server error"),
    (503, "The system cannot write just now"),
];

fn responses() -> Value {
    let schema =
        json!({ "application/json": { "schema": { "$ref": "#/components/schemas/errorResponse" } } });
    let response = |(status, description): &(u16, &str)| {
        (format!("error{status}"), json!({ "description": description, "content": schema }))
    };
    ERRORS.iter().map(response).collect::<Map<_, _>>().into()
}
