//! Which inputs are taken and which are refused.

use std::time::Duration;

use runner_action::inputs::{Order, read};
use runner_action::surroundings::Variables;

fn variables(changes: &[(&str, &str)]) -> Variables {
    let mut inputs = Variables::from(
        [
            ("COMMAND", "bake"),
            ("DISPATCH_ID", "pfo-1"),
            ("REPOSITORY", "pangeo-forge/eobs-feedstock"),
            ("GIT_REF", "refs/pull/7/head"),
            ("SHA", "0123456789abcdef0123456789abcdef01234567"),
            ("FEEDSTOCK_SUBDIR", "recipes/eobs"),
            ("RECIPE_ID", "NASA-SMAP-SSS/RSS/monthly"),
            ("BAKERY", "local-direct"),
            ("DEPLOYMENT", "pforge-local-demo"),
            ("JOB_NAME", "a6170"),
            ("SUBPATH", "app/test/owner/name/recipe-run-1/x.zarr"),
            ("PRUNE", "true"),
        ]
        .map(|(name, value)| (format!("INPUT_{name}"), value.to_owned())),
    );
    for (name, value) in changes {
        inputs.insert(format!("INPUT_{name}"), (*value).to_owned());
    }
    inputs
}

fn faults(changes: &[(&str, &str)]) -> Vec<String> {
    read(&variables(changes)).err().map(|errors| errors.0).unwrap_or_default()
}

#[test]
fn a_good_request_is_read_as_it_was_written() {
    let Ok(Order::Run(run)) = read(&variables(&[("TIME_LIMIT_MINUTES", "1.5")])) else {
        panic!("it is good")
    };
    let wire = run.request.inputs();
    for (name, value) in variables(&[]) {
        let name = name.trim_start_matches("INPUT_").to_lowercase();
        assert_eq!(wire[name.as_str()], value, "{name}");
    }
    assert_eq!(run.time_limit, Duration::from_secs(90));
}

#[test]
fn each_bad_input_is_refused_with_its_name() {
    let long = "x".repeat(129);
    for (name, bad) in [
        ("COMMAND", "Bake"),
        ("DISPATCH_ID", ""),
        ("DISPATCH_ID", "a b"),
        ("REPOSITORY", "owner"),
        ("REPOSITORY", "owner/../etc"),
        ("REPOSITORY", "../x"),
        ("REPOSITORY", "-o/x"),
        ("GIT_REF", "refs/tags/v1"),
        ("GIT_REF", "refs/heads/../x"),
        ("GIT_REF", "refs/heads/a b"),
        ("SHA", "0123"),
        ("SHA", "0123456789ABCDEF0123456789ABCDEF01234567"),
        ("FEEDSTOCK_SUBDIR", "recipes/../x"),
        ("FEEDSTOCK_SUBDIR", "recipes/a/b"),
        ("FEEDSTOCK_SUBDIR", "recipes/.git"),
        ("FEEDSTOCK_SUBDIR", ""),
        ("RECIPE_ID", ""),
        ("RECIPE_ID", "a\u{1b}[0m"),
        ("RECIPE_ID", long.as_str()),
        ("BAKERY", "a.b"),
        ("BAKERY", "../a"),
        ("DEPLOYMENT", ""),
        ("JOB_NAME", "1a"),
        ("JOB_NAME", "A"),
        ("JOB_NAME", long.as_str()),
        ("SUBPATH", "a/../b"),
        ("SUBPATH", "/a"),
        ("SUBPATH", "a/{job_name}"),
        ("SUBPATH", ""),
        ("PRUNE", "yes"),
        ("TIME_LIMIT_MINUTES", "0"),
        ("TIME_LIMIT_MINUTES", "NaN"),
        ("SILENCE_LIMIT_MINUTES", "for ever"),
    ] {
        let found = faults(&[(name, bad)]);
        assert!(
            found.iter().any(|fault| fault.contains(&name.to_lowercase())),
            "{name} = {bad:?}: {found:?}"
        );
    }
}

#[test]
fn all_faults_are_told_at_once() {
    assert_eq!(faults(&[("SHA", ""), ("REPOSITORY", ""), ("PRUNE", "1")]).len(), 3);
}

#[test]
fn expand_meta_takes_no_bakery_and_never_sees_its_secrets() {
    let empty =
        [("COMMAND", "expand-meta"), ("RECIPE_ID", ""), ("BAKERY", ""), ("JOB_NAME", ""), ("SUBPATH", "")];
    assert_eq!(faults(&empty[..1]).len(), 4);
    let mut with_secret = empty.to_vec();
    with_secret.push(("BAKERY_ARGS", "TargetStorage: {fsspec_args: {key: hidden}}"));
    let Ok(Order::Run(run)) = read(&variables(&with_secret)) else { panic!("it is good") };
    assert_eq!(run.bakery_args, None);
}

#[test]
fn dispatch_wants_text_inputs_and_a_token_that_no_error_repeats() {
    let inputs = variables(&[
        ("COMMAND", "dispatch"),
        ("WORKFLOW", "run-recipe.yaml"),
        ("WORKFLOW_REPOSITORY", "o/r"),
        ("WORKFLOW_REF", "main"),
        ("WORKFLOW_INPUTS", r#"{"n": 1}"#),
        ("TOKEN", "ghs_secret"),
    ]);
    let error = read(&inputs).expect_err("a number is no input").to_string();
    assert!(error.contains("workflow_inputs") && !error.contains("ghs_secret"), "{error}");
}
