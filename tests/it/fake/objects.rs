//! Git's objects over REST: a commit of many files in one piece, branches that move, and who is asked about them.

use harness::github::{Change, Mode};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Caller, REPO, at};

async fn main_and_tree(caller: &Caller) -> (String, String) {
    let main = caller.get(&at("git/ref/heads/main")).await.body["object"]["sha"].as_str().unwrap().to_owned();
    let commit = caller.get(&at(&format!("git/commits/{main}"))).await.body;
    (main, commit["tree"]["sha"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_commit_is_made_of_blobs_and_a_tree_under_the_ids_of_git() {
    let caller = Caller::new().await;
    let blob = caller.post(&at("git/blobs"), json!({"content": "aGk=", "encoding": "base64"})).await;
    assert_eq!(
        (blob.status.as_u16(), &blob.body["sha"]),
        (201, &json!("32f95c0d1244a78b2be1bab8de17906fabb2c4a8"))
    );
    let sha = blob.body["sha"].as_str().unwrap();
    assert_eq!(caller.get(&at(&format!("git/blobs/{sha}"))).await.body["content"], "aGk=\n");

    let (main, tree) = main_and_tree(&caller).await;
    let entries = json!([
        {"path": "bin/hi", "mode": "100755", "type": "blob", "sha": sha},
        {"path": "README.md", "mode": "100644", "type": "blob", "sha": Value::Null},
    ]);
    let made = caller.post(&at("git/trees"), json!({"base_tree": tree, "tree": entries})).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let gone = json!([{"path": "no", "mode": "100644", "type": "blob", "sha": Value::Null}]);
    assert_eq!(caller.post(&at("git/trees"), json!({"base_tree": tree, "tree": gone})).await.status, 422);
    let new = json!({"message": "Say hi", "tree": made.body["sha"], "parents": [main]});
    let commit = caller.post(&at("git/commits"), new).await.body["sha"].clone();
    let listed = caller.get(&at(&format!("git/trees/{}?recursive=1", commit.as_str().unwrap()))).await.body;
    let paths: Vec<_> =
        listed["tree"].as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap()).collect();
    assert_eq!(paths, [".github", ".github/workflows", ".github/workflows/run-recipe.yaml", "bin", "bin/hi"]);
    assert_eq!(listed["tree"][4]["mode"], "100755");

    let reference = json!({"ref": "refs/heads/hi", "sha": commit});
    assert_eq!(caller.post(&at("git/refs"), reference).await.status, 201);
    let back = json!({"sha": main});
    assert_eq!(caller.patch(&at("git/refs/heads/hi"), back).await.status, 422, "not a fast forward");
    let back = json!({"sha": main, "force": true});
    assert_eq!(caller.patch(&at("git/refs/heads/hi"), back).await.status, 200);
    assert_eq!(caller.github.contract_violations(), [""; 0]);
}

#[tokio::test]
async fn modes_are_kept_and_what_conflicts_is_not_merged() {
    let caller = Caller::new().await;
    let program = Change::WriteAs("run.sh".into(), b"#!/bin/sh\n".to_vec(), Mode::Program);
    caller.github.push(REPO, 1, [program]);
    caller.github.push_as(REPO, 1, "A Name", [("recipes/a/meta.yaml", "title: b\n")]);
    let commits = caller.get(&at("pulls/1/commits")).await.body;
    let authors: Vec<_> =
        commits.as_array().unwrap().iter().map(|commit| commit["author"]["login"].clone()).collect();
    assert_eq!(authors, [json!("ada"), json!("ada"), Value::Null]);
    caller.github.commit(REPO, "main", [("recipes/a/meta.yaml", "title: c\n")], "Another");
    let merge = caller.send(Method::PUT, &at("pulls/1/merge"), Some(json!({}))).await.unwrap();
    assert_eq!(merge.status, 405);
    let directory = tempfile::tempdir().unwrap();
    let path = caller.github.materialize_git(REPO, directory.path()).unwrap();
    let listed = std::process::Command::new("git")
        .args(["ls-tree", "refs/pull/1/head", "run.sh"])
        .current_dir(path)
        .output()
        .unwrap();
    assert!(String::from_utf8(listed.stdout).unwrap().starts_with("100755"));
}

#[tokio::test]
async fn a_repository_that_has_another_name_is_pointed_to_until_the_old_one_is_taken() {
    let caller = Caller::new().await;
    caller.github.rename_repository(REPO, "new-recipes");
    assert_eq!(caller.get("/repos/pangeo-forge/staged-recipes").await.status, 301);
    let mut caller = caller;
    caller.use_token(json!({})).await;
    assert_eq!(caller.get("/repos/pangeo-forge/new-recipes").await.status, 200);
    let new = json!({"name": "staged-recipes", "auto_init": true});
    assert_eq!(caller.post("/orgs/pangeo-forge/repos", new).await.status, 201);
    assert_eq!(caller.get("/repos/pangeo-forge/staged-recipes").await.body["full_name"], REPO);
    caller.github.delete_repository(REPO);
    assert_eq!(caller.get("/repos/pangeo-forge/staged-recipes").await.status, 404);
    assert_eq!(caller.post("/orgs/ada/repos", json!({"name": "x"})).await.status, 404, "a person's account");
}
