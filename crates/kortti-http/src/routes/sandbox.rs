//! The sandbox's operations. Without `--sandbox` they do not exist.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use kortti_app::{AppError, ClockMove};
use kortti_core::{access::Scope, decide::Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    api::Api,
    error_code::ErrorCode,
    operation::{Access, Operation},
    problem::Problem,
    request::{Input, Reply},
    wire::DateTime,
};

const TAG: &str = "Sandbox";
const SANDBOX: Access = Access::Scope(Scope::Sandbox);
/// The furthest that the clock can be moved in one go, in seconds: two hundred years.
const SECONDS_MAX: i64 = 6_311_520_000;

pub fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::GET, "/sandbox/v1/clock", "readClock", SANDBOX, read)
            .about(TAG, "Read the clock", "")
            .answers::<ClockView>(200)
            .in_sandbox(),
        Operation::new(Method::POST, "/sandbox/v1/clock/advance", "advanceClock", SANDBOX, advance)
            .about(
                TAG,
                "Move the clock forward",
                "By `seconds`, or `to` an instant. Everything that falls due on the way has happened, in order, when the answer comes.",
            )
            .takes::<Advance>()
            .answers::<ClockView>(200)
            .in_sandbox(),
        Operation::new(Method::DELETE, "/sandbox/v1/data", "startOver", SANDBOX, start_over)
            .about(TAG, "Start over", "Deletes everything and puts the fixtures back.")
            .answers_nothing()
            .in_sandbox(),
    ]
}

/// What the clock shows.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "clock")]
struct ClockView {
    /// The time of the whole system.
    #[schemars(extend("format" = "date-time"))]
    now: String,
}

/// Where the clock is moved: exactly one of the two.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "advanceClock")]
struct Advance {
    /// By how many seconds.
    #[schemars(range(min = 0, max = 6_311_520_000_i64))]
    seconds: Option<i64>,
    /// To which instant, RFC 3339.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    to: Option<DateTime>,
}

fn clock(api: &Api) -> Result<Reply, Problem> {
    Reply::json(StatusCode::OK, &ClockView { now: api.app.ledger().clock().now().rfc3339() })
}

async fn read(api: Arc<Api>, _: Input) -> Result<Reply, Problem> {
    clock(&api)
}

async fn advance(api: Arc<Api>, mut input: Input) -> Result<Reply, Problem> {
    let wrong = |field: &str, reason: &str| Problem::field(ErrorCode::FieldInvalid, field, reason);
    let request: Advance = input.body()?;
    let to = match (request.seconds, request.to) {
        (Some(seconds), None) if (0..=SECONDS_MAX).contains(&seconds) => ClockMove::By { ms: seconds * 1000 },
        (Some(_), None) => return Err(wrong("seconds", "must be 0 to 6311520000")),
        (None, Some(to)) => ClockMove::To(to.0),
        _ => return Err(wrong("seconds", "exactly one of seconds and to must be given")),
    };
    input.caller.audit_user = "sandbox clock".into();
    let moved = api.app.advance_clock(&input.caller, to).await;
    moved.map_err(|error| {
        let is_far = matches!(error, AppError::Refused(Refusal::ClockTooFar));
        let problem = Problem::from(error);
        if is_far && request.seconds.is_some() { problem.about("seconds") } else { problem }
    })?;
    clock(&api)
}

async fn start_over(api: Arc<Api>, _: Input) -> Result<Reply, Problem> {
    api.app.start_over(api.settings.sandbox_products.clone()).await?;
    Ok(Reply::nothing())
}
