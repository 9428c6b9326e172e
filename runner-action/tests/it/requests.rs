//! Requests that cannot be carried out: each ends with an outcome that says why.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use runner_contract::FailureClass;

use crate::world::{World, git};

#[test]
fn bad_inputs_are_all_named_in_an_outcome() {
    let ran =
        World::of("tiny-success").stand_in("exit 0").input("sha", "main").input("subpath", "../x").run();
    assert_eq!(ran.failure().class, FailureClass::Service);
    assert!(
        ran.failure().error.contains("input sha is \"main\"")
            && ran.failure().error.contains("input subpath")
    );
    assert_eq!((ran.outcome.dispatch_id.as_str(), ran.status), ("dispatch-1", 1));
    assert!(ran.outputs.contains("failure") && ran.summary.contains("input sha"));
}

#[test]
fn a_bad_dispatch_id_is_not_repeated() {
    let ran = World::of("tiny-success").stand_in("exit 0").input("dispatch_id", "a b").run();
    assert_eq!(ran.outcome.dispatch_id, "");
    assert!(ran.failure().error.contains("dispatch_id"));
}

#[test]
fn a_commit_that_the_server_does_not_have_is_not_found() {
    let ran = World::of("tiny-success").stand_in("exit 0").input("sha", &"1".repeat(40)).run();
    assert_eq!(ran.failure().class, FailureClass::Service);
    assert!(ran.failure().error.contains("is not part of refs/heads/main"), "{:?}", ran.failure());
}

#[test]
fn a_repository_that_does_not_exist_is_told_in_gits_words() {
    let ran = World::of("tiny-success").stand_in("exit 0").input("repository", "owner/absent").run();
    assert!(ran.failure().error.contains("could not be fetched from owner/absent"), "{:?}", ran.failure());
}

#[test]
fn the_commit_that_was_asked_for_is_run_though_the_branch_moved_on() {
    let mut world = World::of("tiny-success");
    let repository = world.path().join("server/owner/name");
    fs::write(repository.join("feedstock/recipe.py"), "changed").unwrap();
    git(&repository, &["commit", "-q", "-a", "-m", "later"]);
    let ran = world
        .stand_in(
            "for a in \"$@\"; do case $a in --repo=*) cat ${a#--repo=}/feedstock/recipe.py;; esac; done",
        )
        .run();
    assert!(ran.recipe_lines().iter().any(|line| line.contains("StoreToZarr")), "{}", ran.log);
}

#[test]
fn a_link_out_of_the_repository_is_refused_and_one_inside_is_not() {
    let with_link = |target: &str| {
        let target = target.to_owned();
        World::with(move |repository| {
            let feedstock = repository.join("feedstock");
            fs::create_dir(&feedstock).unwrap();
            fs::write(feedstock.join("meta.yaml"), "recipes: []").unwrap();
            fs::write(repository.join("shared.txt"), "# nothing\n").unwrap();
            symlink(target, feedstock.join("requirements.txt")).unwrap();
        })
    };
    for outward in ["/etc/passwd", "../../../../../../etc/passwd", "/absent/file", "../../absent"] {
        let ran = with_link(outward).stand_in("exit 0").run();
        assert_eq!(ran.failure().class, FailureClass::Recipe, "{outward}");
        assert!(
            ran.failure().error.starts_with("feedstock/requirements.txt is a symbolic link"),
            "{:?}",
            ran.failure()
        );
    }
    let ran = with_link("../shared.txt").stand_in("exit 0").run();
    assert!(!ran.failure().error.contains("link"), "{:?}", ran.failure());
}

#[test]
fn a_commit_without_the_feedstock_says_so() {
    let ran = World::of("staged-layout").stand_in("exit 0").input("feedstock_subdir", "recipes/third").run();
    assert_eq!(ran.failure().class, FailureClass::Recipe);
    assert!(ran.failure().error.starts_with("recipes/third/meta.yaml does not exist"));
}

#[test]
fn an_environment_that_is_not_there_is_named() {
    let mut world = World::of("tiny-success");
    world.variables.insert("PFR_ENVIRONMENT".into(), "/absent/environment".into());
    let ran = world.run();
    assert_eq!(ran.failure().class, FailureClass::Service);
    assert!(
        ran.failure().error.contains("/absent/environment")
            && ran.failure().error.contains("PFR_ENVIRONMENT")
    );
}

#[test]
fn an_environment_that_only_root_can_enter_is_told_apart() {
    let mut world = World::of("tiny-success");
    world.stand_in("exit 0");
    let environment = world.path().join("environment");
    fs::set_permissions(&environment, fs::Permissions::from_mode(0o700)).unwrap();
    let ran = world.run();
    if ran.log.contains("the action is not root") {
        assert!(ran.failure().error.contains("ended the process"), "its owner can enter it");
    } else {
        assert!(ran.failure().error.contains("environment is closed to it"), "{:?}", ran.failure());
    }
}
