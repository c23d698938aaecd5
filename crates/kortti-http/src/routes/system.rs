//! Health, figures and documents, for anybody.

use std::sync::Arc;

use axum::http::{Method, StatusCode};

use crate::{
    api::Api,
    operation::{Access, Operation},
    problem::Problem,
    request::{Input, Reply},
    telemetry,
};

const TAG: &str = "System";
const PLAIN: &str = "text/plain";
const READY: &str = "503 while no process decides, while the clock of the process's machine is far from that of its database, and \
                     while the store fails: its database is away, or its disk is full, which the first write that fails finds \
                     out. Whether that is over the process finds out without being asked; on PostgreSQL a record that found no room \
                     counts for ten seconds.";

pub fn operations() -> Vec<Operation> {
    let public = |path, id| (Method::GET, path, id, Access::Public);
    let (method, path, id, access) = public("/health/live", "healthLive");
    let live = Operation::new(method, path, id, access, live)
        .about(TAG, "Whether the process answers", "")
        .answers_text(PLAIN);
    let (method, path, id, access) = public("/health/ready", "healthReady");
    let ready = Operation::new(method, path, id, access, ready)
        .about(TAG, "Whether the process can do its work", READY)
        .answers_text(PLAIN);
    let (method, path, id, access) = public("/metrics", "metrics");
    let metrics = Operation::new(method, path, id, access, metrics)
        .about(TAG, "Figures in Prometheus text", "")
        .answers_text(PLAIN);
    let (method, path, id, access) = public("/openapi.json", "openapi");
    let openapi = Operation::new(method, path, id, access, openapi)
        .about(TAG, "This document", "")
        .answers_text("application/json");
    let (method, path, id, access) = public("/docs", "docs");
    let docs = Operation::new(method, path, id, access, docs)
        .about(TAG, "This document to read in a browser", "")
        .answers_text("text/html");
    vec![live, ready, metrics, openapi, docs]
}

async fn live(_: Arc<Api>, _: Input) -> Result<Reply, Problem> {
    Ok(Reply::text(PLAIN, "live\n"))
}

async fn ready(api: Arc<Api>, _: Input) -> Result<Reply, Problem> {
    let ledger = api.app.ledger();
    let works = ledger.is_running() && ledger.is_led() && ledger.has_store();
    if works && !api.is_taken() {
        return Ok(Reply::text(PLAIN, "ready\n"));
    }
    Ok(Reply::text_with(StatusCode::SERVICE_UNAVAILABLE, PLAIN, "not ready\n"))
}

async fn metrics(api: Arc<Api>, _: Input) -> Result<Reply, Problem> {
    let ledger = api.app.ledger();
    metrics::gauge!("kortti_cards").set(ledger.state().card_count() as f64);
    metrics::gauge!("kortti_journal_sequence").set(*ledger.committed().borrow() as f64);
    metrics::gauge!("kortti_leading").set(f64::from(u8::from(ledger.is_leading())));
    metrics::gauge!("kortti_commands_waiting").set(ledger.waiting() as f64);
    let text = telemetry::recorder().map(metrics_exporter_prometheus::PrometheusHandle::render);
    Ok(Reply::text("text/plain; version=0.0.4", text.unwrap_or_default()))
}

async fn openapi(api: Arc<Api>, _: Input) -> Result<Reply, Problem> {
    Ok(Reply::text("application/json", api.document.clone()))
}

async fn docs(api: Arc<Api>, _: Input) -> Result<Reply, Problem> {
    Ok(Reply::text("text/html; charset=utf-8", api.docs.clone()))
}
