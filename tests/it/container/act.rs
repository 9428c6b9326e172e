//! The workflow under `act`, which plays a GitHub runner. Some things differ from GitHub: `act` knows neither `$/` for "this
//! repository" nor `queue: max`, the action's image is the one that was built before, and `upload-artifact`, which cannot be fetched here, is stood
//! in for by an action that keeps the file.

use std::process::Command;

use harness::github::{FakeGithub, NewPull};
use harness::world::{CONTRIBUTOR, DEPLOYMENT, STAGED, feedstock, furnish, root, workflow};
use runner_contract::{Outcome, RunResult};

use super::{image, open_to_all, succeed};

#[tokio::test]
#[ignore = "needs a container engine"]
async fn container_workflow_lists_recipes_under_act() {
    let act = std::env::var_os("ACT_BIN").expect("ACT_BIN names no program: `cargo xtask test` provides act");
    let github = FakeGithub::builder().without_contract().start().await.unwrap();
    furnish(&github);
    let files = feedstock("dict-object-light", "recipes/light");
    let number = github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add light").files(files));
    let sha = github.read(|world| world.repositories[STAGED].pulls[&number].head_sha.clone());

    let folder = tempfile::tempdir().unwrap();
    let (hub, upload) = (folder.path().join("hub"), folder.path().join("upload"));
    for path in
        [folder.path(), &hub.join(".github/workflows"), &hub.join("runner-action"), &upload, &hub.join("git")]
    {
        open_to_all(path);
    }
    github.materialize_git(STAGED, &hub.join("git")).unwrap();
    let workflow = workflow();
    let known = workflow.replace("uses: $/", "uses: ./").replace("  queue: max\n", "");
    std::fs::write(hub.join(".github/workflows/run-recipe.yaml"), known).unwrap();
    let action = std::fs::read_to_string(root().join("runner-action/action.yml")).unwrap();
    assert!(action.contains("image: Dockerfile"), "{action}");
    let action = action.replace("image: Dockerfile", &format!("image: docker://{}", image()));
    std::fs::write(hub.join("runner-action/action.yml"), action).unwrap();
    std::fs::write(
        upload.join("action.yml"),
        "name: keep\ninputs:\n  name: {}\n  path: {}\n  if-no-files-found: {}\nruns:\n  using: composite\n  steps:\n    \
         - shell: sh\n      run: cp \"$GITHUB_WORKSPACE/outcome.json\" \"$GITHUB_WORKSPACE/kept.json\"\n",
    )
    .unwrap();
    let uses = workflow.lines().find_map(|line| line.trim().strip_prefix("uses: actions/upload-artifact@"));
    let version = uses.unwrap().split_whitespace().next().unwrap();
    for arguments in [
        &["init", "-q"][..],
        &["add", "-A"],
        &["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "hub"],
    ] {
        succeed(Command::new("git").args(arguments).current_dir(&hub));
    }

    let mut run = Command::new(act);
    run.current_dir(&hub).args(["workflow_dispatch", "-W", ".github/workflows/run-recipe.yaml", "--bind"]);
    run.args(["-P", "ubuntu-24.04=debian:bookworm-slim", "--pull=false", "--action-offline-mode"]);
    // `act` looks for actions on the server that the job is told of, too.
    let server = format!("file://{}/git", hub.display());
    run.arg("--local-repository");
    run.arg(format!("{server}/actions/upload-artifact@{version}={}", upload.display()));
    run.arg("--env").arg(format!("GITHUB_SERVER_URL={server}"));
    for (name, value) in [
        ("dispatch_id", "pfo-act"),
        ("command", "expand-meta"),
        ("repository", STAGED),
        ("git_ref", &format!("refs/pull/{number}/head")),
        ("sha", &sha),
        ("feedstock_subdir", "recipes/light"),
        ("deployment", DEPLOYMENT),
    ] {
        run.arg("--input").arg(format!("{name}={value}"));
    }
    let log = succeed(&mut run);
    let kept = std::fs::read(hub.join("kept.json")).unwrap_or_else(|error| panic!("{error}\n{log}"));
    let outcome: Outcome = serde_json::from_slice(&kept).unwrap();
    let RunResult::Expanded { recipe_ids } = outcome.result else { panic!("{outcome:?}\n{log}") };
    assert_eq!(recipe_ids, ["light-00", "light-01", "light-02"], "{log}");
}
