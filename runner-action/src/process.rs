//! One child process: started with nothing but what it is given, heard line by line, and gone when we say so.
//!
//! The child gets its own process group, an empty standard input and an environment that starts from nothing. When it ends,
//! or is ended, everything it left behind is killed too, also what changed its process group. What the lines mean is not known
//! here.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::lines::Splitter;
use crate::user::User;

/// What is to be started.
#[derive(Debug, Clone)]
pub struct Program<'a> {
    /// The executable, an absolute path.
    pub path: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Its whole environment.
    pub env: Vec<(String, OsString)>,
    /// Its working directory.
    pub cwd: &'a Path,
    /// Who it runs as.
    pub user: &'a User,
    /// What it reads; `None` is an empty input.
    pub stdin: Option<Vec<u8>>,
}

/// How long a child may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From start to end.
    pub time: Duration,
    /// Without a line on either stream.
    pub silence: Duration,
}

/// Where a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Why we ended a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// [`Limits::time`] was up.
    Deadline,
    /// [`Limits::silence`] was up.
    Silence,
    /// The listener knows that the child will wait for ever.
    Hang,
    /// Someone asked the action itself to end.
    Cancelled,
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with this status.
    Exited(i32),
    /// By a signal that was not ours, most often 9 from the kernel when memory is short.
    Signalled(i32),
    /// By us.
    Stopped(Stop),
}

/// Starts the program and hands each line to `hear`, until it ends or `hear` says that it should.
///
/// A failure to start is the only error.
pub async fn run(
    program: &Program<'_>,
    limits: Limits,
    hear: &mut (dyn FnMut(Stream, String) -> Option<Stop> + Send),
) -> io::Result<Ending> {
    let (mut child, mut lines) = start(program)?;
    let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let deadline = Instant::now() + limits.time;
    let mut quiet_until = Instant::now() + limits.silence;
    let mut open = true;
    let ending = loop {
        tokio::select! {
            biased;
            line = lines.recv(), if open => match line {
                None => open = false,
                Some((stream, line)) => {
                    quiet_until = Instant::now() + limits.silence;
                    if let Some(stop) = hear(stream, line) {
                        break Ending::Stopped(stop);
                    }
                    // A child that never pauses would keep the other branches from being looked at.
                    if Instant::now() >= deadline {
                        break Ending::Stopped(Stop::Deadline);
                    }
                }
            },
            status = child.wait() => break ended(status?),
            () = tokio::time::sleep_until(deadline) => break Ending::Stopped(Stop::Deadline),
            () = tokio::time::sleep_until(quiet_until) => break Ending::Stopped(Stop::Silence),
            _ = interrupted.recv() => break Ending::Stopped(Stop::Cancelled),
            _ = terminated.recv() => break Ending::Stopped(Stop::Cancelled),
        }
    };
    if let Some(group) = group {
        // The group may be gone already; nothing is lost then.
        let _ = rustix::process::kill_process_group(group, Signal::KILL);
    }
    if matches!(ending, Ending::Stopped(_)) {
        child.wait().await?;
    }
    kill_descendants();
    // With every writer dead the pipes end; what is still in them is often the reason for the end. A writer that we may not
    // kill must not hold us.
    let drained_by = Instant::now() + DRAIN;
    while let Ok(Some((stream, line))) = tokio::time::timeout_at(drained_by, lines.recv()).await {
        hear(stream, line);
    }
    Ok(ending)
}

/// How long the rest of the output may take after the end.
const DRAIN: Duration = Duration::from_secs(10);

type Lines = mpsc::Receiver<(Stream, String)>;

