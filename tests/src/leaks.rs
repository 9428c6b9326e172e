//! Looks at whatever leaves the service while stories are told (lines of its log, answers of its API, requests to GitHub) for what may be in
//! none of them: the tests' own secrets (S17, S19).

use std::io;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use orchestrator::telemetry::json_log;
use tracing_subscriber::fmt::MakeWriter;

use crate::github::PRIVATE_KEY;
use crate::google::issuer::ACCOUNT_PRIVATE_KEY;
use crate::world::{API_KEY, WEBHOOK_SECRET};

/// How everything begins that both stand-ins give out as a token, how each token that is signed begins, and what planted secrets contain.
const BEGINNINGS: [&str; 4] = ["ghs_test", "ya29.test-", "eyJ0eXAiOiJKV1Qi", "canary-"];
/// More than production logs: what is logged only when somebody looks for a fault is read by more people than anything else.
const LEVELS: &str = "info,orchestrator=debug";
/// How much of a text is shown around a secret, in bytes on each side.
const SHOWN: usize = 200;

static FOUND: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// From now on every line of the log is looked at, for as long as the process lives. A story with a log of its own is left alone.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let log = json_log(LEVELS, Watched);
        tracing::subscriber::set_global_default(log).expect("nobody else has set a log for the process");
    });
}

/// Demands that no line so far had a secret in it.
pub(crate) fn none_logged() {
    assert_eq!(*found(), Vec::<String>::new(), "a secret is in the log");
}

/// What is around the first secret in a text, without it; none when there is no secret.
pub(crate) fn around(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    // Lines from the middle: around them there may be other text than a key's.
    let keys = [PRIVATE_KEY, ACCOUNT_PRIVATE_KEY].map(|key| key.lines().nth(2).expect("a key of many lines"));
    let secrets = keys.into_iter().chain([WEBHOOK_SECRET, API_KEY]).chain(BEGINNINGS);
    let (place, secret) = secrets.filter_map(|secret| Some((text.find(secret)?, secret))).min()?;
    let (before, after) = (&text[..place], &text[place + secret.len()..]);
    let from = before.ceil_char_boundary(before.len().saturating_sub(SHOWN));
    Some(format!("{}<secret>{}", &before[from..], &after[..after.floor_char_boundary(SHOWN)]))
}

fn found() -> MutexGuard<'static, Vec<String>> {
    FOUND.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A log that keeps nothing but lines with a secret in them.
struct Watched;

impl io::Write for Watched {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        found().extend(around(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Watched {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s17_a_secret_is_noticed_wherever_it_stands_and_is_not_shown() {
        let key = PRIVATE_KEY.lines().nth(2).expect("a line");
        for secret in [key, API_KEY, WEBHOOK_SECRET, "ghs_test0001", "canary-1"] {
            let around =
                around(format!("{} before {secret} after", "é".repeat(300)).as_bytes()).expect(secret);
            assert!(around.contains(" before <secret>") && around.ends_with(" after"), "{around}");
            assert!(!around.contains(secret), "{around}");
        }
        assert_eq!(around(b"nothing of the kind: ghs_, a key, a canary"), None);
    }

    #[test]
    fn s17_a_line_of_the_log_with_a_secret_fails_the_story() {
        watch();
        tracing::info!(target: "orchestrator::tests", token = "ghs_test0002", "a mistake");
        let lines = found().clone();
        assert!(
            matches!(lines.as_slice(), [line] if line.contains("\"token\":\"<secret>0002\"")),
            "{lines:?}"
        );
        assert!(std::panic::catch_unwind(none_logged).is_err());
    }
}
