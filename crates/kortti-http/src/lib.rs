//! The HTTP face of Kortti: routes, wire types, error envelope, OpenAPI document.
//!
//! The spellings, sentinels and explicit nulls of the compatible API stop at the wire types of this crate.

mod api;
mod docs;
mod error_code;
mod json;
mod openapi;
mod operation;
mod problem;
mod query;
mod rate;
mod record;
mod request;
mod routes;
mod server;
pub mod spelling;
mod telemetry;
mod wire;

use std::time::Duration;

pub use api::{Settings, router};
pub use rate::RateLimits;
pub use server::serve;
pub use wire::{Explained, explained};

/// The OpenAPI document of everything there is, the sandbox's operations included.
#[must_use]
pub fn openapi_document() -> String {
    serde_json::to_string_pretty(&openapi::document(&routes::operations())).unwrap_or_default()
}

/// The table of error codes, as Markdown.
#[must_use]
pub fn error_table() -> String {
    error_code::markdown()
}

/// Keeps the figures small between two readings; runs until it is dropped.
pub async fn upkeep() {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        if let Some(recorder) = telemetry::recorder() {
            recorder.run_upkeep();
        }
    }
}
