//! Which merges are recipes, the order of the steps, and what older versions recorded.

use super::*;

#[test]
fn only_files_of_one_recipe_directory_are_a_recipe() {
    assert_eq!(directory_of(["recipes/a/meta.yaml", "recipes/a/b/c.py"]), Some("a"));
    for no_recipe in [
        &[][..],
        &["README.md"],
        &["recipes/README.md"],
        &["recipes//meta.yaml"],
        &["recipes/a/"],
        &["recipes/a/meta.yaml", "README.md"],
        &["recipes/a/meta.yaml", "recipes/b/meta.yaml"],
        &["other/recipes/a/meta.yaml"],
        &["Recipes/a/meta.yaml"],
    ] {
        assert_eq!(directory_of(no_recipe.iter().copied()), None, "{no_recipe:?}");
    }
}

#[test]
fn the_steps_come_in_their_order_whatever_was_recorded_last() {
    let mut progress = Progress::default();
    let mut steps = Vec::new();
    while let Some(step) = progress.next() {
        steps.push(step);
        match step {
            Step::Repository => {
                let at = DateTime::UNIX_EPOCH;
                progress.repository = Some(Made { url: String::new(), default_branch: "main".into(), at });
            }
            Step::Files => progress.feedstock.commit = Some("1".into()),
            Step::Branch => progress.feedstock.is_on_branch = true,
            Step::PullRequest => progress.feedstock.pull_request = Some(PullNumber(1)),
            Step::Register => progress.registered = true,
            Step::People => progress.people_asked = true,
            Step::Merge => progress.feedstock.is_merged = true,
            Step::DeleteBranch => progress.feedstock.is_branch_gone = true,
            Step::CleanupFiles => progress.cleanup.commit = Some("2".into()),
            Step::CleanupBranch => progress.cleanup.is_on_branch = true,
            Step::CleanupPullRequest => progress.cleanup.pull_request = Some(PullNumber(2)),
            Step::CleanupMerge if progress.cleanup.earlier.is_empty() => progress.cleanup.start_again(),
            Step::CleanupMerge => progress.cleanup.is_merged = true,
            Step::CleanupDeleteBranch => progress.cleanup.is_branch_gone = true,
        }
    }
    let create = [
        Step::Repository,
        Step::Files,
        Step::Branch,
        Step::PullRequest,
        Step::Register,
        Step::People,
        Step::Merge,
        Step::DeleteBranch,
    ];
    let clean = [Step::CleanupFiles, Step::CleanupBranch, Step::CleanupPullRequest, Step::CleanupMerge];
    // The second round finds its pull request open.
    let again = [Step::CleanupFiles, Step::CleanupBranch, Step::CleanupMerge, Step::CleanupDeleteBranch];
    assert_eq!(steps, [&create[..], &clean, &again].concat());
}

#[test]
fn r8_what_an_older_version_recorded_can_be_read() {
    let empty: Progress = serde_json::from_str("{}").expect("no field is needed");
    assert_eq!(empty.next(), Some(Step::Repository));
    let newer = r#"{"copied": 3, "of_tomorrow": true, "feedstock": {"commit": "c0ffee"}}"#;
    let newer: Progress = serde_json::from_str(newer).expect("a field that is not known is left alone");
    assert_eq!((newer.copied, newer.feedstock.commit), (3, Some("c0ffee".into())));
}

#[test]
fn people_are_asked_once_and_bots_never() {
    let known = |login: &str, is_bot| Some((Login::from(login), is_bot));
    let authors =
        [known("ada", false), None, known("Maria", false), known("robot", true), known("x[bot]", false)];
    assert_eq!(people(Some(&"maria".into()), &authors), ["maria".into(), "ada".into()]);
    assert_eq!(people(Some(&"ghost".into()), &[]), []);
}

#[test]
fn our_titles_are_told_from_others() {
    let name = RepoName::parse("o/a-feedstock").expect("a name");
    assert!(is_our_title(&create_title(&name)) && is_our_title(&cleanup_title(&name)));
    for other in ["Create", "Create a recipe", "Add cleanup", ""] {
        assert!(!is_our_title(other), "{other}");
    }
}
