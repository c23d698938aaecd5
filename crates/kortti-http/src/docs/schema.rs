//! Schemas on the page: members with their types, limits, values and examples, nested as they nest.

use maud::{Markup, html};
use serde_json::{Map, Value};

use super::{inline, prose, resolve::Document};

/// How deep members are shown; deeper ones can only be a schema that holds itself.
const DEPTH_MAX: usize = 8;

/// A flattened schema.
type Flat = Map<String, Value>;

/// The schema of a body.
pub(super) fn view(document: Document<'_>, schema: &Value) -> Markup {
    let flat = document.flatten(schema);
    html! {
        @if let Some(description) = flat.get("description").and_then(Value::as_str) { (prose(description)) }
        @if members(&flat).is_none() { p { span.type { (type_name(&flat)) } } (facts(&flat)) }
        (inside(document, &flat, DEPTH_MAX))
    }
}

/// Name, type, and whether the member has to be there.
pub(super) fn heading(name: &str, flat: &Flat, required: bool) -> Markup {
    html! {
        code.name { (name) } " " span.type { (type_name(flat)) }
        @if required { " " span.required { "required" } }
    }
}

/// What the value is bound to, and an example of it.
pub(super) fn facts(flat: &Flat) -> Markup {
    let ranges = [
        range(flat, "minLength", "maxLength", " characters"),
        range(flat, "minItems", "maxItems", " items"),
        range(flat, "minimum", "maximum", ""),
    ];
    let ranges: Vec<String> = ranges.into_iter().flatten().collect();
    let given = [("pattern", "pattern"), ("default", "if left out"), ("example", "for example")];
    let given: Vec<(&str, String)> =
        given.into_iter().filter_map(|(key, words)| Some((words, shown(flat.get(key)?)))).collect();
    let values: Vec<String> = values(flat).map(shown).collect();
    html! {
        @if !values.is_empty() {
            p.facts { "one of " @for value in &values { code { (value) } " " } }
        }
        @if !ranges.is_empty() || !given.is_empty() {
            p.facts {
                @for range in &ranges { span.fact { (range) } " " }
                @for (words, value) in &given { span.fact { (words) " " code { (value) } } " " }
            }
        }
    }
}

/// `1 to 8 characters`, `at most 10 items`, `at least 0`.
fn range(flat: &Flat, least: &str, most: &str, unit: &str) -> Option<String> {
    match (flat.get(least), flat.get(most)) {
        (Some(least), Some(most)) if least == most => Some(format!("{least}{unit}")),
        (Some(least), Some(most)) => Some(format!("{least} to {most}{unit}")),
        (Some(least), None) => Some(format!("at least {least}{unit}")),
        (None, Some(most)) => Some(format!("at most {most}{unit}")),
        (None, None) => None,
    }
}

/// The members of an object, the items of an array, the alternatives of a choice.
fn inside(document: Document<'_>, flat: &Flat, depth: usize) -> Markup {
    let Some(rest) = depth.checked_sub(1) else { return html! {} };
    let required = |name: &str| {
        flat.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|n| n == name))
    };
    let alternatives = ["oneOf", "anyOf"].into_iter().filter_map(|key| flat.get(key)?.as_array()).flatten();
    html! {
        @if let Some(members) = members(flat) {
            ul.members {
                @for (name, schema) in members { (member(document, name, schema, required(name), rest)) }
            }
        }
        @if let Some(items) = flat.get("items") {
            @let items = document.flatten(items);
            @if !is_plain(&items) { (inside(document, &items, rest)) } @else { (facts(&items)) }
        }
        @for (index, alternative) in alternatives.enumerate() {
            @let alternative = document.flatten(alternative);
            @if !is_null(&alternative) {
                p.alternative { @if index > 0 { "or " } span.type { (type_name(&alternative)) } }
                (facts(&alternative))
                (inside(document, &alternative, rest))
            }
        }
    }
}

fn member(document: Document<'_>, name: &str, schema: &Value, required: bool, depth: usize) -> Markup {
    let flat = document.flatten(schema);
    html! {
        li {
            (heading(name, &flat, required))
            @if let Some(description) = flat.get("description").and_then(Value::as_str) { p { (inline(description)) } }
            (facts(&flat))
            (inside(document, &flat, depth))
        }
    }
}

fn members(flat: &Flat) -> Option<&Map<String, Value>> {
    flat.get("properties").and_then(Value::as_object).filter(|members| !members.is_empty())
}

/// Whether there is nothing inside that would need a list.
fn is_plain(flat: &Flat) -> bool {
    !["properties", "items", "oneOf", "anyOf"].iter().any(|key| flat.contains_key(*key))
}

fn is_null(flat: &Flat) -> bool {
    flat.get("type").is_some_and(|name| name == "null")
        || flat.get("enum").is_some_and(|values| *values == serde_json::json!([null]))
}

/// `string, date-time`, `array of objects or null` and the like.
fn type_name(flat: &Flat) -> String {
    let types = match flat.get("type") {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ if flat.contains_key("properties") => "object".to_owned(),
        _ if flat.contains_key("oneOf") || flat.contains_key("anyOf") => "one of".to_owned(),
        _ => "anything".to_owned(),
    };
    let format =
        flat.get("format").and_then(Value::as_str).map(|format| format!(", {format}")).unwrap_or_default();
    let null = if flat.get("nullable").is_some_and(|nullable| nullable == true) { " or null" } else { "" };
    format!("{types}{format}{null}")
}

/// The values that an enumeration allows.
pub(super) fn values(flat: &Flat) -> impl Iterator<Item = &Value> {
    flat.get("enum").and_then(Value::as_array).into_iter().flatten().filter(|value| !value.is_null())
}

/// A value as text, strings without their quotes.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
