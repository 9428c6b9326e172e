//! The feedstocks that the whole project tests with, each in a pull request.

use harness::stories;
use harness::world::{Files, STAGED, feedstock};

use super::{TINY, assert_red, check_of, open, queued, remarks};

const META: &str = "recipes/tiny/meta.yaml";
/// What every file without a bakery is told where there are two to choose from.
const NO_BAKERY: (&str, u64, &str) = (META, 1, "There is no key `bakery`");

/// The files of a feedstock, at home in the bakery of these stories if they name none.
fn at_home(name: &str) -> Files {
    let mut files = feedstock(name, TINY);
    let meta = files.get_mut(META).unwrap();
    if !meta.contains("bakery:") {
        meta.push_str("bakery:\n  id: local-direct\n");
    }
    files
}

stories! {
    async fn u2_each_broken_fixture_turns_its_check_red_on_every_line_that_is_wrong(app: &mut TestApp) {
        for (name, expected) in [
            ("bad-meta", vec![(META, 3, "This recipe has no `object`")]),
            ("bad-meta-duplicate-id", vec![NO_BAKERY, (META, 5, "On lines 3 and 5 stands the id `tiny-daily`")]),
            ("bad-meta-empty-file", vec![(META, 1, "meta.yaml holds nothing")]),
            ("bad-meta-empty-recipes", vec![NO_BAKERY, (META, 2, "an empty list")]),
            ("bad-meta-extra-key", vec![NO_BAKERY, (META, 5, "the key `bakery`")]),
            ("bad-meta-no-recipes", vec![(META, 1, "no key `recipes`"), NO_BAKERY]),
            ("bad-meta-wrong-type", vec![NO_BAKERY, (META, 1, "the number `42`"), (META, 3, "the number `7`")]),
            ("bad-meta-yaml", vec![(META, 3, "is not closed before line 4")]),
            ("no-requirements", vec![(META, 1, "no `requirements.txt` beside meta.yaml")]),
        ] {
            let number = open(app, name, feedstock(name, TINY)).await;
            assert_red(name, &check_of(app, number), &expected);
            assert_eq!(queued(app, STAGED, number).await, Vec::<String>::new(), "{name}");
        }
        assert!(app.workflow_runs().is_empty(), "nothing of a broken recipe is run");
    }

    async fn each_fixture_in_order_turns_its_check_green_and_says_what_starts_each_recipe(app: &mut TestApp) {
        for (name, recipes) in [
            ("tiny-success", vec!["tiny-daily"]),
            ("two-recipes", vec!["tiny-daily", "tiny-monthly"]),
            ("create-list", vec!["listed"]),
            ("import-error", vec!["broken"]),
            ("not-a-transform", vec!["just-a-string"]),
            ("pipeline-error", vec!["fails-late"]),
            ("bad-requirements", vec!["tiny-daily"]),
            ("pinned-requirements", vec!["tiny-daily"]),
            ("unpinned-requirements", vec!["tiny-daily"]),
        ] {
            let number = open(app, name, at_home(name)).await;
            let check = check_of(app, number);
            assert_eq!((check.status.as_str(), check.conclusion.as_deref()), ("completed", Some("success")), "{name}");
            assert_eq!(remarks(&check), vec![], "{name}");
            let summary = check.summary.unwrap();
            for recipe in &recipes {
                assert!(summary.contains(&format!("| `{recipe}` | [queued](")), "{name}: {summary}");
                assert!(summary.contains(&format!("`/run {recipe}`")), "{name}: {summary}");
            }
            assert_eq!(summary.matches("/dashboard/recipe-run/").count(), recipes.len(), "{name}: {summary}");
            assert_eq!(summary.contains("`/run all`"), recipes.len() > 1, "{name}: {summary}");
            assert_eq!(queued(app, STAGED, number).await, recipes, "{name}");
        }
        assert!(app.workflow_runs().is_empty(), "listed recipes need no run of their code");
    }

    async fn a_name_that_the_module_does_not_hold_is_a_warning_since_code_can_make_names(app: &mut TestApp) {
        let number = open(app, "Add absent", at_home("missing-object")).await;
        let check = check_of(app, number);
        assert_eq!(check.conclusion.as_deref(), Some("success"));
        let found = remarks(&check);
        let [(path, 4, level, said)] = found.as_slice() else { panic!("{found:#?}") };
        assert_eq!((path.as_str(), level.as_str()), (META, "warning"));
        assert!(said.contains("`no_such_name`"), "{said}");
        assert!(check.summary.unwrap().contains("warning"));
    }
}
