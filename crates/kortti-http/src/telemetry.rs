//! Figures about the running system, in Prometheus text.

use std::{sync::OnceLock, time::Duration};

use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper bounds of the latency buckets, in seconds.
const LATENCY_S: [f64; 14] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
/// Upper bounds of the buckets that count commands in a batch.
const BATCH: [f64; 8] = [1.0, 2.0, 4.0, 16.0, 64.0, 256.0, 512.0, 1024.0];

/// The recorder of this process. There is one, whoever asks first sets it up.
pub(crate) fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let set_up = || {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Full("kortti_http_request_seconds".into()), &LATENCY_S)
            .and_then(|builder| {
                builder.set_buckets_for_metric(Matcher::Full("kortti_batch_commands".into()), &BATCH)
            });
        builder.ok()?.install_recorder().ok()
    };
    RECORDER.get_or_init(set_up).as_ref()
}

/// The figures of one operation.
pub(crate) struct Figures {
    seconds: Histogram,
    statuses: [Counter; 5],
}

impl Figures {
    pub fn of(operation: &str) -> Self {
        recorder();
        let counter = |class: &'static str| metrics::counter!("kortti_http_requests_total", "operation" => operation.to_owned(), "status" => class);
        Self {
            seconds: metrics::histogram!("kortti_http_request_seconds", "operation" => operation.to_owned()),
            statuses: ["1xx", "2xx", "3xx", "4xx", "5xx"].map(counter),
        }
    }

    pub fn note(&self, status: u16, took: Duration) {
        self.seconds.record(took.as_secs_f64());
        if let Some(counter) = self.statuses.get(usize::from(status / 100).saturating_sub(1)) {
            counter.increment(1);
        }
    }
}
