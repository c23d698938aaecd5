//! Kortti's own operations.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use kortti_core::access::Scope;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    api::Api,
    error_code::ErrorCode,
    operation::{Access, Operation, Parameter},
    problem::Problem,
    request::{Input, Reply},
    wire::EventView,
};

const EVENTS_MAX: usize = 1000;
const EVENTS_DEFAULT: usize = 100;

const EVENT_QUERY: &[Parameter] = &[
    Parameter {
        name: "after",
        description: "The cursor to go on from: the `next` of an earlier answer. The journal's beginning when absent.",
        schema: || schemars::json_schema!({ "type": "string", "pattern": "^[0-9]{1,19}$" }),
    },
    Parameter {
        name: "limit",
        description: "How many entries to read at most.",
        schema: || schemars::json_schema!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": 1000, "default": 100 }),
    },
];

pub fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::GET, "/kortti/v1/events", "listEvents", Access::Scope(Scope::EventsRead), events)
            .about(
                "Journal",
                "Read the journal",
                "Oldest first. Every change stands in it, once, in the order in which it happened: what, when, by whom, before and \
                 after. Each event carries the hash of the journal entry before it.",
            )
            .with_query(EVENT_QUERY)
            .answers::<Events>(200),
        Operation::new(
            Method::GET,
            "/kortti/v1/certificates/jwe",
            "listJweCertificates",
            Access::Scope(Scope::CardsRead),
            certificates,
        )
        .about(
            "Certificates",
            "Read the certificates that card numbers are encrypted to",
            "PEM, the newest first. All of them are accepted; encrypt to the first.",
        )
        .answers_text("application/x-pem-file"),
    ]
}

/// A part of the journal.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "events")]
pub struct Events<'a> {
    /// The events, oldest first.
    events: Vec<EventView<'a>>,
    /// The cursor that goes on from here.
    next: String,
}

async fn events(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let cursor = |text: &str| {
        let digits = (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let after = digits
            .then(|| text.parse::<u64>().ok())
            .flatten()
            .filter(|after| *after <= i64::MAX.cast_unsigned());
        after.ok_or_else(|| Problem::field(ErrorCode::QueryInvalid, "after", "is no cursor"))
    };
    let after = input.query.text("after").map_or(Ok(0), cursor)?;
    if after > api.app.journal_end()? {
        return Err(Problem::field(ErrorCode::QueryInvalid, "after", "is no cursor that was given out"));
    }
    let limit = input.query.number("limit", EVENTS_DEFAULT, 1, EVENTS_MAX)?;
    let (events, next) = api.app.events(input.caller.institution, after, limit).await?;
    let events = events.iter().map(EventView::of).collect();
    Reply::json(StatusCode::OK, &Events { events, next: next.to_string() })
}

async fn certificates(api: Arc<Api>, _: Input) -> Result<Reply, Problem> {
    Ok(Reply::text("application/x-pem-file", api.app.certificates()?.concat()))
}
