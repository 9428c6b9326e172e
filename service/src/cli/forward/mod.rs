//! `pfo forward`: what comes through a channel of a forwarding service goes to the service on this machine, byte for byte as GitHub signed it.

mod events;
mod message;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::http::StatusCode;
use clap::Args;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use secrecy::SecretString;
use serde::Serialize;
use url::Url;

use self::events::{Event, Events};
use self::message::{Delivery, Signature};
use super::print;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Sources};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Channels send something every half a minute, if only to show that they are there.
const LONGEST_SILENCE: Duration = Duration::from_mins(2);
/// GitHub waits no longer for an answer.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(10);
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Pass the webhooks of a channel on to the service on this machine, until it is stopped.
///
/// A channel is an address of a forwarding service, <https://smee.io/new> say, that GitHub delivers to and that hands on what came as
/// server-sent events. Set it with `pfo github-app hook-url`. Who runs the channel can read what passes it.
///
/// GitHub signs bytes, and a channel hands on JSON that it has read and written again. The body is passed on exactly as it stands in the
/// event, which is what GitHub sent as long as the channel writes JSON as compactly and in the same order. Where that does not fit the
/// signature, the service refuses the delivery; with the deployment's webhook secret at hand this command says so for each one.
///
/// A broken connection is made again, after a pause that grows to a minute; what came meanwhile is lost here, and the service asks GitHub
/// for it when it starts. Exits with 1 when the address is no channel.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pfo forward https://smee.io/aBcDeFgH
  pfo forward https://smee.io/aBcDeFgH --to http://127.0.0.1:9000/github/hooks/ --json
")]
pub(super) struct Forward {
    /// The channel.
    channel: Url,
    /// Where the service takes webhooks.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8000/github/hooks/")]
    to: Url,
    #[command(flatten)]
    sources: Sources,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// What became of one event.
#[derive(Debug, Serialize)]
struct Report<'a> {
    delivery: &'a str,
    event: &'a str,
    bytes: usize,
    signature: Signature,
    /// What the service answered; none when it did not.
    status: Option<u16>,
    error: Option<String>,
}

struct Forwarder {
    channel: Url,
    to: Url,
    json: bool,
    secrets: Vec<SecretString>,
    listen: reqwest::Client,
    deliver: reqwest::Client,
}

impl Forward {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        // The secret only serves to say more: without it, or with files that are wrong, everything is passed on all the same.
        let secrets = Config::read(&self.sources, SystemClock.now()).await;
        let secrets = secrets.map(|config| config.github.webhook_secrets).unwrap_or_default();
        let client = || {
            let builder = reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT);
            builder.redirect(reqwest::redirect::Policy::none())
        };
        let forwarder = Forwarder {
            channel: self.channel,
            to: self.to,
            json: self.json,
            secrets,
            listen: client().read_timeout(LONGEST_SILENCE).build()?,
            deliver: client().timeout(DELIVERY_TIMEOUT).build()?,
        };
        forwarder.follow().await
    }
}

impl Forwarder {
    /// Listens for ever, but to what is no channel.
    async fn follow(&self) -> anyhow::Result<ExitCode> {
        let mut events = Events::default();
        let mut pause = SHORTEST_PAUSE;
        loop {
            match self.listen(&mut events).await? {
                Ended::AfterEvents => pause = SHORTEST_PAUSE,
                Ended::Early => {}
            }
            tokio::time::sleep(events.pause().unwrap_or(pause).min(LONGEST_PAUSE)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// One connection, to its end.
    async fn listen(&self, events: &mut Events) -> anyhow::Result<Ended> {
        let mut request = self.listen.get(self.channel.clone()).header(ACCEPT, "text/event-stream");
        if let Some(id) = events.last_id() {
            request = request.header("last-event-id", id);
        }
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                tracing::warn!(%error, "the channel is not reached");
                return Ok(Ended::Early);
            }
        };
        let status = response.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            tracing::warn!(%status, "the channel does not work now");
            return Ok(Ended::Early);
        }
        let kind =
            response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("nothing");
        if !status.is_success() || !kind.starts_with("text/event-stream") {
            bail!(
                "{} is no channel: it answers {status} with {kind} and not with server-sent events",
                self.channel
            );
        }
        tracing::info!(channel = %self.channel, to = %self.to, "listening");
        events.begin();
        let mut ended = Ended::Early;
        loop {
            match response.chunk().await {
                Ok(Some(bytes)) => {
                    for event in events.take(&bytes) {
                        ended = Ended::AfterEvents;
                        self.pass_on(&event).await?;
                    }
                }
                Ok(None) => return Ok(ended),
                Err(error) => {
                    tracing::warn!(%error, "the channel broke off");
                    return Ok(ended);
                }
            }
        }
    }

    async fn pass_on(&self, event: &Event) -> anyhow::Result<()> {
        // `ready` and `ping` are the channel's own.
        if event.name != "message" {
            return Ok(());
        }
        let delivery = match Delivery::read(&event.data, &self.secrets) {
            Ok(delivery) => delivery,
            Err(why) => {
                tracing::warn!("an event is no delivery of GitHub's and is left out: {why}");
                return Ok(());
            }
        };
        let request = self.deliver.post(self.to.clone()).headers(delivery.headers.clone());
        let answer = request.body(delivery.body.clone()).send().await;
        let (status, error) = match answer {
            Ok(answer) => (Some(answer.status().as_u16()), None),
            Err(error) => (None, Some(error.without_url().to_string())),
        };
        let report = Report {
            delivery: delivery.header("x-github-delivery"),
            event: delivery.header("x-github-event"),
            bytes: delivery.body.len(),
            signature: delivery.signature,
            status,
            error,
        };
        if self.json {
            print(serde_json::to_string(&report).context("the report cannot be written")?);
        } else {
            print(report.line());
        }
        Ok(())
    }
}

/// How a connection ended.
enum Ended {
    /// Something came before.
    AfterEvents,
    /// Nothing came.
    Early,
}

impl Report<'_> {
    fn line(&self) -> String {
        let answer = match (self.status, &self.error) {
            (Some(status), _) => status.to_string(),
            (None, Some(error)) => format!("not delivered: {error}"),
            (None, None) => String::new(),
        };
        let signature = match self.signature {
            Signature::Fits => "",
            Signature::Differs => {
                "; the signature does not fit: the secrets differ, or the channel has changed the body"
            }
            Signature::None => "; it is not signed: the App's webhook has no secret",
            Signature::Unknown => "; no webhook secret at hand, so the signature was not looked at",
        };
        format!("{} {} {} bytes: {answer}{signature}", self.delivery, self.event, self.bytes)
    }
}
