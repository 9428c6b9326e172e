//! The ids in the world are those of git.

use std::path::Path;
use std::process::Command;

use harness::github::Change;

use super::{Caller, REPO};

fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").current_dir(directory).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn a_repository_is_written_under_its_true_shas_and_can_be_fetched() {
    let caller = Caller::new().await;
    // A directory and a file whose order git sees differently from the alphabet.
    caller.github.commit(REPO, "main", [("a.b", "1"), ("a/c", "2"), ("a/d/e", "3"), ("a0", "4")], "Order");
    let first = caller.head();
    let directory = tempfile::tempdir().unwrap();
    let path = caller.github.materialize_git(REPO, directory.path()).unwrap();
    assert_eq!(git(&path, &["rev-parse", "refs/pull/1/head"]), first);
    let main = caller.github.read(|world| world.repositories[REPO].branches["main"].clone());
    assert_eq!(git(&path, &["rev-parse", "HEAD"]), main);

    // The branch is rewritten, so nothing but the sha leads to the first commit.
    let second = caller.github.force_push(REPO, 1, [Change::Delete("README.md".to_owned())]);
    caller.github.materialize_git(REPO, directory.path()).unwrap();
    assert_eq!(git(&path, &["rev-parse", "refs/pull/1/head"]), second);
    let clone = tempfile::tempdir().unwrap();
    git(clone.path(), &["init", "--quiet"]);
    let address = format!("file://{}", path.display());
    git(clone.path(), &["fetch", "--quiet", "--depth=1", &address, "refs/pull/1/head"]);
    assert_eq!(git(clone.path(), &["rev-parse", "FETCH_HEAD"]), second);
    git(clone.path(), &["fetch", "--quiet", "--depth=1", &address, &first]);
    assert_eq!(git(clone.path(), &["show", &format!("{first}:recipes/a/meta.yaml")]), "title: a");

    let merged = caller.github.merge(REPO, 1, "maria");
    caller.github.materialize_git(REPO, directory.path()).unwrap();
    assert_eq!(git(&path, &["rev-parse", "main"]), merged);
    assert!(git(&path, &["fsck", "--strict"]).is_empty());
}
