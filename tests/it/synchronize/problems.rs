//! What is wrong in `meta.yaml` beyond the fixtures: bakeries, and more problems than GitHub takes at once.

use harness::github::NewPull;
use harness::stories;
use harness::world::{CONTRIBUTOR, STAGED, feedstock};

use super::{TINY, assert_red, check_of, open, remarks, with_meta};

const META: &str = "recipes/tiny/meta.yaml";

stories! {
    async fn u2_an_unknown_bakery_is_told_with_the_nearest_and_all_that_there_are(app: &mut TestApp) {
        let meta = |bakery: &str| {
            format!("title: Tiny\nrecipes:\n  - id: tiny-daily\n    object: \"recipe:recipe\"\nbakery:\n  id: {bakery}\n")
        };
        let number = open(app, "a typing mistake", with_meta(&meta("local-dierct"))).await;
        let check = check_of(app, number);
        assert_red("a typing mistake", &check, &[(META, 6, "There is no bakery `local-dierct`")]);
        let said = &remarks(&check)[0].3;
        assert!(said.contains("The bakeries here are `far-away`, `local-direct`"), "{said}");
        assert!(said.contains("Did you mean `local-direct`?"), "{said}");

        let number = open(app, "another deployment", with_meta(&meta("osn"))).await;
        let check = check_of(app, number);
        assert_red("another deployment", &check, &[(META, 6, "There is no bakery `osn`")]);
        assert!(!remarks(&check)[0].3.contains("Did you mean"), "nothing is near");
    }

    async fn u1_more_problems_than_github_takes_at_once_all_arrive(app: &mut TestApp) {
        let recipe = |n| format!("  - id: \"no blanks {n}\"\n    object: \"recipe:recipe\"\n");
        let recipes: Vec<_> = (0..60).map(recipe).collect();
        let meta = format!("title: Many\nbakery:\n  id: local-direct\nrecipes:\n{}", recipes.concat());
        let number = open(app, "sixty problems", with_meta(&meta)).await;
        let check = check_of(app, number);
        assert_eq!(check.title.as_deref(), Some("60 problems to mend before the recipe can run"));
        let lines: Vec<u64> = remarks(&check).into_iter().map(|(_, line, ..)| line).collect();
        let expected: Vec<u64> = (0..60).map(|n| 5 + 2 * n).collect();
        assert_eq!(lines, expected, "each once, on its line");
        let transcript = app.github.transcript();
        let batches: Vec<_> = transcript.iter().filter_map(|line| line.split("output.annotations=").nth(1)).collect();
        let sizes: Vec<_> = batches.iter().map(|rest| rest.split(' ').next().unwrap()).collect();
        assert_eq!(sizes.into_iter().filter(|size| *size != "[0]").collect::<Vec<_>>(), ["[50]", "[10]"]);
    }

    async fn a_push_that_mends_the_recipe_turns_the_new_commit_green(app: &mut TestApp) {
        let files = feedstock("bad-meta", TINY);
        let pull = NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files);
        let number = app.github.open_pull_request(pull);
        app.settle().await;
        assert_eq!(check_of(app, number).conclusion.as_deref(), Some("failure"));
        app.github.push(STAGED, number, feedstock("tiny-success", TINY));
        app.settle().await;
        assert_eq!(check_of(app, number).conclusion.as_deref(), Some("success"));
        assert_eq!(app.checks("synchronize").len(), 2, "the old commit keeps its own");
    }

    async fn a_file_that_is_no_text_is_told_so(app: &mut TestApp) {
        let pull = NewPull::new(STAGED, CONTRIBUTOR, "Add bytes").files(feedstock("tiny-success", TINY));
        let bytes: &[u8] = b"title: Tiny\nrecipes: \xff\xfe\n";
        let number = app.github.open_pull_request(pull.files([(META, bytes)]));
        app.settle().await;
        assert_red("bytes", &check_of(app, number), &[(META, 2, "not UTF-8")]);
    }
}
