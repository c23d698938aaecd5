//! Strict reading of request bodies.

use serde::de::DeserializeOwned;

/// What is wrong with a body. It repeats nothing that the caller sent: there might be a card number in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct BodyError {
    /// The kind of fault.
    pub kind: BodyErrorKind,
    /// The path of the member, such as `usageLimits[0].values[1].singleAmount`; none for the body as a whole.
    pub field: Option<String>,
    /// What is wrong, to be read after the path.
    pub problem: String,
}

/// The kinds of faults of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyErrorKind {
    /// Not UTF-8.
    NotUtf8,
    /// Not JSON.
    Malformed,
    /// An object with the same key twice.
    DuplicateKey,
    /// Objects and arrays inside each other too often.
    TooDeep,
    /// Not what the operation reads.
    Invalid,
}

/// Reads a body.
///
/// # Errors
/// The first fault.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BodyError> {
    serde_json::from_slice(bytes).map_err(|_| BodyError {
        kind: BodyErrorKind::Invalid,
        field: None,
        problem: String::new(),
    })
}
