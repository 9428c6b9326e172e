//! Merges that bring no recipe do nothing and say nothing; one whose recipe is broken is told to the people of the pull request.

use harness::app::TestApp;
use harness::github::{Change, NewPull};
use harness::stories;
use harness::world::{CONTRIBUTOR, FEEDSTOCK, Files, MAINTAINER, feedstock};

use super::{deployments, merge};

fn one(path: &str, text: &str) -> Files {
    Files::from([(path.to_owned(), text.to_owned())])
}

/// Merges, and demands that nothing was deployed and nothing said.
async fn merged_in_silence(app: &TestApp, title: &str, files: Files) {
    let (number, _) = merge(app, title, files).await;
    assert_eq!(deployments(app).len(), 0, "{title}");
    assert_eq!(app.workflow_runs().len(), 0, "{title}");
    assert_eq!(app.bot_comments(FEEDSTOCK, number), Vec::<String>::new(), "{title}");
}

stories! {
    async fn a_merge_that_brings_no_recipe_says_nothing(app: &mut TestApp) {
        merged_in_silence(app, "A word more", one("README.md", "# Tiny\n")).await;
        let mut mixed = feedstock("tiny-success", "feedstock");
        mixed.extend(one("docs/how.md", "So.\n"));
        merged_in_silence(app, "Recipe and more", mixed).await;
    }

    async fn a_pull_request_that_is_closed_unmerged_deploys_nothing(app: &mut TestApp) {
        let new = NewPull::new(FEEDSTOCK, CONTRIBUTOR, "Add tiny").files(feedstock("tiny-success", "feedstock"));
        let number = app.github.open_pull_request(new);
        app.settle().await;
        app.github.close(FEEDSTOCK, number, MAINTAINER);
        app.settle().await;
        assert_eq!((deployments(app).len(), app.workflow_runs().len()), (0, 0));
    }

    async fn a_merge_into_another_branch_deploys_nothing(app: &mut TestApp) {
        let new = NewPull::new(FEEDSTOCK, CONTRIBUTOR, "Add tiny").files(feedstock("tiny-success", "feedstock"));
        let number = app.github.open_pull_request(new);
        app.settle().await;
        // The branch that it goes to is no longer the one that counts.
        app.github.change(|world| {
            let repository = world.repositories.get_mut(FEEDSTOCK).unwrap();
            let tip = repository.branches["main"].clone();
            repository.branches.insert("next".into(), tip);
            repository.default_branch = "next".into();
        });
        app.github.merge(FEEDSTOCK, number, MAINTAINER);
        app.settle().await;
        assert_eq!((deployments(app).len(), app.workflow_runs().len()), (0, 0));
    }

    async fn a_recipe_that_is_taken_away_is_not_deployed(app: &mut TestApp) {
        let files = feedstock("tiny-success", "feedstock");
        app.github.commit(FEEDSTOCK, "main", files.clone(), "A recipe");
        app.github.take_hooks();
        let away = files.keys().map(|path| Change::Delete(path.clone()));
        let number = app.github.open_pull_request(NewPull::new(FEEDSTOCK, CONTRIBUTOR, "Retire tiny").files(away));
        app.settle().await;
        app.github.merge(FEEDSTOCK, number, MAINTAINER);
        app.settle().await;
        assert_eq!((deployments(app).len(), app.workflow_runs().len()), (0, 0));
        assert_eq!(app.bot_comments(FEEDSTOCK, number), Vec::<String>::new());
    }

    async fn a_merged_recipe_that_is_broken_is_told_on_its_pull_request(app: &mut TestApp) {
        let (number, sha) = merge(app, "Add bad", feedstock("bad-meta-no-recipes", "feedstock")).await;
        assert_eq!(deployments(app).len(), 0);
        let comment = app.last_bot_comment(FEEDSTOCK, number);
        assert!(comment.contains(&format!("Nothing was deployed from {}", &sha[..7])), "{comment}");
        assert!(comment.contains("`feedstock/meta.yaml` line "), "{comment}");
    }
}
