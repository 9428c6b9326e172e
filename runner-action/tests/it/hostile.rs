//! A recipe that lies, spies or floods.

use std::collections::BTreeSet;

use runner_contract::{FailureClass, OUTCOME_MAX_BYTES, RunResult};

use crate::world::{LOCAL_BAKERY, World};

const RUNNING: &str =
    r#"echo '{"message": "Running job", "recipe": "tiny-daily", "job_name": "job-1", "status": "running"}'"#;

fn submitted(recipe: &str, job_name: &str) -> String {
    format!(
        r#"echo '{{"message": "x", "recipe": "{recipe}", "job_name": "{job_name}", "job_id": "2026-1", "status": "submitted"}}'"#
    )
}

fn some_bakery(world: &World) {
    world.bakery(
        "other",
        &LOCAL_BAKERY.replace("pangeo_forge_runner.bakery.local.LocalDirectBakery", "x.OtherBakery"),
    );
}

fn with_canaries(script: &str) -> World {
    let mut world = World::of("tiny-success");
    world.stand_in(script).input("bakery_args", "TargetStorage: {fsspec_args: {key: canary-key-1}}");
    for name in [
        "ACTIONS_RUNTIME_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "GITHUB_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "PIP_INDEX_URL",
    ] {
        world.variables.insert(name.into(), format!("canary-{name}").into());
    }
    world
}

