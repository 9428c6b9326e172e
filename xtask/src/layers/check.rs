//! One file against the rules.

use std::fmt;
use std::path::Path;

use super::paths::{Named, paths};
use super::rules::{LITERALS, May, PATHS, ROOMS, Room};
use super::source::Source;

/// A line in the wrong room.
#[derive(Debug)]
pub(super) struct Violation {
    pub(super) line: usize,
    pub(super) what: String,
    pub(super) why: &'static str,
    pub(super) belongs: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, what, why, belongs } = self;
        write!(formatter, "{line}: {what}: {why}; {belongs}")
    }
}

/// The violations of one file of the service, in no order. `path` is relative to `service/src`.
pub(super) fn check(path: &Path, source: &Source) -> Vec<Violation> {
    let module = module(path);
    let name = match (module.first(), path.file_stem().and_then(|stem| stem.to_str())) {
        (Some(first), _) => first.as_str(),
        (None, stem) => stem.unwrap_or_default(),
    };
    let Some(room) = ROOMS.iter().find(|room| room.name == name) else {
        return vec![Violation {
            line: 1,
            what: format!("`{name}` is no room"),
            why: "every room of the service is listed with what it may use",
            belongs: format!("one of {}, or a new row in xtask/src/layers/rules.rs", rooms()),
        }];
    };
    let mut violations = Vec::new();
    for named in paths(source, &module) {
        violations.extend(direction(room, &named, source));
        violations.extend(place(room, &named, source));
    }
    for (offset, text) in &source.literals {
        for literal in LITERALS.iter().filter(|literal| literal.room != room.name && (literal.is)(text)) {
            violations.push(Violation {
                line: source.line(*offset),
                what: format!("{} in `{name}`", literal.what),
                why: literal.why,
                belongs: format!("it belongs in `{}`", literal.room),
            });
        }
    }
    violations
}

/// Whether the room may name this part of the crate.
fn direction(room: &Room, named: &Named, source: &Source) -> Option<Violation> {
    let May::Only(others) = room.may else { return None };
    let (first, inside) = named.segments.split_first()?;
    let own = inside.first().is_some_and(|first| first == room.name);
    let opened = |other: &&str| {
        other.split("::").zip(inside).filter(|(a, b)| a == b).count() == other.split("::").count()
    };
    if first != "crate" || own || others.iter().any(opened) {
        return None;
    }
    let may = if others.is_empty() { "nothing else of the service".to_owned() } else { others.join(", ") };
    Some(Violation {
        line: source.line(named.offset),
        what: format!("`{}` uses `{}`", room.name, named.segments.join("::")),
        why: room.why,
        belongs: format!("`{}` may use {may}", room.name),
    })
}

/// Whether the path has rooms of its own and this is none of them.
fn place(room: &Room, named: &Named, source: &Source) -> Option<Violation> {
    let rule = PATHS.iter().find(|rule| {
        !rule.rooms.contains(&room.name)
            && named.segments.windows(rule.segments.len()).any(|window| window == rule.segments)
    })?;
    Some(Violation {
        line: source.line(named.offset),
        what: format!("`{}` in `{}`", named.segments.join("::"), room.name),
        why: rule.why,
        belongs: format!("it belongs in `{}`", rule.rooms.join("`, `")),
    })
}

