//! What an operation gets and what it answers.

use axum::{
    body::{Body, Bytes},
    extract::RawPathParams,
    http::{HeaderValue, Response, StatusCode, header},
};
use kortti_app::Caller;
use serde::{Serialize, de::DeserializeOwned};

use crate::{error_code::ErrorCode, json, problem::Problem, query::Query, wire::parse_id};

/// What an operation gets: everything that can be checked before it has been.
pub struct Input {
    /// Who asks.
    pub caller: Caller,
    pub(crate) path: RawPathParams,
    /// The query.
    pub query: Query,
    pub(crate) body: Vec<u8>,
}

impl Input {
    /// A path parameter that is an id: 1 to 18 digits.
    ///
    /// # Errors
    /// 400 naming it.
    pub fn id(&self, name: &str) -> Result<i64, Problem> {
        let text = self.text(name)?;
        parse_id(text).ok_or_else(|| {
            Problem::field(ErrorCode::PathInvalid, name, "must be 1 to 18 digits, not all of them zero")
        })
    }

    /// A path parameter as it stands.
    ///
    /// # Errors
    /// 400 naming it.
    pub fn text(&self, name: &str) -> Result<&str, Problem> {
        let found = self.path.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
        found.ok_or_else(|| Problem::field(ErrorCode::PathInvalid, name, "is missing"))
    }

    /// The body.
    ///
    /// # Errors
    /// 400 naming what is wrong with it.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        Ok(json::parse(&self.body)?)
    }
}

/// What an operation answers.
pub struct Reply {
    status: StatusCode,
    media_type: &'static str,
    body: Bytes,
    /// The id of what was looked for by something else.
    pub(crate) found: Option<i64>,
}

impl Reply {
    /// JSON.
    ///
    /// # Errors
    /// 500 when the value has no JSON form, which would be our mistake.
    pub fn json<T: Serialize>(status: StatusCode, value: &T) -> Result<Self, Problem> {
        let mut body = Vec::with_capacity(2048);
        serde_json::to_writer(&mut body, value).map_err(|_| Problem::new(ErrorCode::Unexpected))?;
        Ok(Self { status, media_type: "application/json", body: body.into(), found: None })
    }

    /// Text of a media type.
    pub fn text(media_type: &'static str, text: impl Into<Bytes>) -> Self {
        Self { status: StatusCode::OK, media_type, body: text.into(), found: None }
    }

    /// Text with another status than 200.
    pub fn text_with(status: StatusCode, media_type: &'static str, text: impl Into<Bytes>) -> Self {
        Self { status, ..Self::text(media_type, text) }
    }

    /// Nothing.
    pub const fn nothing() -> Self {
        Self { status: StatusCode::NO_CONTENT, media_type: "", body: Bytes::new(), found: None }
    }

    /// Says of what it is that was looked for by something else than its id.
    pub fn of(self, found: Option<i64>) -> Self {
        Self { found, ..self }
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        if !self.media_type.is_empty() {
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        }
        response
    }
}
