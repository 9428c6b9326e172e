//! The end of every story: what must hold then, and what is told of it.

use std::io::Write;

use chrono::TimeDelta;
use orchestrator::store;

use crate::app::TestApp;

/// Demands that nothing is unread, nothing waits, nothing was given up, and everything is shown.
pub(crate) async fn audit(app: &TestApp) {
    let transcript = || app.github.transcript().join("\n");
    assert_eq!(app.github.unhandled(), Vec::<String>::new(), "GitHub has no such route");
    assert_eq!(
        app.github.contract_violations(),
        Vec::<String>::new(),
        "GitHub's description allows no such request"
    );
    assert_eq!(app.github.unused_faults(), Vec::<String>::new(), "a fault was never met");
    assert_eq!(app.github.hooks_len(), 0, "webhooks were not delivered:\n{}", transcript());
    let mut tx = app.app.store.read().await.expect("the database answers");
    for state in ["ready", "running", "dead"] {
        let jobs = store::job::list(&mut tx, Some(state), 10).await.expect("the database answers");
        assert!(jobs.is_empty(), "{state} jobs are left: {jobs:#?}\n{}", transcript());
    }
    let later = app.github.now() + TimeDelta::days(1);
    let unpublished = store::report::list_unpublished(&mut tx, later).await.expect("the database answers");
    assert!(unpublished.is_empty(), "not shown: {unpublished:#?}");
}

/// Adds to the figure that `cargo xtask test` prints.
pub(crate) fn report_validated(requests: u64) {
    let Some(path) = std::env::var_os("PFO_TEST_REPORT") else { return };
    let file = std::fs::File::options().create(true).append(true).open(path);
    let mut file = file.expect("the report file can be written");
    writeln!(file, "github requests validated: {requests}").expect("the report file can be written");
}
