//! Kortti's own operations.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use kortti_app::{App, JournalEvent};
use kortti_core::access::Scope;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{EVENTS_DEFAULT, EVENTS_MAX, size_schema};
use crate::{
    api::Api,
    error_code::ErrorCode,
    operation::{Access, Operation, Parameter},
    problem::Problem,
    request::{Input, Reply},
    wire::EventView,
};

/// From how many bytes on an answer has no further event.
const EVENTS_SIZE: usize = 4 << 20;

const EVENT_QUERY: &[Parameter] = &[
    Parameter {
        name: "after",
        description: "The cursor to go on from: the `next` of an earlier answer. The journal's beginning when absent.",
        schema: || schemars::json_schema!({ "type": "string", "pattern": "^[0-9]{1,19}$" }),
    },
    Parameter {
        name: "limit",
        description: "How many entries to read at most; fewer where they are very long.",
        schema: || size_schema(EVENTS_DEFAULT, EVENTS_MAX),
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
            .may_name_user()
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
pub struct Events {
    /// The events, oldest first.
    #[schemars(with = "Vec<EventView<'static>>")]
    events: Vec<Box<RawValue>>,
    /// The cursor that goes on from here.
    next: String,
}

impl Events {
    /// These events, or as many of them as an answer holds, and at least one; `next` goes on from all of them.
    fn of(events: &[JournalEvent], next: u64) -> serde_json::Result<Self> {
        let (mut written, mut size) = (Vec::with_capacity(events.len()), 0);
        for event in events {
            if size >= EVENTS_SIZE {
                let next = event.entry.sequence - 1;
                return Ok(Self { events: written, next: next.to_string() });
            }
            let event = to_raw_value(&EventView::of(event))?;
            size += event.get().len();
            written.push(event);
        }
        Ok(Self { events: written, next: next.to_string() })
    }
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
    // Many events are many words.
    let answer = move |_: &App| {
        let events = Events::of(&events, next).map_err(|_| Problem::new(ErrorCode::Unexpected))?;
        Reply::json(StatusCode::OK, &events)
    };
    api.app.apart(answer).await?
}

async fn certificates(api: Arc<Api>, _: Input) -> Result<Reply, Problem> {
    Ok(Reply::text("application/x-pem-file", api.app.certificates()?.concat()))
}
