//! Brings the world's webhooks to the service over HTTP, each as soon as it is there, and again for as long as it is not taken, as an
//! operator would have GitHub do it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::console::Console;
use crate::github::{FakeGithub, Hook};
use crate::world::WEBHOOK_SECRET;

/// GitHub waits this long for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
const AGAIN_AFTER: Duration = Duration::from_millis(100);
/// A service that takes a webhook at none of many attempts is broken.
const GIVE_UP_AFTER: Duration = Duration::from_mins(1);

/// How the deliveries go.
#[derive(Debug, Default)]
pub(super) struct Mail {
    /// How often a webhook was sent off.
    pub(super) attempts: AtomicUsize,
    /// How many of these were not taken.
    pub(super) refused: AtomicUsize,
    /// How many webhooks are under way.
    pub(super) under_way: AtomicUsize,
}

/// Brings webhooks.
#[derive(Debug, Clone)]
pub(super) struct Postman {
    github: FakeGithub,
    service: watch::Receiver<Option<SocketAddr>>,
    console: Arc<Console>,
    mail: Arc<Mail>,
    client: reqwest::Client,
}

impl Postman {
    /// A postman between a world and a service.
    pub(super) fn new(
        github: FakeGithub,
        service: watch::Receiver<Option<SocketAddr>>,
        console: Arc<Console>,
    ) -> Result<Self> {
        // A proxy of the machine is for other ways than this one.
        let client = reqwest::Client::builder().no_proxy().timeout(ANSWER_WITHIN).build()?;
        Ok(Self { github, service, console, mail: Arc::default(), client })
    }

    /// The figures, which go on counting.
    pub(super) fn mail(&self) -> Arc<Mail> {
        Arc::clone(&self.mail)
    }

    /// Brings webhooks, several at a time and so in no sure order. Ends only by failing.
    pub(super) async fn work(self) -> Result<Infallible> {
        let mut ways = JoinSet::new();
        loop {
            tokio::select! {
                hook = self.github.next_hook() => {
                    self.mail.under_way.fetch_add(1, Ordering::Relaxed);
                    ways.spawn(self.clone().bring(hook));
                }
                Some(way) = ways.join_next() => way??,
            }
        }
    }

    async fn bring(mut self, hook: Hook) -> Result<()> {
        let name = if hook.action.is_empty() {
            hook.event.clone()
        } else {
            format!("{}.{}", hook.event, hook.action)
        };
        let begun = Instant::now();
        let mut refused = 0;
        loop {
            let error = match self.try_once(&hook).await {
                Ok(answer) => {
                    let again =
                        if refused == 0 { String::new() } else { format!(" at attempt {}", refused + 1) };
                    self.console.step(&format!("webhook {name} → {answer}{again}"));
                    self.mail.under_way.fetch_sub(1, Ordering::Relaxed);
                    return Ok(());
                }
                Err(error) => error,
            };
            refused += 1;
            self.mail.refused.fetch_add(1, Ordering::Relaxed);
            if begun.elapsed() >= GIVE_UP_AFTER {
                return Err(error.context(format!(
                    "the webhook {name} ({}) was taken at none of {refused} attempts",
                    hook.delivery
                )));
            }
            self.console.step(&format!("webhook {name} was not taken: {error:#}"));
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    /// Sends a webhook off once the service listens. Answers with the service's word for what it did.
    async fn try_once(&mut self, hook: &Hook) -> Result<String> {
        let address = *tokio::time::timeout(GIVE_UP_AFTER, self.service.wait_for(Option::is_some)).await??;
        let Some(address) = address else { bail!("the service does not listen") };
        let mut request = self.client.post(format!("http://{address}/github/hooks/")).body(hook.body.clone());
        for (name, value) in hook.signed_headers(WEBHOOK_SECRET) {
            request = request.header(name, value);
        }
        self.mail.attempts.fetch_add(1, Ordering::Relaxed);
        let response = request.send().await?;
        let status = response.status();
        self.github.delivered(hook, status.as_u16());
        let body: serde_json::Value = response.json().await.unwrap_or_default();
        if !status.is_success() {
            bail!("{status} {body}");
        }
        Ok(body["status"].as_str().unwrap_or("taken").to_owned())
    }
}
