//! What is no recipe makes no feedstock, and nothing is said about it. A recipe whose name is impossible is told so.

use std::collections::BTreeMap;

use harness::app::TestApp;
use harness::github::{Change, NewPull};
use harness::stories;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED, feedstock};

use super::{DIRECTORY, NOAA, creations, merged, propose, recipe, repositories, state};

async fn assert_silent(app: &TestApp, number: u64) {
    assert_eq!(app.bot_comments(STAGED, number), Vec::<String>::new());
    assert_eq!(repositories(app).len(), 3, "{:?}", repositories(app));
    assert!(creations(app).await.is_empty());
}

stories! {
    async fn a_merge_that_is_no_recipe_does_nothing_and_says_nothing(app: &mut TestApp) {
        let one = |path: &str| BTreeMap::from([(path.to_owned(), "text\n".to_owned())]);
        let mut two = recipe();
        two.extend(feedstock("two-recipes", "recipes/other"));
        let mut mixed = recipe();
        mixed.insert("README.md".into(), "# Better\n".into());
        for (title, files) in [
            ("Mend the README", one("README.md")),
            ("Mend the README of recipes", one("recipes/README.md")),
            ("Add a README of a recipe", one("recipes/noaa/README.md")),
            ("Add a recipe in the wrong place", one("noaa/meta.yaml")),
            ("Add a recipe that is too deep", one("recipes/noaa/deep/meta.yaml")),
            ("Two at once", two),
            ("A recipe and more", mixed),
        ] {
            let number = merged(app, title, files).await;
            app.settle().await;
            assert_silent(app, number).await;
        }
    }

    async fn a_merge_that_only_removes_a_recipe_is_none(app: &mut TestApp) {
        let files = recipe();
        app.github.commit(STAGED, "main", files.clone(), "By hand");
        let gone = files.into_keys().map(Change::Delete);
        let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Remove").files(gone));
        app.settle().await;
        app.github.merge(STAGED, number, MAINTAINER);
        app.settle().await;
        assert_silent(app, number).await;
    }

    async fn a_merge_into_another_branch_or_a_pull_request_that_is_only_closed_is_none(app: &mut TestApp) {
        app.github.commit(STAGED, "next", [("NEXT.md", "soon\n")], "Begin");
        let new = NewPull::new(STAGED, CONTRIBUTOR, "Add noaa").files(recipe()).into_branch("next");
        let number = app.github.open_pull_request(new);
        app.settle().await;
        app.github.merge(STAGED, number, MAINTAINER);
        app.settle().await;
        assert_silent(app, number).await;
        let closed = propose(app, "Add it again", recipe());
        app.settle().await;
        app.github.close(STAGED, closed, MAINTAINER);
        app.settle().await;
        assert_silent(app, closed).await;
    }

    async fn r10_a_merge_that_does_not_show_yet_is_waited_for(app: &mut TestApp) {
        let number = propose(app, "Add noaa", recipe());
        app.settle().await;
        app.github.fault(reqwest::Method::GET, &format!("staged-recipes/pulls/{number}")).stale_reads(2);
        app.github.merge(STAGED, number, MAINTAINER);
        app.exhaust().await;
        assert_eq!(state(app).await, "done");
    }

    async fn a_recipe_with_an_impossible_name_is_told_and_made_once_it_is_renamed(app: &mut TestApp) {
        let number = merged(app, "Add noaa", feedstock("tiny-success", "recipes/noaa oisst")).await;
        app.settle().await;
        let comment = app.last_bot_comment(STAGED, number);
        assert!(comment.contains("`noaa oisst` has a name with other characters"), "{comment}");
        assert!(creations(app).await.is_empty());

        let names = recipe().into_keys();
        let renames = names.map(|to| Change::Rename(to.replace(DIRECTORY, "recipes/noaa oisst"), to));
        let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Rename").files(renames));
        app.settle().await;
        app.github.merge(STAGED, number, MAINTAINER);
        app.settle().await;
        assert_eq!(state(app).await, "done");
        assert!(repositories(app).contains(&NOAA.to_owned()));
    }

    async fn an_impossible_name_without_a_recipe_is_not_worth_a_word(app: &mut TestApp) {
        let files = BTreeMap::from([("recipes/a b/notes.txt".to_owned(), "text\n".to_owned())]);
        let number = merged(app, "Add notes", files).await;
        app.settle().await;
        assert_silent(app, number).await;
    }
}
