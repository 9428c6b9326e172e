//! Posting many requests over kept connections, cheaply: the machine that measures is the machine that is measured, so the client
//! writes prepared bytes and reads no more of an answer than it must.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A request that is sent again and again, but for the id of its delivery.
#[derive(Debug)]
pub(super) struct Template {
    head: String,
    tail: Vec<u8>,
}

impl Template {
    /// A signed delivery of this event.
    pub(super) fn delivery(event: &str, signature: &str, body: &[u8]) -> Self {
        let head = format!(
            "POST /github/hooks/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             X-GitHub-Event: {event}\r\nX-Hub-Signature-256: {signature}\r\nX-GitHub-Delivery: ",
            body.len()
        );
        let mut tail = b"\r\n\r\n".to_vec();
        tail.extend_from_slice(body);
        Self { head, tail }
    }

    fn render(&self, delivery: &str) -> Vec<u8> {
        let mut request = Vec::with_capacity(self.head.len() + delivery.len() + self.tail.len());
        request.extend_from_slice(self.head.as_bytes());
        request.extend_from_slice(delivery.as_bytes());
        request.extend_from_slice(&self.tail);
        request
    }
}

/// What many requests came to.
#[derive(Debug)]
pub(super) struct Measured {
    /// From the first to the last.
    pub(super) time: Duration,
    /// How long each took, in order.
    pub(super) latencies: Vec<Duration>,
}

impl Measured {
    /// Requests in a second.
    pub(super) fn rate(&self) -> f64 {
        f64::from(u32::try_from(self.latencies.len()).unwrap_or(u32::MAX)) / self.time.as_secs_f64()
    }

    /// The time within which so many of a hundred requests were answered, in milliseconds.
    pub(super) fn percentile_ms(&self, percent: usize) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        self.latencies.get(last * percent / 100).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }
}

/// Sends `count` deliveries over `connections` connections, each as fast as its answers come. Every answer must be a 202.
pub(super) async fn post_all(
    address: SocketAddr,
    template: Template,
    prefix: &str,
    connections: usize,
    count: usize,
) -> Result<Measured> {
    let (template, next) = (Arc::new(template), Arc::new(AtomicUsize::new(0)));
    let begun = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..connections {
        let (template, next, prefix) = (Arc::clone(&template), Arc::clone(&next), prefix.to_owned());
        workers.spawn(async move {
            let mut stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let mut latencies = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Ok::<_, anyhow::Error>(latencies);
                }
                let request = template.render(&format!("{prefix}-{number}"));
                let sent = Instant::now();
                stream.write_all(&request).await?;
                read_accepted(&mut stream).await?;
                latencies.push(sent.elapsed());
            }
        });
    }
    let mut latencies = Vec::with_capacity(count);
    while let Some(worker) = workers.join_next().await {
        latencies.extend(worker??);
    }
    let time = begun.elapsed();
    latencies.sort_unstable();
    Ok(Measured { time, latencies })
}

/// Reads one answer to its end, and demands that it is a 202.
async fn read_accepted(stream: &mut TcpStream) -> Result<()> {
    let mut answer = Vec::with_capacity(512);
    loop {
        if stream.read_buf(&mut answer).await? == 0 {
            bail!("the service hung up");
        }
        let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&answer[..end])?.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.context("an answer without a length")?.trim().parse()?;
        if answer.len() < end + 4 + length {
            continue;
        }
        if !head.starts_with("http/1.1 202") {
            bail!("the service answered {}", String::from_utf8_lossy(&answer));
        }
        return Ok(());
    }
}
