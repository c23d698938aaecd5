mod accounts;
mod card_bodies;
mod card_conversions;
mod customers;
mod explanation;
mod limits;
mod schemas;
mod spellings;
mod views;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::json;

/// What a body comes to: the result of `convert`, or the field that is named in the refusal.
fn outcome<T: DeserializeOwned, R>(
    body: &str,
    convert: impl Fn(T) -> Result<R, super::FieldError>,
) -> Result<R, String> {
    let parsed = json::parse::<T>(body.as_bytes()).map_err(|error| error.field.unwrap_or_default())?;
    convert(parsed).map_err(|error| error.field.into_owned())
}

/// `body` with `value` put at `path`, such as `additionalValues[0].key`.
fn with(mut body: Value, path: &str, value: &Value) -> Value {
    let mut place = &mut body;
    for step in path.split('.') {
        let (key, index) = step.strip_suffix(']').and_then(|step| step.split_once('[')).unwrap_or((step, ""));
        place = &mut place[key];
        if let Ok(index) = index.parse::<usize>() {
            if place.is_null() {
                *place = Value::Array(vec![Value::Null; index + 1]);
            }
            place = &mut place[index];
        }
    }
    *place = value.clone();
    body
}

/// Text of `length` characters that are two bytes each.
fn long(length: usize) -> Value {
    "ä".repeat(length).into()
}

/// ASCII text of `length` characters.
fn ascii(length: usize) -> Value {
    "A".repeat(length).into()
}

/// Checks one member of a body: each of `accepted` and `null` is read, each of `refused` refused by the member's name.
fn check_member<R>(
    base: &Value,
    path: &str,
    accepted: &[Value],
    refused: &[Value],
    read: &impl Fn(&str) -> Result<R, String>,
) {
    for value in accepted {
        let body = with(base.clone(), path, value).to_string();
        let refusal = read(&body).err();
        assert_eq!(refusal, None, "{body}");
    }
    for value in refused {
        let body = with(base.clone(), path, value).to_string();
        let refusal = read(&body).err();
        assert_eq!(refusal.as_deref(), Some(path), "{body}");
    }
}
