//! Examples of requests, as one types them into a shell.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::{
    operation::Operation,
    resolve::{Document, text},
    schema::values,
};

/// How deep an example goes; deeper it can only be a schema that holds itself.
const DEPTH_MAX: usize = 8;

/// What a sandbox has from the start, by the names of parameters.
const FIXTURES: [(&str, &str); 3] = [("customerId", "1001"), ("accountId", "2001"), ("auditUser", "me")];

/// What each institution names for itself, so that an example could only be wrong.
const OWN_NAMES: [&str; 1] = ["productCode"];

/// A `curl` command that calls the operation.
pub(super) fn curl(document: Document<'_>, operation: Operation<'_>) -> String {
    let mut command = "curl".to_owned();
    if !operation.is_public() {
        command.push_str(" --user sandbox:sandbox");
    }
    if operation.method != "get" {
        let _ = write!(command, " --request {}", operation.method.to_uppercase());
    }
    if let Some((media_type, content)) = operation.body() {
        let body = content
            .get("example")
            .cloned()
            .or_else(|| value(document, &content["schema"], DEPTH_MAX))
            .unwrap_or_else(|| json!({}));
        let body = serde_json::to_string_pretty(&body).unwrap_or_default().replace('\'', r"'\''");
        let _ = write!(command, " \\\n  --header 'Content-Type: {media_type}' \\\n  --data '{body}'");
    }
    let _ = write!(command, " \\\n  '{}'", url(document, operation));
    command
}

fn url(document: Document<'_>, operation: Operation<'_>) -> String {
    let server = document.0["servers"][0]["url"].as_str().unwrap_or("http://127.0.0.1:8080");
    let mut path = operation.path.to_owned();
    let mut query = Vec::new();
    for parameter in operation.parameters() {
        let Some(name) = text(parameter, "name") else { continue };
        match text(parameter, "in") {
            Some("path") => path = path.replace(&format!("{{{name}}}"), &argument(document, parameter, name)),
            Some("query") if parameter["required"] == true => {
                query.push(format!("{name}={}", argument(document, parameter, name)));
            }
            _ => {}
        }
    }
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{path}{mark}{}", server.trim_end_matches('/'), query.join("&"))
}

/// An example of a parameter: a fixture, one that the document has, or its name in capitals to be replaced.
fn argument(document: Document<'_>, parameter: &Value, name: &str) -> String {
    if let Some((_, fixture)) = FIXTURES.into_iter().find(|(known, _)| *known == name) {
        return fixture.to_owned();
    }
    let flat = document.flatten(&parameter["schema"]);
    let given = parameter.get("example").or_else(|| flat.get("example")).or_else(|| values(&flat).next());
    match given {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => name.to_uppercase(),
    }
}

/// An example of a value: the schema's own, the first of an enumeration, or one put together from those of its members. None
/// where there is nothing to go by.
fn value(document: Document<'_>, schema: &Value, depth: usize) -> Option<Value> {
    let rest = depth.checked_sub(1)?;
    let flat = document.flatten(schema);
    if let Some(example) = flat.get("example").or_else(|| values(&flat).next()) {
        return Some(example.clone());
    }
    if let Some(members) = flat.get("properties").and_then(Value::as_object) {
        return Some(Value::Object(object(document, &flat, members, rest)));
    }
    if let Some(items) = flat.get("items") {
        return value(document, items, rest).map(|item| Value::Array(vec![item]));
    }
    None
}

fn object(
    document: Document<'_>,
    flat: &Map<String, Value>,
    members: &Map<String, Value>,
    depth: usize,
) -> Map<String, Value> {
    let required = flat.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|known| known == name));
    let example = |(name, schema): (&String, &Value)| {
        if let Some((_, fixture)) = FIXTURES.into_iter().find(|(known, _)| known == name) {
            return Some((name.clone(), json!(fixture)));
        }
        if OWN_NAMES.contains(&name.as_str()) && !is_required(name) {
            return None;
        }
        let found = value(document, schema, depth);
        let example =
            if is_required(name) { found.or_else(|| Some(filler(document, schema))) } else { found };
        example.map(|example| (name.clone(), example))
    };
    members.iter().filter_map(example).collect()
}

/// Something of the right type, where something has to be.
fn filler(document: Document<'_>, schema: &Value) -> Value {
    match document.flatten(schema).get("type").and_then(Value::as_str) {
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => json!("text"),
    }
}
