//! Sending many requests over kept connections, cheaply: the machine that measures is the machine that is measured, so the client
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

    /// The request with this id.
    pub(super) fn render(&self, delivery: &str) -> Vec<u8> {
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

/// A read of this path.
pub(super) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n").into_bytes()
}

/// Sends `count` requests over `connections` connections, each as fast as its answers come. `request` makes the one of each number; every
/// answer must have this status.
pub(super) async fn send_all(
    address: SocketAddr,
    request: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static,
    status: u16,
    connections: usize,
    count: usize,
) -> Result<Measured> {
    let (request, next) = (Arc::new(request), Arc::new(AtomicUsize::new(0)));
    let begun = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..connections {
        let (request, next) = (Arc::clone(&request), Arc::clone(&next));
        workers.spawn(async move {
            let mut stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let mut latencies = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Ok::<_, anyhow::Error>(latencies);
                }
                let request = request(number);
                let sent = Instant::now();
                stream.write_all(&request).await?;
                read_answer(&mut stream, status).await?;
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

/// Reads one answer to its end, and demands that it has this status.
async fn read_answer(stream: &mut TcpStream, status: u16) -> Result<()> {
    let mut answer = Vec::with_capacity(16 * 1024);
    let (mut looked, mut whole) = (0, None);
    loop {
        if stream.read_buf(&mut answer).await? == 0 {
            bail!("the service hung up");
        }
        if whole.is_none() {
            let found = answer[looked..].windows(4).position(|window| window == b"\r\n\r\n");
            let Some(end) = found.map(|at| looked + at) else {
                looked = answer.len().saturating_sub(3);
                continue;
            };
            let head = std::str::from_utf8(&answer[..end])?.to_ascii_lowercase();
            if !head.starts_with(&format!("http/1.1 {status}")) {
                bail!("the service answered {}", String::from_utf8_lossy(&answer));
            }
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.context("an answer without a length")?.trim().parse()?;
            whole = Some(end + 4 + length);
        }
        if whole.is_some_and(|whole| answer.len() >= whole) {
            return Ok(());
        }
    }
}
