//! Traces for a collector, by `OTLP` over HTTP: <https://opentelemetry.io/docs/specs/otlp/#otlphttp>. Spans are gathered and sent by a thread
//! of their own; where the collector is away they are dropped, and nothing waits for it.

use std::time::Duration;

use axum::http::HeaderMap;
use opentelemetry::KeyValue;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;

use super::Part;

const SERVICE: &str = "pangeo-forge-orchestrator";
/// A stop does not wait for longer.
const FLUSHED_WITHIN: Duration = Duration::from_secs(2);

/// The way to the collector.
#[derive(Debug)]
pub(super) struct Traces(SdkTracerProvider);

impl Traces {
    /// To the collector at this address, without the path of its traces; with the part of the log that sends them.
    pub(super) fn to(collector: &str) -> Result<(Self, Part), String> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", collector.trim_end_matches('/')))
            .build()
            .map_err(|error| error.to_string())?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource = Resource::builder().with_service_name(SERVICE).with_attribute(version).build();
        let provider =
            SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer(SERVICE));
        Ok((Self(provider), layer.boxed()))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // What could not be sent by now is lost, and the log is about to end.
        _ = self.0.shutdown_with_timeout(FLUSHED_WITHIN);
    }
}

/// The headers of a request, as they are read here.
struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(axum::http::HeaderName::as_str).collect()
    }
}

pub(super) fn adopt(span: &Span, headers: &HeaderMap) {
    if headers.contains_key("traceparent") {
        // An error says that spans go to no collector.
        _ = span.set_parent(TraceContextPropagator::new().extract(&Headers(headers)));
    }
}
