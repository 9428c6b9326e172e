//! The log: one line for one fact, as JSON where a machine reads it and as text on a terminal.
//!
//! Never logged: bodies of deliveries, tokens, keys, signatures, and addresses with a query.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Begins to log, unless this process does already. `filter` is in the form of `RUST_LOG`.
pub fn start(filter: &str) {
    // The client's own lines repeat what the jobs say, at a level that is too high for an answer that a job deals with.
    let filter = EnvFilter::try_new(format!("octocrab=off,{filter}"))
        .unwrap_or_else(|_| EnvFilter::new("octocrab=off,info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // An error only says that there is a log already.
    _ = if std::io::stderr().is_terminal() {
        builder.with_target(false).try_init()
    } else {
        builder.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    };
}
