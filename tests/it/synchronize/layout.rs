//! Files where they belong, and files where they do not.

use harness::github::{Change, NewPull};
use harness::stories;
use harness::world::{CONTRIBUTOR, FEEDSTOCK, Files, MAINTAINER, STAGED, feedstock};

use super::{TINY, assert_red, check_in, check_of, open, queued, remarks};

/// The files of a recipe in order, and one more.
fn tiny_and(path: &str) -> Files {
    let mut files = feedstock("tiny-success", TINY);
    files.insert(path.to_owned(), "Nothing in particular\n".to_owned());
    files
}

/// The files of a recipe in order with `meta.yaml` under another path.
fn with_meta_at(path: &str) -> Files {
    let mut files = feedstock("tiny-success", TINY);
    let meta = files.remove("recipes/tiny/meta.yaml").unwrap();
    files.insert(path.to_owned(), meta);
    files
}

stories! {
    async fn a_pull_request_that_cannot_be_released_by_merging_turns_red(app: &mut TestApp) {
        let mut two = feedstock("tiny-success", "recipes/first");
        two.extend(feedstock("two-recipes", "recipes/second"));
        for (name, files, expected) in [
            (
                "two recipe directories",
                two,
                vec![("recipes/second/meta.yaml", 1, "touches `recipes/second` as well as `recipes/first`")],
            ),
            (
                "a recipe and the README",
                tiny_and("README.md"),
                vec![("README.md", 1, "changes a recipe, and also `README.md`")],
            ),
            (
                "a recipe and a workflow",
                tiny_and(".github/workflows/steal.yaml"),
                vec![(".github/workflows/steal.yaml", 1, "not in a directory of `recipes/`")],
            ),
            (
                "meta.yaml with another ending",
                with_meta_at("recipes/tiny/meta.yml"),
                vec![("recipes/tiny/meta.yml", 1, "the file must be called `meta.yaml`")],
            ),
            (
                "meta.yaml one level too deep",
                with_meta_at("recipes/tiny/feedstock/meta.yaml"),
                vec![("recipes/tiny/feedstock/meta.yaml", 1, "one level too deep")],
            ),
            (
                "meta.yaml directly in recipes",
                [("recipes/meta.yaml".to_owned(), "title: Tiny\n".to_owned())].into(),
                vec![("recipes/meta.yaml", 1, "a directory of its own")],
            ),
            (
                "a directory that cannot name a repository",
                feedstock("tiny-success", "recipes/tiny-feedstock"),
                vec![("recipes/tiny-feedstock/meta.yaml", 1, "already has the ending `-feedstock`")],
            ),
            (
                "no meta.yaml",
                [("recipes/tiny/recipe.py".to_owned(), "recipe = None\n".to_owned())].into(),
                vec![("recipes/tiny/recipe.py", 1, "has no `meta.yaml`; it has `recipe.py`")],
            ),
        ] {
            let number = open(app, name, files).await;
            assert_red(name, &check_of(app, number), &expected);
            assert_eq!(queued(app, STAGED, number).await, Vec::<String>::new(), "{name}");
        }
    }

    async fn a_pull_request_without_a_recipe_is_green_and_says_that_there_is_none(app: &mut TestApp) {
        let readme = ("README.md".to_owned(), "Better\n".to_owned());
        let recipes_readme = ("recipes/README.md".to_owned(), "How to add a recipe\n".to_owned());
        for (name, files) in [("the README", [readme].into()), ("the README of the recipes", [recipes_readme].into())] {
            let number = open(app, name, files).await;
            let check = check_of(app, number);
            assert_eq!((check.status.as_str(), check.conclusion.as_deref()), ("completed", Some("success")), "{name}");
            assert_eq!(check.title.as_deref(), Some("No recipe in this pull request"), "{name}");
            assert_eq!((remarks(&check), queued(app, STAGED, number).await), (vec![], vec![]), "{name}");
        }
    }

    async fn taking_a_recipe_away_leaves_nothing_to_check(app: &mut TestApp) {
        let files = feedstock("tiny-success", TINY);
        let gone: Vec<_> = files.keys().cloned().map(Change::Delete).collect();
        app.github.commit(STAGED, "main", files, "Add tiny");
        let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Remove tiny").files(gone));
        app.settle().await;
        assert_eq!(check_of(app, number).title.as_deref(), Some("No recipe in this pull request"));
    }

    async fn a_change_of_a_recipe_that_is_there_is_checked_with_the_files_that_did_not_change(app: &mut TestApp) {
        app.github.commit(STAGED, "main", feedstock("two-recipes", TINY), "Add tiny");
        let change = [("recipes/tiny/requirements.txt", "# nothing more\n")];
        let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Update tiny").files(change));
        app.settle().await;
        assert_eq!(check_of(app, number).conclusion.as_deref(), Some("success"));
        assert_eq!(queued(app, STAGED, number).await, ["tiny-daily", "tiny-monthly"]);
    }

    async fn a_feedstock_has_its_recipe_in_the_directory_feedstock(app: &mut TestApp) {
        let files = feedstock("tiny-success", "feedstock");
        let number = app.github.open_pull_request(NewPull::new(FEEDSTOCK, MAINTAINER, "Right").files(files));
        app.settle().await;
        let check = check_in(app, FEEDSTOCK, number);
        assert_eq!(check.conclusion.as_deref(), Some("success"));
        assert_eq!(queued(app, FEEDSTOCK, number).await, ["tiny-daily"]);

        let files = feedstock("tiny-success", TINY);
        let number = app.github.open_pull_request(NewPull::new(FEEDSTOCK, MAINTAINER, "Wrong").files(files));
        app.settle().await;
        let expected = [("recipes/tiny/meta.yaml", 1, "it must be `feedstock/meta.yaml`")];
        assert_red("a recipe as in staged-recipes", &check_in(app, FEEDSTOCK, number), &expected);
    }

    async fn every_page_of_a_long_list_of_files_is_read(app: &mut TestApp) {
        let mut files = feedstock("tiny-success", TINY);
        files.extend((0..250).map(|n| (format!("recipes/tiny/data/{n:03}.csv"), format!("{n}\n"))));
        files.insert("zzz.txt".to_owned(), "the last of all\n".to_owned());
        let number = open(app, "many files", files).await;
        assert_red("many files", &check_of(app, number), &[("zzz.txt", 1, "changes a recipe, and also `zzz.txt`")]);
        let exchanges = app.github.exchanges();
        let pages = exchanges.iter().filter(|exchange| exchange.request.path.ends_with("/files")).count();
        assert_eq!(pages, 3, "254 files, 100 on a page");
    }
}
