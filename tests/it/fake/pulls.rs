//! Pull requests, their files, and files at a commit.

use base64::Engine as _;
use harness::github::{Change, NewPull};
use reqwest::Method;
use serde_json::json;

use super::{Caller, REPO, at};

#[tokio::test]
async fn the_files_of_a_pull_request_tell_how_they_changed() {
    let caller = Caller::new().await;
    caller.github.commit(
        REPO,
        "main",
        [("old.txt", "same"), ("gone.txt", "bye"), ("kept.txt", "1")],
        "Files",
    );
    let changes = [
        Change::Rename("old.txt".to_owned(), "new.txt".to_owned()),
        Change::Delete("gone.txt".to_owned()),
        Change::from(("kept.txt", "2")),
        Change::from(("more.txt", "3")),
    ];
    let number = caller.github.open_pull_request(NewPull::new(REPO, "grace", "Move things").files(changes));
    let answer = caller.get(&at(&format!("pulls/{number}/files"))).await;
    let files: Vec<_> = answer
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|file| {
            (
                file["filename"].as_str().unwrap(),
                file["status"].as_str().unwrap(),
                file["previous_filename"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        files,
        [
            ("gone.txt", "removed", None),
            ("kept.txt", "modified", None),
            ("more.txt", "added", None),
            ("new.txt", "renamed", Some("old.txt")),
        ]
    );
}

#[tokio::test]
async fn what_happened_on_the_base_meanwhile_is_no_change_of_the_pull_request() {
    let caller = Caller::new().await;
    caller.github.commit(REPO, "main", [("later.txt", "x")], "Later");
    let number =
        caller.github.open_pull_request(NewPull::new(REPO, "ada", "Another").files([("mine.txt", "y")]));
    caller.github.commit(REPO, "main", [("latest.txt", "z")], "Latest");
    for (number, path) in [(1, "recipes/a/meta.yaml"), (number, "mine.txt")] {
        let files = caller.get(&at(&format!("pulls/{number}/files"))).await.body;
        assert_eq!((files.as_array().unwrap().len(), &files[0]["filename"]), (1, &json!(path)));
    }
    caller.github.merge(REPO, 1, "maria");
    assert_eq!(caller.get(&at("contents/latest.txt")).await.status, 200, "a merge keeps what the base has");
    assert_eq!(caller.get(&at("contents/recipes/a/meta.yaml")).await.status, 200);
}

#[tokio::test]
async fn a_file_of_a_fork_is_read_at_its_sha_through_the_base() {
    let caller = Caller::new().await;
    let path = at(&format!("contents/recipes/a/meta.yaml?ref={}", caller.head()));
    let file = caller.get(&path).await.body;
    let text = file["content"].as_str().unwrap().replace('\n', "");
    assert_eq!(base64::engine::general_purpose::STANDARD.decode(text).unwrap(), b"title: a\n");
    assert_eq!(
        (&file["encoding"], &file["size"], &file["type"]),
        (&json!("base64"), &json!(9), &json!("file"))
    );
    let directory = caller.get(&at("contents/recipes?ref=refs/pull/1/head")).await.body;
    assert_eq!((&directory[0]["name"], &directory[0]["type"]), (&json!("a"), &json!("dir")));
    assert_eq!(
        caller.get(&at("contents/recipes/a/meta.yaml")).await.status,
        404,
        "not on the default branch"
    );
    assert_eq!(caller.get(&at("contents/README.md?ref=nowhere")).await.status, 404);
}

#[tokio::test]
async fn a_pull_request_is_made_found_and_merged_once() {
    let caller = Caller::new().await;
    let main = caller.get(&at("git/ref/heads/main")).await.body["object"]["sha"].clone();
    let reference = json!({"ref": "refs/heads/tidy", "sha": main});
    assert_eq!(caller.post(&at("git/refs"), reference.clone()).await.status, 201);
    assert_eq!(caller.post(&at("git/refs"), reference).await.status, 422);
    let write = json!({"message": "Add", "content": "aGk=", "branch": "tidy"});
    assert_eq!(
        caller.send(Method::PUT, &at("contents/a.txt"), Some(write.clone())).await.unwrap().status,
        201
    );
    assert_eq!(caller.send(Method::PUT, &at("contents/a.txt"), Some(write)).await.unwrap().status, 422);
    let new = json!({"title": "Tidy", "head": "tidy", "base": "main"});
    assert_eq!(caller.post(&at("pulls"), new.clone()).await.body["number"], 2);
    assert_eq!(caller.post(&at("pulls"), new).await.status, 422);
    let found = caller.get(&at("pulls?state=open&head=pangeo-forge:tidy")).await.body;
    assert_eq!(found[0]["number"], 2);
    let merge = async |sha: &str| {
        caller
            .send(Method::PUT, &at("pulls/2/merge"), Some(json!({"sha": sha})))
            .await
            .unwrap()
            .status
            .as_u16()
    };
    assert_eq!(merge(&"0".repeat(40)).await, 409);
    assert_eq!(merge(found[0]["head"]["sha"].as_str().unwrap()).await, 200);
    assert_eq!(merge(found[0]["head"]["sha"].as_str().unwrap()).await, 405);
    assert_eq!(caller.get(&at("contents/a.txt")).await.status, 200, "merged into main");
    assert_eq!(caller.send(Method::DELETE, &at("git/refs/heads/tidy"), None).await.unwrap().status, 204);
    assert_eq!(caller.github.contract_violations(), [""; 0]);
}

#[tokio::test]
async fn a_deployment_does_not_start_before_the_checks_unless_told_to() {
    let caller = Caller::new().await;
    let sha = caller.get(&at("branches/main")).await.body["commit"]["sha"].clone();
    caller.post(&at("check-runs"), json!({"name": "synchronize", "head_sha": sha})).await;
    let new = json!({"ref": sha, "environment": "bakery/recipe", "auto_merge": false});
    assert_eq!(caller.post(&at("deployments"), new).await.status, 409);
    let new =
        json!({"ref": sha, "environment": "bakery/recipe", "auto_merge": false, "required_contexts": []});
    assert_eq!(caller.post(&at("deployments"), new).await.body["id"], 3001);
    let status = json!({"state": "success", "environment_url": "https://example.org/a"});
    assert_eq!(caller.post(&at("deployments/3001/statuses"), status).await.status, 201);
    assert_eq!(caller.get(&at("deployments/3001/statuses")).await.body[0]["state"], "success");
    assert_eq!(caller.get(&at("deployments?environment=other")).await.body, json!([]));
    assert_eq!(caller.github.contract_violations(), [""; 0]);
}

#[tokio::test]
async fn a_repository_of_the_organization_is_made_once() {
    let caller = Caller::new().await;
    let new = json!({"name": "a-feedstock", "auto_init": true});
    assert_eq!(caller.post("/orgs/pangeo-forge/repos", new.clone()).await.status, 201);
    assert_eq!(caller.post("/orgs/pangeo-forge/repos", new).await.status, 422);
    let found =
        caller.github.read(|world| world.installation_of("pangeo-forge/a-feedstock").map(|found| found.id));
    assert_eq!(found, Some(2001), "the App may go on with it");
}
