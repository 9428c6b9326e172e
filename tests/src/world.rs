//! The world that every story begins in: one organisation with a staged-recipes repository, a feedstock and the hub, somebody who
//! may write there and somebody who may not. And the files of a recipe, as the feedstocks beside the tests have them.

use std::collections::BTreeMap;
use std::path::Path;

use crate::github::{FakeGithub, Role};

/// Where new recipes are proposed.
pub const STAGED: &str = "pangeo-forge/staged-recipes";
/// A feedstock.
pub const FEEDSTOCK: &str = "pangeo-forge/tiny-feedstock";
/// Where recipes run.
pub const HUB: &str = "pangeo-forge/pangeo-forge-orchestrator";
/// Somebody with write access everywhere.
pub const MAINTAINER: &str = "maintainer";
/// Somebody with nothing but an account.
pub const CONTRIBUTOR: &str = "contributor";
/// The deployment that tests and the demo play.
pub const DEPLOYMENT: &str = "pforge-local-demo";
/// The secret that webhooks are signed with.
pub const WEBHOOK_SECRET: &str = "not a secret: the one of the tests";
/// The key of the deployment's file, which opens the whole API.
pub const API_KEY: &str = "not a key: the one of the tests";

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Files by path.
pub type Files = BTreeMap<String, String>;

/// The files of a feedstock beside the tests, below `directory`: `feedstock/meta.yaml`, `recipes/tiny/recipe.py`.
pub fn feedstock(name: &str, directory: &str) -> Files {
    let from = root().join("tests/feedstocks").join(name).join("feedstock");
    let entries = std::fs::read_dir(&from).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    entries
        .map(|entry| {
            let entry = entry.unwrap_or_else(|error| panic!("{}: {error}", from.display()));
            let path = format!("{directory}/{}", entry.file_name().to_string_lossy());
            let text =
                std::fs::read_to_string(entry.path()).unwrap_or_else(|error| panic!("{path}: {error}"));
            (path, text)
        })
        .collect()
}

/// The workflow that the hub runs, the project's own.
pub fn workflow() -> String {
    let path = root().join(".github/workflows/run-recipe.yaml");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Puts the usual repositories and people into a world. The webhooks about it have been taken by somebody else.
pub fn furnish(github: &FakeGithub) {
    github.add_user(MAINTAINER);
    github.add_user(CONTRIBUTOR);
    for repository in [STAGED, FEEDSTOCK, HUB] {
        github.add_repo(repository);
        github.set_permission(repository, MAINTAINER, Role::Write);
    }
    github.commit(HUB, "main", [(".github/workflows/run-recipe.yaml", workflow().as_str())], "Run recipes");
    for hook in github.take_hooks() {
        github.delivered(&hook, 200);
    }
}
