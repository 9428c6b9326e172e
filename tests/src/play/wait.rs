//! Waiting in real time: with a name for what is waited for, news while it lasts, and an end.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::console::Console;

/// The world is looked at this often.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// A watcher is not left without a word for longer.
const NEWS_EVERY: Duration = Duration::from_secs(4);

/// Looks until there is something, and returns it. `what` is a sentence: it names what is waited for, and what did not happen if the
/// time is up.
pub(super) async fn until<T>(
    console: &Console,
    what: &str,
    within: Duration,
    mut look: impl FnMut() -> Option<T>,
) -> Result<T> {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        let waited = begun.elapsed();
        if waited >= within {
            bail!("this did not happen within {} s: {what}", within.as_secs());
        }
        if console.silence() >= NEWS_EVERY {
            console.step(&format!(
                "… waiting until {what} ({} s of {} s)",
                waited.as_secs(),
                within.as_secs()
            ));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
