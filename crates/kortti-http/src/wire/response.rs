//! What operations answer besides the things themselves.

use schemars::JsonSchema;
use serde::Serialize;

/// The answer to everything that creates or updates.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "resourceResponse")]
pub struct ResourceResponse<'a> {
    /// What was done.
    pub description: &'a str,
    /// The id of what was created or updated.
    pub id: String,
}

/// The answer to everything that went wrong.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "errorResponse")]
pub struct ErrorResponse<'a> {
    /// The HTTP status.
    #[schemars(example = &"400")]
    pub code: &'a str,
    /// What went wrong, for people.
    pub message: &'a str,
    /// Names this error in the log.
    #[schemars(extend("format" = "uuid"))]
    pub id: &'a str,
    /// Kortti's own code, which stays the same from release to release.
    pub error_code: &'a str,
    pub error_type: ErrorType,
    /// What exactly went wrong.
    pub error_reason: &'a str,
    /// When.
    #[schemars(extend("format" = "date-time"))]
    pub timestamp: &'a str,
}

/// The kind of an error: the request is wrong by itself; it does not fit what there is; another system failed; credentials or
/// rights are missing; something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
#[expect(clippy::enum_variant_names, reason = "the contract names them so")]
// With docs of their own the variants would become alternatives in the schema, where the contract has a plain enumeration.
pub enum ErrorType {
    StaticValidationError,
    DynamicValidationError,
    #[expect(dead_code, reason = "nothing calls another system yet")]
    IntegrationError,
    SecurityError,
    UnexpectedError,
}
