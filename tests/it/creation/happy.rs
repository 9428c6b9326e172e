//! A recipe becomes a feedstock, to the last byte of it.

use harness::app::TestApp;
use harness::github::{Change, Mode, NewPull};
use harness::stories;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED};
use serde_json::json;

use super::{
    DIRECTORY, NOAA, branches, checklist, files_of, is_registered, merged, recipe, repositories, state,
};

const BYTES: [u8; 8] = [0, 255, 10, 13, 137, 80, 0, 128];

stories! {
    async fn u11_a_merged_recipe_becomes_a_feedstock_and_the_pull_request_shows_a_checklist(app: &mut TestApp) {
        let number = merged(app, "Add noaa", recipe()).await;
        app.settle().await;

        let made_with = app.github.read(|world| world.repositories[NOAA].made_with.clone());
        let expected = json!({
            "name": "noaa-feedstock",
            "description": format!("Pangeo Forge feedstock for noaa, from {STAGED}#{number}"),
            "homepage": "https://pangeo-forge.org",
            "private": false,
            "has_issues": true,
            "has_projects": false,
            "has_wiki": false,
            "auto_init": true,
            "gitignore_template": "Python",
            "license_template": "apache-2.0",
        });
        assert_eq!(made_with, expected, "the settings that feedstocks have always had");
        let files = files_of(app, NOAA);
        let mut names: Vec<_> = recipe().keys().map(|path| path.replace(DIRECTORY, "feedstock")).collect();
        names.extend(["README.md", "LICENSE", ".gitignore"].map(str::to_owned));
        names.sort();
        assert_eq!(files.keys().cloned().collect::<Vec<_>>(), names);
        assert!(files_of(app, STAGED).keys().all(|path| !path.starts_with(DIRECTORY)), "cleaned up");
        assert_eq!((branches(app, NOAA), branches(app, STAGED)), (vec!["main".into()], vec!["main".into()]));
        assert!(is_registered(app, NOAA).await);
        assert_eq!(state(app).await, "done");

        let list = checklist(app, number);
        assert!(!list.contains("[ ]"), "{list}");
        for part in [
            "has become the feedstock [pangeo-forge/noaa-feedstock](https://github.com/pangeo-forge/noaa-feedstock)",
            "pull request pangeo-forge/noaa-feedstock#1",
            "pull request pangeo-forge/staged-recipes#2",
            "`contributor`",
        ] {
            assert!(list.contains(part), "{part} in {list}");
        }
        let titles = |repository: &str| -> Vec<String> {
            app.github.read(|world| world.repositories[repository].pulls.values().map(|pull| pull.title.clone()).collect())
        };
        assert_eq!(titles(NOAA), ["Create pangeo-forge/noaa-feedstock"]);
        assert_eq!(titles(STAGED), ["Add noaa", "Cleanup pangeo-forge/noaa-feedstock"]);
        assert_eq!(repositories(app).len(), 4);
    }

    async fn every_file_comes_along_byte_by_byte_with_its_path_and_its_mode(app: &mut TestApp) {
        let path = |rest: &str| format!("{DIRECTORY}/{rest}");
        let changes = [
            Change::from((path("deep/er/still.txt"), "deep")),
            Change::from((path("logo.png"), BYTES)),
            Change::from((path("empty"), "")),
            Change::from((path("a name with spaces & é.txt"), "odd")),
            Change::from((path("old.py"), "moved = True\n")),
            Change::from((path("mistake.py"), "oops\n")),
            Change::WriteAs(path("run.sh"), b"#!/bin/sh\n".to_vec(), Mode::Program),
            Change::WriteAs(path("link"), b"recipe.py".to_vec(), Mode::Link),
        ];
        let new = NewPull::new(STAGED, CONTRIBUTOR, "Add noaa").files(recipe()).files(changes);
        let number = app.github.open_pull_request(new);
        let change = [Change::Rename(path("old.py"), path("deep/new.py")), Change::Delete(path("mistake.py"))];
        app.github.push(STAGED, number, change);
        app.settle().await;
        app.github.merge(STAGED, number, MAINTAINER);
        let before = files_of(app, STAGED);
        app.settle().await;

        let after = files_of(app, NOAA);
        let recipe: Vec<_> = before.iter().filter(|(path, _)| path.starts_with(DIRECTORY)).collect();
        assert!(recipe.len() > 8);
        for (path, file) in &recipe {
            assert_eq!(after.get(&path.replacen(DIRECTORY, "feedstock", 1)), Some(*file), "{path}");
        }
        assert_eq!(after.len(), recipe.len() + 3);
        assert_eq!(after["feedstock/run.sh"].0, Mode::Program);
        assert_eq!(after["feedstock/logo.png"].1, BYTES);
    }

    async fn a_recipe_of_many_files_is_copied_in_parts_and_all_pages_of_it_are_read(app: &mut TestApp) {
        let mut files = recipe();
        files.extend((0..130).map(|i| (format!("{DIRECTORY}/parts/{i:03}.txt"), format!("part {i}"))));
        let count = files.len();
        let number = merged(app, "Add noaa", files).await;
        app.settle().await;
        assert_eq!(files_of(app, NOAA).len(), count + 3);
        assert_eq!(state(app).await, "done");
        assert!(checklist(app, number).contains(&format!("{count} files on the branch")));
    }

    async fn a_file_elsewhere_on_the_second_page_makes_it_no_recipe(app: &mut TestApp) {
        let mut files = recipe();
        files.extend((0..130).map(|i| (format!("{DIRECTORY}/parts/{i:03}.txt"), format!("part {i}"))));
        files.insert("zz.txt".into(), "not a recipe".into());
        merged(app, "Add noaa", files).await;
        app.settle().await;
        assert_eq!(repositories(app).len(), 3);
    }

    async fn who_wrote_the_recipe_may_push_to_its_feedstock_and_who_cannot_is_named(app: &mut TestApp) {
        for login in ["ada", "grace", "helper[bot]"] {
            app.github.add_user(login);
        }
        app.github.change(|world| world.barred.insert("grace".into()));
        let number = propose_with_help(app);
        app.settle().await;
        app.github.merge(STAGED, number, MAINTAINER);
        app.settle().await;
        let roles = app.github.read(|world| world.repositories[NOAA].roles.clone());
        let names: Vec<_> = roles.keys().map(String::as_str).collect();
        assert_eq!(names, ["ada", CONTRIBUTOR]);
        let list = checklist(app, number);
        assert!(list.contains("- [x] write access for who wrote the recipe: `contributor`, `ada`"), "{list}");
        assert!(list.contains("not for `grace`") && list.contains("does not allow outside collaborators"), "{list}");
        assert_eq!(state(app).await, "done", "it stops nothing");
    }

    async fn the_default_branch_is_read_and_not_assumed(app: &mut TestApp) {
        app.github.change(|world| world.new_default_branch = "trunk".into());
        merged(app, "Add noaa", recipe()).await;
        app.settle().await;
        assert_eq!(branches(app, NOAA), ["trunk"]);
        assert!(files_of(app, NOAA).contains_key("feedstock/meta.yaml"));
    }

    async fn r10_a_fork_that_was_deleted_before_the_merge_was_looked_at_stops_nothing(app: &mut TestApp) {
        merged(app, "Add noaa", recipe()).await;
        app.github.delete_repository("contributor/staged-recipes");
        app.settle().await;
        assert_eq!(state(app).await, "done");
    }

    async fn r5_a_merge_told_again_and_again_makes_one_feedstock(app: &mut TestApp) {
        let number = merged(app, "Add noaa", recipe()).await;
        let hooks = app.github.take_hooks();
        for round in 0..3 {
            for hook in &hooks {
                let mut again = hook.clone();
                again.delivery = format!("{}-{round}", hook.delivery);
                for (name, value) in &mut again.headers {
                    if name == "x-github-delivery" {
                        value.clone_from(&again.delivery);
                    }
                }
                app.deliver(&again).await;
            }
            if round > 0 {
                app.settle().await;
            }
        }
        let requests = app.github.request_count();
        app.settle().await;
        assert_eq!(app.github.request_count(), requests);
        assert_eq!(app.github.read(|world| world.repositories[NOAA].pulls.len()), 1);
        assert_eq!((state(app).await.as_str(), repositories(app).len()), ("done", 4));
        checklist(app, number);
    }

    async fn s7_a_token_for_the_whole_installation_is_made_only_where_github_wants_one(app: &mut TestApp) {
        app.github.change(|world| world.making_needs_whole_installation = true);
        merged(app, "Add noaa", recipe()).await;
        app.settle().await;
        assert_eq!(state(app).await, "done");
        let exchanges = app.github.exchanges();
        let tokens = exchanges.iter().filter(|exchange| exchange.request.path.ends_with("/access_tokens"));
        let whole: Vec<_> = tokens.map(|token| token.request.json()).filter(|body| body.get("repositories").is_none()).collect();
        assert_eq!(whole, [json!({"permissions": {"administration": "write"}})]);
    }
}

fn propose_with_help(app: &TestApp) -> u64 {
    let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add noaa").files(recipe()));
    for (i, login) in ["ada", "grace", "helper[bot]", "A Name Without Account", "ada"].into_iter().enumerate()
    {
        app.github.push_as(STAGED, number, login, [(format!("{DIRECTORY}/help-{i}.py"), "x = 1\n")]);
    }
    number
}
