//! How the schemas of the wire types are made.

use schemars::{Schema, generate::SchemaSettings, transform::transform_subschemas};
use serde_json::{Map, Value, json};

/// The settings for schemas as OpenAPI 3.0 has them.
#[must_use]
pub fn settings() -> SchemaSettings {
    let mut settings = SchemaSettings::openapi3();
    settings.meta_schema = None;
    // This must come before the transforms that look for `type: null`.
    settings.transforms.insert(0, Box::new(nullable_references));
    settings
}

/// A member that may be left out is described as what it is when it is there, as the compatible API does it; that `null` means
/// absent is said once for all members.
pub(super) fn plain_optionals(schema: &mut Schema) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for property in properties.values_mut().filter_map(Value::as_object_mut) {
        if let Some(reference) = nullable_reference(property) {
            *property = reference;
        }
        if let Some(types) = property.get_mut("type")
            && let Some(only) =
                types.as_array().and_then(|types| types.iter().find(|name| *name != "null")).cloned()
        {
            *types = only;
        }
        if let Some(values) = property.get_mut("enum").and_then(Value::as_array_mut) {
            values.retain(|value| !value.is_null());
        }
        // OpenAPI 3.0 allows nothing beside a reference.
        if property.contains_key("$ref") {
            property.retain(|key, _| key == "$ref");
        }
        property.remove("default");
    }
}

/// Responses leave nothing out: every member is always there, null where there is nothing.
pub(super) fn all_required(schema: &mut Schema) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    let names: Vec<&String> = properties.keys().collect();
    let names = json!(names);
    schema.insert("required".to_owned(), names);
}

/// OpenAPI 3.0 has no type `null`; a reference that may be null has to be wrapped.
fn nullable_references(schema: &mut Schema) {
    if let Some(reference) = schema.as_object().and_then(nullable_reference) {
        schema.remove("anyOf");
        schema.insert("allOf".to_owned(), json!([reference]));
        schema.insert("nullable".to_owned(), Value::Bool(true));
    }
    transform_subschemas(&mut nullable_references, schema);
}

/// The reference in `anyOf: [reference, null]`.
fn nullable_reference(schema: &Map<String, Value>) -> Option<Map<String, Value>> {
    match schema.get("anyOf")?.as_array()?.as_slice() {
        [reference, null] if null.get("type").is_some_and(|name| name == "null") => {
            reference.as_object().filter(|reference| reference.contains_key("$ref")).cloned()
        }
        _ => None,
    }
}
