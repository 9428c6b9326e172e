//! The bakery's public file and its secret arguments.

use runner_contract::{FailureClass, RunResult};
use runner_sops::age::AgeIdentity;
use runner_sops::{WrappedKey, encrypt, new_data_key};

use crate::world::World;

/// A runner that shows its configuration, as a hostile recipe could.
const SHOW: &str =
    "for a in \"$@\"; do case $a in -f=*) cat \"${a#-f=}\"; echo; ls -l \"${a#-f=}\";; esac; done";

fn with_secret(secret: &str) -> World {
    let mut world = World::of("tiny-success");
    world.stand_in(SHOW).input("bakery_args", secret);
    world
}

#[test]
fn the_runner_gets_what_it_knows_and_nothing_else() {
    let mut world = World::of("tiny-success");
    let ran = world.stand_in(SHOW).run();
    let line = ran.recipe_lines().into_iter().find(|line| line.starts_with('{')).unwrap();
    let config: serde_json::Value = serde_json::from_str(line).unwrap();
    let root = world.path().join("target/app/run-1").display().to_string();
    assert_eq!(config["TargetStorage"]["root_path"], root.as_str());
    assert_eq!(config["TargetStorage"].get("public_url"), None);
    assert_eq!(config.get("MetadataCacheStorage"), None);
    assert_eq!(config["Bake"]["recipe_id"], "tiny-daily");
    assert_eq!(config["Bake"]["job_name"], "job-1");
    assert_eq!(config["Bake"]["prune"], false);
    assert_eq!(config["LocalDirectBakery"]["num_workers"], 1);
    assert!(ran.recipe_lines().iter().any(|line| line.starts_with("-rw-------")), "{}", ran.log);
}

