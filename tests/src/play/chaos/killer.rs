//! Ends the service with SIGKILL at random moments, and starts it again at once.
//!
//! Moments are chosen where something happens: so many webhooks and requests to GitHub after it listens, and a few milliseconds
//! more; one kill in eight falls into the start itself.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::chance::Chance;
use crate::github::FakeGithub;
use crate::play::console::Console;
use crate::play::postman::Mail;
use crate::play::service::Service;
use crate::world::STAGED;

/// Webhooks and requests between two kills. A story takes about forty, and a dozen go on at once: with fewer, a job would too often
/// be met by twelve kills in a row, which is when the service gives a job up, and rightly.
const MOST_EVENTS: u64 = 200;
const MOST_AFTER_EVENT: Duration = Duration::from_millis(25);
const MOST_AFTER_START: Duration = Duration::from_millis(120);
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// A service that waits for GitHub's lists to catch up is quiet for twenty seconds at most.
const QUIET_AT_MOST: Duration = Duration::from_mins(1);
const TELL_EVERY: u64 = 10;

/// What the killer watches, and how it chooses.
pub(super) struct Killer {
    /// Its requests are events.
    pub(super) github: FakeGithub,
    /// Its deliveries are events, too.
    pub(super) mail: Arc<Mail>,
    /// Is told of every tenth kill.
    pub(super) console: Arc<Console>,
    /// Chooses the moments.
    pub(super) chance: Chance,
}

impl Killer {
    /// Kills and restarts the service so many times. It runs and listens afterwards.
    pub(super) async fn kill(&mut self, service: &mut Service, kills: u64) -> Result<()> {
        for number in 1..=kills {
            if self.chance.between(1, 8) == 1 {
                tokio::time::sleep(self.chance.up_to(MOST_AFTER_START)).await;
            } else {
                service.listening().await?;
                self.wait_for_events(service).await?;
                tokio::time::sleep(self.chance.up_to(MOST_AFTER_EVENT)).await;
            }
            service.kill().await?;
            service.start()?;
            if number % TELL_EVERY == 0 {
                let pulls = self.github.read(|world| world.repositories[STAGED].pulls.len());
                let refused = self.mail.refused.load(Ordering::Relaxed);
                self.console.step(&format!(
                    "{number} of {kills} kills; {pulls} pull requests, {} webhooks and requests, {refused} deliveries repeated",
                    self.events()
                ));
            }
        }
        service.listening().await?;
        Ok(())
    }

    async fn wait_for_events(&mut self, service: &mut Service) -> Result<()> {
        let goal = self.events() + self.chance.between(1, MOST_EVENTS);
        let begun = Instant::now();
        while self.events() < goal {
            if let Some(status) = service.exit_status()? {
                bail!("the service ended by itself: {status}");
            }
            if begun.elapsed() > QUIET_AT_MOST {
                // Killed all the same: in a quiet time, too, nothing may be lost.
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// Everything that has passed between the service and GitHub, in either direction.
    fn events(&self) -> u64 {
        let events = self.github.request_count() + self.mail.attempts.load(Ordering::Relaxed);
        u64::try_from(events).unwrap_or(u64::MAX)
    }
}
