//! A bake in a container, with the mounts and the environment that GitHub gives a container action.

use std::process::Command;

use harness::github::{FakeGithub, NewPull};
use harness::world::{CONTRIBUTOR, DEPLOYMENT, STAGED, feedstock, furnish};
use runner_contract::{Outcome, RunResult};

use super::{image, open_to_all, succeed};

#[tokio::test]
#[ignore = "needs a container engine"]
async fn container_bakes_a_recipe_without_root_and_without_a_secret_in_sight() {
    let github = FakeGithub::builder().without_contract().start().await.unwrap();
    furnish(&github);
    let mut files = feedstock("tiny-success", "recipes/tiny");
    // The recipe looks for what it must not see, and fails where it finds it.
    let recipe = files.get_mut("recipes/tiny/recipe.py").unwrap();
    recipe.insert_str(
        0,
        "import os\nassert os.getuid() != 0, 'root'\n\
         assert not [k for k in os.environ if k.startswith(('INPUT_', 'ACTIONS_', 'GITHUB_'))], sorted(os.environ)\n\
         assert not os.access('/var/run/docker.sock', os.W_OK), 'the engine'\n\n",
    );
    let number = github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
    let sha = github.read(|world| world.repositories[STAGED].pulls[&number].head_sha.clone());

    let folder = tempfile::tempdir().unwrap();
    let (git, workspace) = (folder.path().join("git"), folder.path().join("workspace"));
    for path in [folder.path(), &git, &workspace] {
        open_to_all(path);
    }
    github.materialize_git(STAGED, &git).unwrap();
    harness::files::write_config(&workspace, "/github/workspace/data");
    open_to_all(&workspace.join("data"));

    let mut run = Command::new("docker");
    run.args(["run", "--rm", "--network", "none", "--workdir", "/github/workspace"]);
    for (name, value) in [
        ("INPUT_COMMAND", "bake"),
        ("INPUT_DISPATCH_ID", "pfo-container"),
        ("INPUT_REPOSITORY", STAGED),
        ("INPUT_GIT_REF", &format!("refs/pull/{number}/head")),
        ("INPUT_SHA", &sha),
        ("INPUT_FEEDSTOCK_SUBDIR", "recipes/tiny"),
        ("INPUT_RECIPE_ID", "tiny-daily"),
        ("INPUT_BAKERY", "local-direct"),
        ("INPUT_DEPLOYMENT", DEPLOYMENT),
        ("INPUT_JOB_NAME", "pf-container-1-1"),
        ("INPUT_SUBPATH", "container"),
        ("INPUT_PRUNE", "true"),
        ("INPUT_BAKERY_ARGS", ""),
        ("ACTIONS_RUNTIME_TOKEN", "a token that nobody may see"),
        ("GITHUB_WORKSPACE", "/github/workspace"),
        ("GITHUB_SERVER_URL", "file:///git"),
        ("HOME", "/github/home"),
    ] {
        run.arg("-e").arg(format!("{name}={value}"));
    }
    run.arg("-v").arg(format!("{}:/git:ro", git.display()));
    run.arg("-v").arg(format!("{}:/github/workspace", workspace.display()));
    run.args(["-v", "/var/run/docker.sock:/var/run/docker.sock", image()]);
    let log = succeed(&mut run);
    assert!(!log.contains("a token that nobody may see"), "{log}");

    let outcome = std::fs::read(workspace.join("outcome.json")).unwrap();
    let outcome: Outcome = serde_json::from_slice(&outcome).unwrap();
    let RunResult::Baked { stores, .. } = outcome.result else { panic!("{outcome:?}\n{log}") };
    assert_eq!(stores[0].path, "tiny.zarr");
    assert!(workspace.join("data/container/tiny.zarr/.zgroup").exists(), "{log}");
}