#[test]
fn secret_arguments_win_and_are_hidden_everywhere() {
    let secret =
        r#"{"TargetStorage": {"fsspec_args": {"key": "canary/\"key\"", "client_kwargs": {"region": "eu"}}}}"#;
    let ran = with_secret(secret).run();
    let line = ran.recipe_lines().into_iter().find(|line| line.starts_with('{')).unwrap();
    assert!(line.contains(r#""key":"***""#), "{line}");
    assert!(line.contains(r#""region":"eu""#), "short values are no secrets: {line}");
    for text in [&ran.summary, &ran.outputs, &ran.failure().trace.clone().unwrap_or_default()] {
        assert!(!text.contains("canary"), "{text}");
    }
    assert!(!ran.log.contains("canary"), "{}", ran.log);
}

#[test]
fn github_is_told_to_hide_each_part_of_the_secret_arguments() {
    let mut world =
        with_secret(r#"{"TargetStorage": {"fsspec_args": {"key": "canary-1", "secret": "canary-2"}}}"#);
    world.variables.insert("GITHUB_ACTIONS".into(), "true".into());
    let ran = world.run();
    let with_canary: Vec<&str> = ran.log.lines().filter(|line| line.contains("canary")).collect();
    assert_eq!(with_canary, ["::add-mask::canary-1", "::add-mask::canary-2"]);
}

#[test]
fn secret_arguments_that_do_not_fit_are_refused_without_repeating_them() {
    for (secret, said) in [
        ("canary", "not a YAML or JSON mapping"),
        ("{canary", "not a YAML or JSON mapping"),
        ("sops: {mac: canary}", "cannot be decrypted"),
        ("Storage: {fsspec_args: {key: canary}}", "section Storage is not in the public file"),
        ("TargetStorage: {root_path: canary}", "TargetStorage.root_path is not allowed"),
        ("TargetStorage: canary", "section TargetStorage is not a mapping"),
    ] {
        let ran = with_secret(secret).run();
        assert_eq!(ran.failure().class, FailureClass::Bakery, "{secret}");
        assert!(ran.failure().error.contains(said), "{secret}: {:?}", ran.failure());
        assert!(!ran.log.contains("canary"), "{}", ran.log);
    }
}

/// The identity of somebody, and a text that only they can read.
fn sealed(text: &str) -> (AgeIdentity, String) {
    let identity = AgeIdentity::generate().unwrap();
    let key = new_data_key().unwrap();
    let wrapped = WrappedKey::for_age(&key, identity.recipient()).unwrap();
    let sealed = encrypt(text, &key, &[wrapped], "2026-01-01T00:00:00Z").unwrap();
    (identity, sealed)
}

const SECRET: &str = "TargetStorage: {fsspec_args: {key: canary-key, anon: false}}";

#[test]
fn s6_encrypted_arguments_are_read_from_the_input_or_the_workspace_and_hidden_with_their_key() {
    let (identity, text) = sealed(SECRET);
    for is_input in [true, false] {
        let mut world = World::of("tiny-success");
        // The key, as a comment in its file has it, is an input like any other.
        world.stand_in(SHOW).input("sops_age_key", &format!("# a key\n{}\n", identity.to_text().as_str()));
        if is_input {
            world.input("bakery_args", &text);
        } else {
            world.secret("local", &text);
        }
        let ran = world.run();
        let line = ran.recipe_lines().into_iter().find(|line| line.starts_with('{')).unwrap();
        assert!(line.contains(r#""anon":false,"key":"***""#), "{line}");
        assert!(!ran.log.contains("canary") && !ran.log.contains(identity.to_text().as_str()), "{}", ran.log);
    }
}

#[test]
fn encrypted_arguments_that_cannot_be_opened_say_what_is_missing() {
    let (identity, text) = sealed(SECRET);
    let (stranger, _) = sealed(SECRET);
    let key = identity.to_text();
    let changed = text.replacen("type:str", "type:int", 1);
    for (file, key, said) in [
        (&text, "", "give the action the input sops_age_key"),
        (&text, stranger.to_text().as_str(), identity.recipient().to_string().as_str()),
        (&text, "AGE-SECRET-KEY-1CANARY", "SOPS_AGE_KEY holds something that is not an age key"),
        (&changed, key.as_str(), "`TargetStorage.fsspec_args.key` was changed since it was encrypted"),
        (&SECRET.to_owned(), key.as_str(), "its secrets are in clear"),
    ] {
        let mut world = World::of("tiny-success");
        world.stand_in(SHOW).input("sops_age_key", key);
        world.secret("local", file);
        let ran = world.run();
        assert_eq!(ran.failure().class, FailureClass::Bakery);
        let error = &ran.failure().error;
        assert!(error.contains("secrets/bakery-args.local.yaml") && error.contains(said), "{error}");
        assert!(!ran.log.to_lowercase().contains("canary"), "{}", ran.log);
    }
}

#[test]
fn s6_recipes_that_are_only_listed_meet_no_secret() {
    let (_, text) = sealed(SECRET);
    let mut world = World::of("tiny-success");
    world.expand().secret("local", &text);
    world.stand_in(SHOW);
    // Nobody could open it: it is not even looked at.
    assert!(!world.run().log.contains("cannot be decrypted"));
}

#[test]
fn a_file_that_deployments_share_lies_under_the_deployments_own() {
    let mut world = World::of("tiny-success");
    let root = world.path().join("target").display().to_string();
    world.stand_in(SHOW);
    world.workspace_file(
        "bakeries/local.yaml",
        &format!(
            "LocalDirectBakery: {{num_workers: 7, threads: 2}}\nInputCacheStorage: {{fsspec_class: x, root_path: y}}\n\
             TargetStorage: {{fsspec_class: fsspec.implementations.local.LocalFileSystem, root_path: '{root}/{{subpath}}'}}\n\
             Bake: {{bakery_class: pangeo_forge_runner.bakery.local.LocalDirectBakery}}\n"
        ),
    );
    world.bakery("local", "LocalDirectBakery: {num_workers: 1}\nInputCacheStorage: null\n");
    let ran = world.run();
    let line = ran.recipe_lines().into_iter().find(|line| line.starts_with('{')).unwrap();
    let config: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(config["LocalDirectBakery"], serde_json::json!({"num_workers": 1, "threads": 2}));
    assert_eq!(config.get("InputCacheStorage"), None, "null takes away what lies below");
    assert_eq!(config["TargetStorage"]["root_path"], format!("{root}/app/run-1"));
}

#[test]
fn an_unknown_bakery_is_answered_with_those_that_there_are() {
    let ran = World::of("tiny-success").stand_in(SHOW).input("bakery", "locall").run();
    assert_eq!(ran.failure().class, FailureClass::Bakery);
    let error = &ran.failure().error;
    assert_eq!(error, "there is no bakery \"locall\" for deployment \"test\"; there are: local");
}

#[test]
fn a_public_file_with_a_fault_is_named_with_the_fault() {
    for (text, said) in [
        ("- a", "bakeries/bad.test.yaml: "),
        ("TargetStorage: {fsspec_class: x, root_path: y}", "section Bake is missing"),
        ("Bake: {}", "section TargetStorage is missing"),
        ("Bake: {}\nTargetStorage: {fsspec_class: x, root_path: y}", "Bake.bakery_class is missing"),
        ("Bake: {bakery_class: x}\nTargetStorage: {root_path: y}", "TargetStorage.fsspec_class is missing"),
        ("Bake: {bakery_class: x}\nTargetStorage: {fsspec_class: x}", "TargetStorage.root_path is missing"),
        (
            "Bake: {bakery_class: x}\nTargetStorage: {fsspec_class: x, root_path: \"{bucket}/y\"}",
            "the only fields allowed are {subpath} and {job_name}",
        ),
    ] {
        let mut world = World::of("tiny-success");
        world.bakery("bad", text);
        let ran = world.stand_in(SHOW).input("bakery", "bad").run();
        assert_eq!(ran.failure().class, FailureClass::Bakery, "{text}");
        assert!(ran.failure().error.contains(said), "{text}: {:?}", ran.failure());
    }
}

#[test]
fn a_job_at_dataflow_gets_its_credentials_as_a_file_and_tells_the_stores_that_the_text_names() {
    let mut world = World::of("tiny-success");
    world.bakery(
        "dataflow",
        "Bake: {bakery_class: pangeo_forge_runner.bakery.dataflow.DataflowBakery}\n\
         TargetStorage: {fsspec_class: gcsfs.GCSFileSystem, root_path: \"bucket/{subpath}\"}",
    );
    let script = r#"[ "$(cat $GOOGLE_APPLICATION_CREDENTIALS)" = '{"private_key":"canary"}' ] || exit 5
echo '{"message": "x", "recipe": "tiny-daily", "job_name": "job-1", "job_id": "2026-01-01_0", "status": "submitted"}'"#;
    world.stand_in(script).input("bakery", "dataflow");
    let ran = world.input("bakery_args", "GoogleCredentials: {private_key: canary}").run();
    let RunResult::Submitted { job_id, stores, .. } = &ran.outcome.result else { panic!("{}", ran.log) };
    assert_eq!((job_id.as_str(), stores[0].path.as_str()), ("2026-01-01_0", "named.zarr"));
    assert!(ran.outputs.contains("2026-01-01_0"));
}

#[test]
fn s6_a_bakery_without_a_key_gets_the_identity_of_the_job_and_it_is_hidden() {
    // As google-github-actions/auth writes it, with its path on the machine around the container.
    let file = r#"{"type": "external_account", "audience": "//iam.googleapis.com/x", "credential_source": {"url": "https://token.example.org", "headers": {"Authorization": "bearer canary-of-the-job"}}}"#;
    let script = r#"cat $GOOGLE_APPLICATION_CREDENTIALS || exit 5
echo; echo '{"message": "x", "recipe": "tiny-daily", "job_name": "job-1", "job_id": "2026-01-01_0", "status": "submitted"}'"#;
    let world = |path: &str| {
        let mut world = World::of("tiny-success");
        world.bakery(
            "dataflow",
            "Bake: {bakery_class: pangeo_forge_runner.bakery.dataflow.DataflowBakery}\n\
             TargetStorage: {fsspec_class: gcsfs.GCSFileSystem, root_path: \"bucket/{subpath}\"}",
        );
        world.workspace_file("gha-creds-0a1b.json", file);
        world.stand_in(script).input("bakery", "dataflow").input("google_credentials_file", path);
        world
    };
    let ran = world("/home/runner/work/hub/hub/gha-creds-0a1b.json").run();
    assert!(matches!(ran.outcome.result, RunResult::Submitted { .. }), "{}", ran.log);
    assert!(ran.log.contains("external_account") && ran.log.contains("\"bearer ***\""), "{}", ran.log);
    assert!(!ran.log.contains("canary"), "{}", ran.log);

    let ran = world("/elsewhere/gha-creds-ffff.json").run();
    assert_eq!(ran.failure().class, FailureClass::Bakery);
    assert!(ran.failure().error.starts_with("gha-creds-ffff.json: "), "{}", ran.failure().error);
}

#[test]
fn expand_meta_gets_no_bakery_and_no_secret() {
    let mut world = World::of("dict-object");
    let ran = world
        .expand()
        .stand_in(SHOW)
        .input("bakery_args", "TargetStorage: {fsspec_args: {key: canary}}")
        .run();
    assert!(ran.recipe_lines().contains(&"{}"), "{}", ran.log);
    assert!(!ran.log.contains("canary"));
}
