//! What the log says of a request. Changes stand in the journal with whoever made them; of reads and refusals only the log tells.

use std::time::{Duration, Instant};

use axum::{
    body::Body,
    http::{HeaderValue, Response},
};
use kortti_app::Caller;
use kortti_core::time::Timestamp;
use uuid::Uuid;

use crate::{problem::Problem, request::Reply};

/// A request that is being answered.
pub struct Record<'a> {
    /// Under which id it stands in log and journal.
    pub id: Uuid,
    operation: &'a str,
    begun: Instant,
    /// The client that proved who it is.
    client: Option<Box<str>>,
    reader: Option<Reader>,
}

/// In whose name a client reads, and what.
struct Reader {
    audit_user: Box<str>,
    path: Box<str>,
}

impl<'a> Record<'a> {
    /// Of a request that has just come.
    pub fn begin(operation: &'a str) -> Self {
        Self { id: Uuid::now_v7(), operation, begun: Instant::now(), client: None, reader: None }
    }

    /// Notes who asks.
    pub fn note_client(&mut self, caller: &Caller) {
        self.client = Some(caller.client.clone());
    }

    /// Notes what is read. It is said only if it was found: the path can hold a card number in place of an id.
    pub fn note_reader(&mut self, caller: &Caller, path: &str) {
        self.reader = Some(Reader { audit_user: caller.audit_user.clone(), path: path.into() });
    }

    /// How long it has taken so far.
    pub fn took(&self) -> Duration {
        self.begun.elapsed()
    }

    /// The answer to one that went well.
    pub fn close(&self, reply: Reply) -> Response<Body> {
        let found = reply.found;
        let response = reply.into_response();
        let (id, operation, client) = (self.id, self.operation, self.client.as_deref());
        let (status, micros) = (response.status().as_u16(), self.micros());
        match &self.reader {
            Some(Reader { audit_user, path }) => {
                tracing::info!(request.id = %id, operation, client, audit_user, path, found, status, micros, "read");
            }
            None => tracing::debug!(request.id = %id, operation, client, status, micros, "answered"),
        }
        self.named(response)
    }

    /// The answer to one that did not, in which `now` stands.
    pub fn refuse(&self, problem: Problem, now: Timestamp) -> Response<Body> {
        let (error, code) = (Uuid::new_v4(), problem.code().code());
        let response = problem.respond(error, now);
        let (id, operation, client) = (self.id, self.operation, self.client.as_deref());
        let (status, micros) = (response.status().as_u16(), self.micros());
        tracing::info!(
            request.id = %id, operation, client, status, micros, error.id = %error, error.code = code, "refused"
        );
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
