//! Finding one's way in an OpenAPI document that may hold anything.

use serde_json::{Map, Value};

/// How many references are followed one after the other; more can only be a circle.
const HOPS_MAX: usize = 16;

/// An OpenAPI document.
#[derive(Clone, Copy)]
pub(super) struct Document<'a>(pub &'a Value);

/// The text at `key`.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

impl<'a> Document<'a> {
    /// What `value` is, or what it refers to.
    pub(super) fn resolve(self, mut value: &'a Value) -> &'a Value {
        for _ in 0..HOPS_MAX {
            let Some(reference) = text(value, "$ref") else { return value };
            let Some(target) = reference.strip_prefix('#').and_then(|pointer| self.0.pointer(pointer)) else {
                return value;
            };
            value = target;
        }
        value
    }

    /// The members of a schema with references followed and `allOf` folded in; its own members go first.
    pub(super) fn flatten(self, schema: &'a Value) -> Map<String, Value> {
        self.flatten_within(schema, HOPS_MAX)
    }

    fn flatten_within(self, schema: &'a Value, hops: usize) -> Map<String, Value> {
        let schema = self.resolve(schema);
        let mut members = schema.as_object().cloned().unwrap_or_default();
        members.remove("allOf");
        let Some(rest) = hops.checked_sub(1) else { return members };
        for part in schema["allOf"].as_array().into_iter().flatten() {
            for (key, value) in self.flatten_within(part, rest) {
                match (members.get_mut(&key), value) {
                    (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
                    (Some(Value::Array(known)), Value::Array(more)) => known.extend(more),
                    (Some(_), _) => {}
                    (None, value) => {
                        members.insert(key, value);
                    }
                }
            }
        }
        members
    }
}