/// The module path below the crate: `http/api/runs.rs` and `http/api/runs/mod.rs` are both `http::api::runs`.
fn module(path: &Path) -> Vec<String> {
    let mut parts: Vec<String> =
        path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let root = parts.len() == 1 && parts.iter().any(|part| part == "main" || part == "lib");
    if root || parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

fn rooms() -> String {
    ROOMS.iter().map(|room| room.name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of the violations of `text` as the file `path`.
    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(Path::new(path), &Source::new(text)).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn imports_that_follow_the_direction_pass() {
        for (path, text) in [
            (
                "http/webhook.rs",
                "use crate::{store::Tx, domain::job::Job, app::App, http::problem::Problem};",
            ),
            (
                "job/sweep.rs",
                "use crate::github::Repository; use crate::store; use crate::intake; use super::error::Error;",
            ),
            (
                "store/run.rs",
                "use crate::domain::id::Sha; use super::Tx; pub(crate) fn a() { crate::store::b() }",
            ),
            (
                "domain/run.rs",
                "use super::id::Sha; use crate::domain::fault::Fault; use runner_contract::Outcome;",
            ),
            ("cli/serve.rs", "use crate::{app, http, github}; use std::env;"),
            ("app.rs", "use crate::job; fn a() { tokio::spawn(b) }"),
            ("main.rs", "use orchestrator::cli; use std::env;"),
            ("clock.rs", "use chrono::Utc; fn now() { Utc::now(); std::time::Instant::now(); }"),
        ] {
            assert!(lines(path, text).is_empty(), "{path}: {:?}", check(Path::new(path), &Source::new(text)));
        }
    }

    #[test]
    fn imports_against_the_direction_are_found() {
        for (path, text) in [
            ("http/webhook.rs", "use crate::github::Github;"),
            ("http/api/runs.rs", "use super::super::super::github::Github;"),
            ("store/run.rs", "fn a() { crate::github::get() }"),
            ("github/checks.rs", "use crate::{domain::id::Sha, store::Tx};"),
            ("intake/mod.rs", "type A = Vec<crate::store::Row>;"),
            ("domain/run.rs", "use crate::clock::Clock;"),
            ("domain/run.rs", "use crate::*;"),
            ("job/sweep.rs", "use crate::http::problem;"),
            ("github/workflows.rs", "use runner_contract::Inputs;"),
            ("helpers.rs", "fn anything() {}"),
        ] {
            assert_eq!(lines(path, text), [1], "{path}: {text}");
        }
    }

    #[test]
    fn each_kind_of_line_has_its_room() {
        for (path, text) in [
            ("job/sweep.rs", "use chrono::Utc;\nlet t = Utc::now();"),
            ("app.rs", "\nlet t = std::time::SystemTime::now();"),
            ("http/health.rs", "\nlet t = tokio::time::Instant::now();"),
            ("job/worker.rs", "\nlet t = tokio::spawn(a);"),
            ("http/auth.rs", "\nuse std::{env, fs};"),
            ("store/mod.rs", "\nlet a = std::env::var(NAME);"),
            ("http/api/runs.rs", "\nconst A: &str = \"SELECT id FROM run\";"),
            ("job/sweep.rs", "\nconst A: &str = r#\"UPDATE job\n SET state = $1\"#;"),
            ("job/sweep.rs", "\nlet a = format!(\"/repos/{owner}/pulls\");"),
            ("job/sweep.rs", "\nuse octocrab::Octocrab;"),
        ] {
            assert_eq!(lines(path, text), [2], "{path}: {text}");
        }
    }

    #[test]
    fn comments_sentences_and_tests_are_no_violations() {
        for text in [
            "// crate::github and tokio::spawn and \"SELECT 1\"",
            "/// [`crate::github::Github`] reads `/repos/`.\nfn a() {}",
            "let a = \"Select a recipe, then update it and SET nothing\";",
            "#[cfg(test)]\nmod tests { use crate::github::Github; const A: &str = \"SELECT 1\"; }",
        ] {
            assert!(lines("http/health.rs", text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_violation_says_what_why_and_where() {
        let found = check(Path::new("http/a.rs"), &Source::new("\nuse crate::github::Github;"));
        assert_eq!(
            found.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "2: `http` uses `crate::github::Github`: a request only stores and reads; what asks GitHub, Google or an \
              object store for a reader is in lookup; `http` may use store, domain, config, clock, app, lookup, metrics, telemetry"
            ]
        );
    }
}
