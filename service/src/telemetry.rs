//! The log: one line for one fact, as JSON where a machine reads it and as text on a terminal. And traces, where a collector is told and
//! the program was built with the feature `otlp`.
//!
//! Never logged: bodies of deliveries, tokens, keys, signatures, and addresses with a query.

#[cfg(feature = "otlp")]
mod otlp;

use std::io::IsTerminal;

use axum::http::HeaderMap;
use tracing::{Span, Subscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layered, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

/// What a part of the log gets: spans and events that are wanted.
type Wanted = Layered<EnvFilter, Registry>;
type Part = Box<dyn Layer<Wanted> + Send + Sync>;

/// What has to last as long as something may be logged. Dropped, it sends what has not been sent.
#[must_use]
#[derive(Debug)]
pub struct Telemetry {
    #[cfg(feature = "otlp")]
    _traces: Option<otlp::Traces>,
}

/// Begins to log, unless this process does already. `words` say what, in the form of `RUST_LOG`; `collector` is the address of an `OTLP`
/// collector, to which spans are sent.
pub fn start(words: &str, collector: Option<&str>) -> Telemetry {
    let mut parts = vec![if std::io::stderr().is_terminal() {
        fmt::layer().with_writer(std::io::stderr).with_target(false).boxed()
    } else {
        json(std::io::stderr)
    }];
    let (telemetry, trouble) = trace(collector, &mut parts);
    // An error only says that there is a log already.
    _ = Registry::default().with(filter(words)).with(parts).try_init();
    if let Some(trouble) = trouble {
        tracing::warn!("no traces are sent: {trouble}");
    }
    telemetry
}

/// Adds the part that sends spans to the collector; answers also why it could not.
#[cfg(feature = "otlp")]
fn trace(collector: Option<&str>, parts: &mut Vec<Part>) -> (Telemetry, Option<String>) {
    let Some(collector) = collector else { return (Telemetry { _traces: None }, None) };
    match otlp::Traces::to(collector) {
        Ok((traces, part)) => {
            parts.push(part);
            (Telemetry { _traces: Some(traces) }, None)
        }
        Err(why) => (Telemetry { _traces: None }, Some(why)),
    }
}

#[cfg(not(feature = "otlp"))]
fn trace(collector: Option<&str>, _: &mut Vec<Part>) -> (Telemetry, Option<String>) {
    (Telemetry {}, collector.map(|_| "the program was built without the feature `otlp`".to_owned()))
}

/// Makes a request's span a part of the trace that its `traceparent` names, where traces are sent: <https://www.w3.org/TR/trace-context/>
#[cfg(feature = "otlp")]
pub fn adopt(span: &Span, headers: &HeaderMap) {
    otlp::adopt(span, headers);
}

/// Does nothing: no traces are sent.
#[cfg(not(feature = "otlp"))]
pub fn adopt(_: &Span, _: &HeaderMap) {}

/// The log as machines read it, for whoever wants to have it elsewhere than on standard error.
pub fn json_log(
    words: &str,
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
) -> impl Subscriber + Send + Sync {
    Registry::default().with(filter(words)).with(json(writer))
}

fn json(writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static) -> Part {
    let layer = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    layer.with_writer(writer).boxed()
}

fn filter(words: &str) -> EnvFilter {
    // The client's own lines repeat what the jobs say, at a level that is too high for an answer that a job deals with.
    EnvFilter::try_new(format!("octocrab=off,{words}"))
        .unwrap_or_else(|_| EnvFilter::new("octocrab=off,info"))
}
