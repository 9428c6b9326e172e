//! Lines of logs, wherever they come from: what a line is, how GitHub writes one, and where in them the first error stands.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::run::words;

words! {
    /// Who wrote a log: GitHub Actions, or a part of a Dataflow job, by the name of its log in Cloud Logging.
    /// <https://cloud.google.com/dataflow/docs/guides/logging#log-types>
    Source {
        /// The workflow run.
        Actions = "actions",
        /// Dataflow itself, about the job.
        JobMessage = "job-message",
        /// The pipeline's code.
        Worker = "worker",
        /// The agent of Kubernetes.
        Kubelet = "kubelet",
        /// The shuffling of data.
        Shuffler = "shuffler",
        /// What runs the pipeline's code.
        Harness = "harness",
        /// Its start.
        HarnessStartup = "harness-startup",
        /// Whether the machine is well.
        VmHealth = "vm-health",
        /// What the machine uses.
        VmMonitor = "vm-monitor",
        /// What the job uses.
        Resource = "resource",
        /// The agent on the machine.
        Agent = "agent",
        /// The containers.
        Docker = "docker",
        /// The machine.
        System = "system",
        /// The start of the shuffling.
        ShufflerStartup = "shuffler-startup",
        /// What starts a job out of a template.
        Launcher = "launcher",
    }
}

words! {
    /// How bad a line is, in Cloud Logging's words, the least first.
    /// <https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#logseverity>
    #[derive(PartialOrd, Ord)]
    Severity {
        /// Not said.
        Default = "DEFAULT",
        /// For whoever looks for a mistake.
        Debug = "DEBUG",
        /// What happens.
        Info = "INFO",
        /// What happens and matters.
        Notice = "NOTICE",
        /// May lead to something.
        Warning = "WARNING",
        /// Went wrong.
        Error = "ERROR",
        /// Went badly wrong.
        Critical = "CRITICAL",
        /// Needs a person at once.
        Alert = "ALERT",
        /// Nothing works.
        Emergency = "EMERGENCY",
    }
}

/// One line of a log; of Cloud Logging's one entry, whose message may have several lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// When it was written; none where the log does not say.
    pub timestamp: Option<DateTime<Utc>>,
    /// Who wrote it.
    pub source: Source,
    /// How bad it is.
    pub severity: Severity,
    /// The job of the workflow run, or the machine.
    pub instance: Option<String>,
    /// The text.
    pub message: String,
}

/// The lines of the log of one job of a workflow run, as GitHub gives it: `2026-01-01T00:00:00.0000000Z text`.
/// <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>
pub fn actions_lines(log: &str, job: &str) -> Vec<Line> {
    const MARKS: [(&str, Severity); 4] = [
        ("##[error]", Severity::Error),
        ("##[warning]", Severity::Warning),
        ("##[notice]", Severity::Notice),
        ("##[debug]", Severity::Debug),
    ];
    let line = |text: &str| {
        let text = text.trim_start_matches('\u{feff}');
        let (timestamp, text) = match text.split_once(' ') {
            Some((time, rest)) if time.ends_with('Z') => match time.parse() {
                Ok(time) => (Some(time), rest),
                Err(_) => (None, text),
            },
            // An empty line is its time alone.
            _ => text.parse().map_or((None, text), |time| (Some(time), "")),
        };
        let marked = MARKS.iter().find_map(|(mark, severity)| Some((text.strip_prefix(mark)?, *severity)));
        let (message, severity) = marked.unwrap_or((text, Severity::Info));
        let message = message.to_owned();
        Line { timestamp, source: Source::Actions, severity, instance: Some(job.to_owned()), message }
    };
    log.lines().map(line).collect()
}

/// The longest trace, in lines.
const TRACE_LINES: usize = 300;
/// How many lines the text of an exception may have.
const EXCEPTION_LINES: usize = 20;
const TRACE_START: &str = "Traceback (most recent call last)";

/// The first Python traceback in some lines, with the ones that led to it or followed from it.
pub fn first_trace<'a>(lines: impl Iterator<Item = &'a str>) -> Option<String> {
    // Not `str::lines`, which has no line for an empty text: an empty line ends a trace.
    let each = lines.flat_map(|text| text.strip_suffix('\n').unwrap_or(text).split('\n'));
    let mut lines = each
        .map(|line| line.trim_end_matches('\r'))
        .skip_while(|line| !line.contains(TRACE_START))
        .peekable();
    let first = lines.next()?;
    // What a logger puts before the first line it puts before no other.
    let mut trace = vec![first.find(TRACE_START).map_or(first, |at| &first[at..])];
    let mut in_frames = true;
    let mut said = 0;
    while let Some(line) = lines.next().filter(|_| trace.len() < TRACE_LINES) {
        let is_indented = line.starts_with([' ', '\t']);
        if in_frames {
            in_frames = is_indented || line.trim().is_empty();
        } else if line.trim().is_empty() {
            // `The above exception was the direct cause of …`, `During handling of …`, and the next traceback.
            let is_linked = |next: &&str| next.contains("above exception") || next.starts_with(TRACE_START);
            let goes_on = lines.peek().is_some_and(is_linked);
            if !goes_on {
                break;
            }
        } else if line.contains(TRACE_START) {
            (in_frames, said) = (true, 0);
        } else {
            said += 1;
            if said > EXCEPTION_LINES || line.starts_with("##[") {
                break;
            }
        }
        trace.push(line);
    }
    Some(trace.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn githubs_lines_are_read_and_others_are_kept() {
        let log = "\u{feff}2026-01-01T00:00:01.1234567Z ##[error]Process completed\r\n2026-01-01T00:00:02.0000000Z\nno time: x\n";
        let lines = actions_lines(log, "bake");
        let seen: Vec<_> = lines
            .iter()
            .map(|line| (line.timestamp.is_some(), line.severity, line.message.as_str()))
            .collect();
        let expected = [
            (true, Severity::Error, "Process completed"),
            (true, Severity::Info, ""),
            (false, Severity::Info, "no time: x"),
        ];
        assert_eq!(seen, expected);
        assert!(Severity::Error > Severity::Warning && Severity::parse("ERROR") == Some(Severity::Error));
    }

    #[test]
    fn the_first_trace_is_found_with_its_chain_and_no_more() {
        let text = "before\nERROR: Traceback (most recent call last):\n  File \"a.py\", line 1\n    x()\nKeyError: 'a'\n\n\
                    During handling of the above exception, another exception occurred:\n\n\
                    Traceback (most recent call last):\n  File \"b.py\", line 2\nValueError: b\nmore of it\n\nafter\n\
                    Traceback (most recent call last):\n  second";
        let trace = first_trace(std::iter::once(text)).expect("there is one");
        assert!(trace.starts_with(TRACE_START) && trace.ends_with("ValueError: b\nmore of it"), "{trace}");
        assert_eq!(first_trace(["nothing", "here"].into_iter()), None);
        let endless = format!("{TRACE_START}:\n{}", "  frame\n".repeat(5000));
        assert_eq!(
            first_trace(std::iter::once(endless.as_str())).expect("a trace").lines().count(),
            TRACE_LINES
        );
    }
}