fn start(program: &Program<'_>) -> io::Result<(Child, Lines)> {
    let mut command = Command::new(&program.path);
    command
        .args(&program.args)
        .env_clear()
        .envs(program.env.iter().map(|(name, value)| (name, value)))
        .current_dir(program.cwd)
        .stdin(if program.stdin.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    if let Some(ids) = program.user.ids {
        command.uid(ids.uid).gid(ids.gid);
    }
    let mut child = command.spawn()?;
    if let (Some(text), Some(mut stdin)) = (program.stdin.clone(), child.stdin.take()) {
        // A child that ends without reading closes the pipe; its exit status tells the story.
        tokio::spawn(async move { stdin.write_all(&text).await });
    }
    let (sender, lines) = mpsc::channel(64);
    if let Some(stdout) = child.stdout.take() {
        tokio::spawn(read(stdout, Stream::Out, sender.clone()));
    }
    if let Some(stderr) = child.stderr.take() {
        tokio::spawn(read(stderr, Stream::Err, sender));
    }
    Ok((child, lines))
}

async fn read(mut pipe: impl AsyncRead + Unpin, stream: Stream, sender: mpsc::Sender<(Stream, String)>) {
    let (mut splitter, mut chunk) = (Splitter::default(), vec![0; 64 * 1024]);
    let mut ready = Vec::new();
    loop {
        let count = pipe.read(&mut chunk).await.unwrap_or(0);
        if count == 0 {
            splitter.finish(&mut |line| ready.push(line));
        } else {
            splitter.push(&chunk[..count], &mut |line| ready.push(line));
        }
        for line in ready.drain(..) {
            if sender.send((stream, line)).await.is_err() {
                return;
            }
        }
        if count == 0 {
            return;
        }
    }
}

fn ended(status: ExitStatus) -> Ending {
    match (status.code(), status.signal()) {
        (Some(code), _) => Ending::Exited(code),
        (None, signal) => Ending::Signalled(signal.unwrap_or_default()),
    }
}

/// Kills what the child left behind. The action is the reaper of its descendants (see [`crate::harden`]), so that also a
/// process that left its group and lost its parent is still found below us.
fn kill_descendants() {
    // Each round can meet processes that were born during the one before; a fork bomb is ended by the container's end.
    for _ in 0..100 {
        let left = descendants();
        if left.is_empty() {
            return;
        }
        for pid in left {
            // It may have ended by itself in the meantime.
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
    }
}

/// All living processes below this one.
fn descendants() -> Vec<Pid> {
    let processes: Vec<(i32, i32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter_map(|pid| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            // The name in parentheses may hold anything; the fields after the last one are the state and the parent.
            let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
            let state = fields.next()?;
            let parent = fields.next()?.parse().ok()?;
            (state != "Z").then_some((pid, parent))
        })
        .collect();
    let mut below = BTreeSet::from([rustix::process::getpid().as_raw_nonzero().get()]);
    let mut known = 0;
    while known != below.len() {
        known = below.len();
        let children: Vec<i32> =
            processes.iter().filter(|(_, parent)| below.contains(parent)).map(|(pid, _)| *pid).collect();
        below.extend(children);
    }
    below.remove(&rustix::process::getpid().as_raw_nonzero().get());
    below.into_iter().filter_map(Pid::from_raw).collect()
}

/// The two streams of a short helper.
#[derive(Debug, Clone)]
pub struct Captured {
    /// How it ended.
    pub ending: Ending,
    /// Standard output, at most [`CAPTURE_MAX_BYTES`].
    pub stdout: String,
    /// Standard error, at most [`CAPTURE_MAX_BYTES`].
    pub stderr: String,
}

/// The most that is kept of each stream of a helper, in bytes.
pub const CAPTURE_MAX_BYTES: usize = 4 * 1024 * 1024;

/// Runs a helper to its end and keeps what it wrote.
pub async fn capture(program: &Program<'_>, time: Duration) -> io::Result<Captured> {
    let (mut stdout, mut stderr) = (String::new(), String::new());
    let ending = run(program, Limits { time, silence: time }, &mut |stream, line| {
        let text = if stream == Stream::Out { &mut stdout } else { &mut stderr };
        if text.len() + line.len() < CAPTURE_MAX_BYTES {
            text.push_str(&line);
            text.push('\n');
        }
        None
    })
    .await?;
    Ok(Captured { ending, stdout, stderr })
}
