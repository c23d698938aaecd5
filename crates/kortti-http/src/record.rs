//! What the log says of a request.

use std::time::{Duration, Instant};

use axum::{
    body::Body,
    http::{HeaderValue, Response},
};
use kortti_app::Caller;
use kortti_core::time::Timestamp;
use uuid::Uuid;

use crate::problem::Problem;

/// A request that is being answered.
pub struct Record<'a> {
    /// Under which id it stands in log and journal.
    pub id: Uuid,
    operation: &'a str,
    begun: Instant,
}

/// Who read what. Changes stand in the journal with whoever made them; of reads only the log tells.
pub struct Reader {
    client: Box<str>,
    audit_user: Box<str>,
    path: Box<str>,
}

impl Reader {
    /// Of a request, whose path may be written down only if there is what it names: it can hold a card number in place of an
    /// id.
    pub fn of(caller: &Caller, path: &str) -> Self {
        Self { client: caller.client.clone(), audit_user: caller.audit_user.clone(), path: path.into() }
    }
}

impl<'a> Record<'a> {
    /// Of a request that has just come.
    pub fn begin(operation: &'a str) -> Self {
        Self { id: Uuid::now_v7(), operation, begun: Instant::now() }
    }

    /// How long it has taken so far.
    pub fn took(&self) -> Duration {
        self.begun.elapsed()
    }

    /// The answer to one that went well.
    pub fn close(&self, response: Response<Body>, reader: Option<Reader>) -> Response<Body> {
        let (status, micros) = (response.status().as_u16(), self.micros());
        let (id, operation) = (self.id, self.operation);
        match reader.filter(|_| status < 400) {
            Some(Reader { client, audit_user, path }) => {
                tracing::info!(request.id = %id, operation, client, audit_user, path, status, micros, "read");
            }
            // What changed stands in the journal; the log need not repeat it.
            None => tracing::debug!(request.id = %id, operation, status, micros, "answered"),
        }
        self.named(response)
    }

    /// The answer to one that did not, in which `now` stands.
    pub fn refuse(&self, problem: Problem, now: Timestamp) -> Response<Body> {
        let (error, code) = (Uuid::new_v4(), problem.code().code());
        let response = problem.respond(error, now);
        let (status, micros) = (response.status().as_u16(), self.micros());
        let (id, operation) = (self.id, self.operation);
        tracing::info!(request.id = %id, operation, status, micros, error.id = %error, error.code = code, "refused");
        self.named(response)
    }

    fn micros(&self) -> u64 {
        u64::try_from(self.took().as_micros()).unwrap_or(u64::MAX)
    }

    /// Tells the caller under which id the request stands in log and journal.
    fn named(&self, mut response: Response<Body>) -> Response<Body> {
        if let Ok(value) = HeaderValue::from_str(&self.id.to_string()) {
            response.headers_mut().insert("x-request-id", value);
        }
        response
    }
}