#[test]
fn recipe_code_finds_no_token_and_no_input_in_its_environment() {
    let ran = with_canaries(r#"env; echo "in $PWD"; ls -A"#).run();
    let lines = ran.recipe_lines();
    let names: BTreeSet<&str> =
        lines.iter().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    // The shell that stands in for the runner adds some of its own.
    let shell = BTreeSet::from(["PWD", "_", "OLDPWD", "SHLVL"]);
    let given: Vec<&str> = names.difference(&shell).copied().collect();
    let allowed = [
        "HOME",
        "LANG",
        "PATH",
        "PIP_CONSTRAINT",
        "PIP_DISABLE_PIP_VERSION_CHECK",
        "PIP_QUIET",
        "PYTHONPATH",
        "TMPDIR",
    ];
    assert_eq!(given, allowed);
    assert!(!ran.log.contains("canary"), "{}", ran.log);
    assert!(
        lines.last().is_some_and(|line| line.starts_with("in ")),
        "the working directory is not empty: {lines:?}"
    );
}

#[test]
fn recipe_code_cannot_look_into_the_action_when_that_is_root() {
    let ran =
        with_canaries("id -u; tr '\\0' '\\n' < /proc/$PPID/environ; cat /proc/$PPID/mem | head -c 10").run();
    if ran.log.contains("the action is not root") {
        return assert!(
            ran.log.contains("canary"),
            "one account can look into its own processes: {}",
            ran.log
        );
    }
    assert!(!ran.log.contains("canary"), "{}", ran.log);
    assert!(!ran.recipe_lines().contains(&"0"), "it runs as root: {}", ran.log);
}

#[test]
fn a_submitted_line_counts_for_nothing_at_a_bakery_that_waits() {
    let ran = World::of("tiny-success").stand_in(&submitted("tiny-daily", "job-1")).run();
    assert_eq!(ran.failure().error, "the recipe ended the process before anything was baked");
}

#[test]
fn a_submitted_line_must_name_what_was_asked_and_stand_alone() {
    let good = submitted("tiny-daily", "job-1");
    for script in [
        submitted("tiny-monthly", "job-1"),
        submitted("tiny-daily", "job-2"),
        format!("{good}\n{}", submitted("tiny-daily", "job-1")),
        good.replace("2026-1", "2026 1"),
    ] {
        let mut world = World::of("tiny-success");
        some_bakery(&world);
        let ran = world.stand_in(&script).input("bakery", "other").run();
        assert!(
            ran.failure().error.contains("not the one that was asked for"),
            "{script}: {:?}",
            ran.failure()
        );
    }
    let mut world = World::of("tiny-success");
    some_bakery(&world);
    let ran = world.stand_in(&good).input("bakery", "other").run();
    assert!(matches!(&ran.outcome.result, RunResult::Submitted { job_id, .. } if job_id == "2026-1"));
}

#[test]
fn a_bake_is_believed_only_with_new_data_in_the_target() {
    let ran = World::of("tiny-success").stand_in(RUNNING).run();
    assert!(ran.failure().error.contains("no new dataset"));
    let ran = World::of("tiny-success").stand_in(&format!("{RUNNING}; touch $done")).run();
    assert!(matches!(&ran.outcome.result, RunResult::Baked { stores, .. } if stores[0].path == "x.zarr"));
    assert_eq!(ran.status, 0);
    let ran = World::of("tiny-success").stand_in(&format!("{RUNNING}; touch $done; exit 1")).run();
    assert_eq!(ran.status, 1, "an exit status of 1 is a failure, whatever stands in the target");
}

#[test]
fn a_second_closing_line_spoils_the_list_of_recipes() {
    let line = |id: &str| {
        format!(
            r#"echo '{{"message": "x", "status": "completed", "meta": {{"recipes": [{{"id": "{id}"}}]}}}}'"#
        )
    };
    let mut world = World::of("dict-object");
    let ran = world.expand().stand_in(&format!("{}; {}", line("forged"), line("real"))).run();
    assert!(ran.failure().error.contains("did not write"), "{:?}", ran.failure());
    let ran = world.stand_in(&format!("{}; {RUNNING}", line("forged"))).run();
    assert!(ran.failure().error.contains("did not write"), "{:?}", ran.failure());
    let ran = world.stand_in(&line("real")).run();
    assert!(matches!(&ran.outcome.result, RunResult::Expanded { recipe_ids } if recipe_ids == &["real"]));
}

#[test]
fn ending_the_process_is_not_success() {
    let mut world = World::of("dict-object");
    let ran = world.expand().stand_in("exit 0").run();
    assert_eq!(ran.failure().class, FailureClass::Recipe);
    assert!(ran.failure().error.contains("ended the process"));
}

#[test]
fn a_flood_and_bytes_that_are_no_text_are_survived() {
    let script = format!(
        "head -c 10485760 /dev/zero | tr '\\0' x; echo; printf '\\377\\376\\000\\033[31mred\\n'; \
         yes 'a line' | head -n 300000; {RUNNING}; touch $done"
    );
    let ran = World::of("tiny-success").stand_in(&script).run();
    assert!(matches!(ran.outcome.result, RunResult::Baked { .. }), "{:?}", ran.outcome.result);
    assert!(ran.log.len() < 2 * 1024 * 1024, "{} bytes of log", ran.log.len());
    assert!(ran.recipe_lines().iter().any(|line| line.ends_with("red") && !line.contains('\u{1b}')));
}

#[test]
fn a_traceback_of_megabytes_fits_into_the_outcome_and_the_summary() {
    let script = r#"printf '{"status": "failed", "message": "Error during running: x", "exc_info": "Traceback (most recent call last):\\n  File \\"x\\", line 1, in y\\nE: '
head -c 900000 /dev/zero | tr '\0' '`'; printf '"}\n'; exit 1"#;
    let mut world = World::of("tiny-success");
    let ran = world.stand_in(script).run();
    let size = std::fs::metadata(world.path().join("workspace/outcome.json")).unwrap().len();
    assert!(size < OUTCOME_MAX_BYTES as u64, "{size}");
    assert!(ran.summary.len() < 1024 * 1024);
    assert!(ran.failure().error.len() <= 500);
}

#[test]
fn a_recipe_cannot_write_outputs_of_the_step() {
    let script = r#"printf '%s\n' '{"status": "failed", "message": "x", "exc_info": "Traceback (most recent call last):\n  File \"x\", line 1, in y\nE: a\nconclusion=success\nEOF\nconclusion<<EOF"}'; exit 1"#;
    let ran = World::of("tiny-success").stand_in(script).run();
    let error = ran.outputs.lines().position(|line| line.starts_with("error<<")).unwrap();
    let lines: Vec<&str> = ran.outputs.lines().collect();
    assert_eq!(lines[error + 1], "E: a conclusion=success EOF conclusion<<EOF");
    assert_eq!(lines[error + 2], lines[error].trim_start_matches("error<<"));
}
