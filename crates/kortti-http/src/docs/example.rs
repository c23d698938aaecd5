//! Examples of requests, as one types them into a shell.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::{operation::Operation, resolve::text, schema::values};

/// How deep an example goes; deeper it can only be a schema that holds itself.
const DEPTH_MAX: usize = 8;

/// What a sandbox has from the start, by the names of parameters and members.
const FIXTURES: [(&str, &str); 7] = [
    ("customerId", "1001"),
    ("accountId", "2001"),
    // The first card that is issued.
    ("cardId", "3001"),
    // The message of another example.
    ("originalMessageId", "authorize"),
    ("auditUser", "me"),
    // A day, for the clock: a body that has both this and an instant takes one of them.
    ("seconds", "86400"),
    // The one template of a body that takes all members of all templates.
    ("cardTemplate", "VISA_CARD"),
];

/// The account of a sandbox that debit cards draw on.
const DEBIT_ACCOUNT: &str = "2003";

/// What each institution names for itself, so that an example could only be wrong.
const OWN_NAMES: [&str; 3] = ["productCode", "customerNumber", "parentId"];

/// What most messages do not say, and what would have to be the card's own.
const RARELY_SAID: [&str; 3] = ["advice", "billingAmount", "expiry"];

/// What can be changed only where it was given from the start, which most cards and customers were not.
const RARELY_CHANGED: [&str; 2] = ["scheduledClosing", "deceasedDate"];

/// A `curl` command that calls the operation.
pub(super) fn curl(operation: Operation<'_>) -> String {
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
            .or_else(|| value(operation, &content["schema"], DEPTH_MAX))
            .unwrap_or_else(|| json!({}));
        let body = serde_json::to_string_pretty(&body).unwrap_or_default().replace('\'', r"'\''");
        let _ = write!(command, " \\\n  --header 'Content-Type: {media_type}' \\\n  --data '{body}'");
    }
    let _ = write!(command, " \\\n  '{}'", url(operation));
    command
}

fn url(operation: Operation<'_>) -> String {
    let server = operation.document.0["servers"][0]["url"].as_str().unwrap_or("http://127.0.0.1:8080");
    let mut path = operation.path.to_owned();
    let mut query = Vec::new();
    for parameter in operation.parameters() {
        let Some(name) = text(parameter, "name") else { continue };
        match text(parameter, "in") {
            Some("path") => {
                path = path.replace(&format!("{{{name}}}"), &argument(operation, parameter, name))
            }
            Some("query") if parameter["required"] == true => {
                query.push(format!("{name}={}", argument(operation, parameter, name)));
            }
            _ => {}
        }
    }
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{path}{mark}{}", server.trim_end_matches('/'), query.join("&"))
}

/// An example of a parameter: a fixture, one that the document has, or its name in capitals to be replaced.
fn argument(operation: Operation<'_>, parameter: &Value, name: &str) -> String {
    if let Some(fixture) = fixture(operation, name) {
        return fixture.to_owned();
    }
    let flat = operation.document.flatten(&parameter["schema"]);
    let given = parameter.get("example").or_else(|| flat.get("example")).or_else(|| values(&flat).next());
    match given {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => name.to_uppercase(),
    }
}

fn fixture(operation: Operation<'_>, name: &str) -> Option<&'static str> {
    if name == "accountId" && operation.path.contains("/DEBIT_") {
        return Some(DEBIT_ACCOUNT);
    }
    FIXTURES.into_iter().find(|(known, _)| *known == name).map(|(_, fixture)| fixture)
}

/// An example of a value: the schema's own, the first of an enumeration, or one put together from those of its members. None
/// where there is nothing to go by.
fn value(operation: Operation<'_>, schema: &Value, depth: usize) -> Option<Value> {
    let rest = depth.checked_sub(1)?;
    let flat = operation.document.flatten(schema);
    if let Some(example) = flat.get("example").or_else(|| values(&flat).next()) {
        return Some(example.clone());
    }
    if let Some(members) = flat.get("properties").and_then(Value::as_object) {
        return Some(Value::Object(object(operation, &flat, members, rest)));
    }
    if let Some(items) = flat.get("items") {
        return value(operation, items, rest).map(|item| Value::Array(vec![item]));
    }
    None
}

fn object(
    operation: Operation<'_>,
    flat: &Map<String, Value>,
    members: &Map<String, Value>,
    depth: usize,
) -> Map<String, Value> {
    let required = flat.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|known| known == name));
    let is_left_out = |name: &str| {
        OWN_NAMES.contains(&name)
            || RARELY_SAID.contains(&name)
            || (operation.method == "patch" && RARELY_CHANGED.contains(&name))
    };
    let example = |(name, schema): (&String, &Value)| {
        let example = match fixture(operation, name) {
            Some(fixture) => Some(typed(operation, schema, fixture)),
            None if is_left_out(name) => None,
            // Each operation's example is a message of its own.
            None if name == "messageId" => Some(json!(operation.anchor())),
            None => value(operation, schema, depth),
        };
        let example = example.or_else(|| is_required(name).then(|| filler(operation, name, schema)));
        example.map(|example| (name.clone(), example))
    };
    members.iter().filter_map(example).collect()
}

/// A fixture as the schema wants it: ids are texts, though they look like numbers.
fn typed(operation: Operation<'_>, schema: &Value, fixture: &str) -> Value {
    let is_integer = operation.document.flatten(schema).get("type").is_some_and(|known| known == "integer");
    fixture.parse::<i64>().ok().filter(|_| is_integer).map_or_else(|| json!(fixture), |number| json!(number))
}

/// Something of the right type, where something has to be: a text is the member's name in capitals, to be replaced.
fn filler(operation: Operation<'_>, name: &str, schema: &Value) -> Value {
    match operation.document.flatten(schema).get("type").and_then(Value::as_str) {
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => json!(name.to_uppercase()),
    }
}
