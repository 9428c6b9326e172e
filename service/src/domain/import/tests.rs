//! Each rule by itself.

use chrono::NaiveDate;

use super::*;
use crate::domain::id::RecipeRunId;

const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

/// What is wrong with a row.
type Change = fn(&mut OldRun);

fn bakery(id: i64, name: &str) -> Bakery {
    Bakery { id: BakeryId(id), region: "r".into(), name: name.into(), description: "d".into() }
}

fn feedstock(id: i64, spec: &str) -> Feedstock {
    Feedstock { id: FeedstockId(id), spec: spec.into(), provider: "github".into() }
}

fn run(id: i64) -> OldRun {
    let at = |hour| NaiveDate::from_ymd_opt(2023, 1, 2).and_then(|day| day.and_hms_micro_opt(hour, 0, 0, 5));
    OldRun {
        id: RecipeRunId(id),
        recipe_id: "NASA/RSS".into(),
        bakery_id: BakeryId(1),
        feedstock_id: FeedstockId(3),
        head_sha: SHA.into(),
        version: String::new(),
        started_at: at(1),
        completed_at: at(2),
        conclusion: Some("success".into()),
        status: "completed".into(),
        is_test: false,
        dataset_type: Some("zarr".into()),
        dataset_public_url: None,
        message: Some("{\"deployment_id\":  1}".into()),
        unusable_time: None,
    }
}

fn takeover() -> Takeover {
    let (takeover, findings) =
        Takeover::begin(vec![bakery(1, "b"), bakery(2, "b")], vec![feedstock(3, "a/b"), feedstock(9, "a/b")]);
    let rules: Vec<_> = findings.iter().map(|finding| (finding.rule, finding.id)).collect();
    assert_eq!(rules, [(Rule::DuplicateBakery, 2), (Rule::DuplicateFeedstock, 9)]);
    takeover
}

/// What is said of a run that was changed so, and the run.
fn told(change: impl FnOnce(&mut OldRun)) -> (Vec<Rule>, Option<Run>) {
    let mut old = run(7);
    change(&mut old);
    let (run, findings) = takeover().run(old);
    (findings.into_iter().map(|finding| finding.rule).collect(), run)
}

#[test]
fn a_run_as_it_should_be_is_kept_in_every_byte() {
    let (said, kept) = told(|_| ());
    assert_eq!(said, []);
    let (kept, old) = (kept.unwrap(), run(7));
    assert_eq!((kept.id, kept.message, kept.recipe_id), (old.id, old.message, old.recipe_id));
    assert_eq!(kept.started_at.to_rfc3339(), "2023-01-02T01:00:00.000005+00:00");
    assert_eq!((kept.status.as_str(), kept.conclusion.as_deref()), ("completed", Some("success")));
}

#[test]
fn only_these_states_are_changed_and_times_never() {
    for (status, conclusion, rules, becomes) in [
        ("queued", None, vec![Rule::EndTimeWithoutEnd], ("queued", None)),
        ("in_progress", None, vec![Rule::EndTimeWithoutEnd, Rule::StuckRun], ("completed", Some("stale"))),
        ("in_progress", Some("failure"), vec![Rule::UnclosedRun], ("completed", Some("failure"))),
        ("queued", Some("skipped"), vec![Rule::UnclosedRun], ("completed", Some("skipped"))),
        ("completed", None, vec![Rule::UnconcludedRun], ("completed", Some("stale"))),
        ("completed", Some("neutral"), vec![], ("completed", Some("neutral"))),
    ] {
        let (said, kept) = told(|old| {
            old.status = status.into();
            old.conclusion = conclusion.map(str::to_owned);
        });
        assert_eq!(said, rules, "{status} {conclusion:?}");
        let kept = kept.unwrap();
        assert_eq!((kept.status.as_str(), kept.conclusion.as_deref()), becomes, "{status} {conclusion:?}");
        assert_eq!(kept.completed_at.map(|at| at.naive_utc()), run(7).completed_at);
    }
}

#[test]
fn runs_of_dropped_rows_belong_to_those_that_stay() {
    let (said, kept) = told(|old| (old.bakery_id, old.feedstock_id) = (BakeryId(2), FeedstockId(9)));
    let kept = kept.unwrap();
    assert_eq!((kept.bakery_id, kept.feedstock_id), (BakeryId(1), FeedstockId(3)));
    assert_eq!(said, [Rule::RepointedRun, Rule::RepointedRun]);
}

#[test]
fn what_is_odd_is_listed_and_kept() {
    let odd: [(Rule, Change); 7] = [
        (Rule::HeadIsNoCommit, |old| old.head_sha = "refs/tags/1.0".into()),
        (Rule::NoEndTime, |old| old.completed_at = None),
        (Rule::EndsBeforeItBegins, |old| std::mem::swap(&mut old.started_at, &mut old.completed_at)),
        (Rule::RecipeIdNotAllowed, |old| old.recipe_id = "two words".into()),
        (Rule::MessageIsNoObject, |old| old.message = Some("[1]".into())),
        (Rule::MessageIsNoObject, |old| old.message = Some("by hand\u{1b}[0m".into())),
        (Rule::LongText, |old| old.version = "ü".repeat(256)),
    ];
    for (rule, change) in odd {
        let (said, kept) = told(change);
        assert_eq!((said, kept.is_some()), (vec![rule], true));
        assert_eq!(rule.effect(), Effect::Kept);
    }
}

#[test]
fn what_our_tables_cannot_hold_is_refused() {
    let wrong: [(Rule, Change); 8] = [
        (Rule::UnknownWord, |old| old.status = "Completed".into()),
        (Rule::UnknownWord, |old| old.conclusion = Some(String::new())),
        (Rule::UnknownWord, |old| old.dataset_type = Some("netcdf".into())),
        (Rule::NoSuchBakery, |old| old.bakery_id = BakeryId(5)),
        (Rule::NoSuchFeedstock, |old| old.feedstock_id = FeedstockId(1)),
        (Rule::TooLong, |old| old.dataset_public_url = Some("u".repeat(2_001))),
        (Rule::UnusableTime, |old| {
            (old.started_at, old.unusable_time) = (None, Some("started_at infinity".into()));
        }),
        (Rule::UnusableTime, |old| {
            (old.completed_at, old.unusable_time) = (None, Some("completed_at -infinity".into()));
        }),
    ];
    for (rule, change) in wrong {
        assert_eq!(told(change), (vec![rule], None));
        assert_eq!(rule.effect(), Effect::Refused);
    }
}

#[test]
fn feedstocks_are_looked_at_too() {
    let mut elsewhere = feedstock(6, "c/d");
    elsewhere.provider = "gitlab".into();
    let (_, findings) = Takeover::begin(
        vec![],
        vec![feedstock(1, "a/b"), feedstock(2, "A/b"), feedstock(4, "text"), elsewhere],
    );
    let rules: Vec<_> = findings.iter().map(|finding| (finding.id, finding.rule)).collect();
    assert_eq!(rules, [(2, Rule::SpecsDifferByCase), (4, Rule::SpecIsNoRepository), (6, Rule::UnknownWord)]);
}

#[test]
fn a_line_of_the_report_is_one_line_however_odd_the_text() {
    assert_eq!(shown("a\n\"b\"\u{1b}\u{202e}"), "a\\n\"b\"\\u{1b}\\u{202e}");
    let long = shown(&"x".repeat(81));
    assert_eq!((long.chars().count(), long.ends_with('…')), (81, true));
}

#[test]
fn a_database_with_other_rows_is_not_imported_into() {
    let from = |imported| Source { rows: imported, imported, highest_id: imported };
    let source = || Tables { bakery: from(1), feedstock: from(2), reciperun: from(3) };
    let to = |rows, same| Compared { rows, same, ..Compared::default() };
    let outcome = |to, findings| Report::decide(source(), to, findings).outcome;
    let [empty, same, more, fewer] = [
        Tables { bakery: to(0, 0), feedstock: to(0, 0), reciperun: to(0, 0) },
        Tables { bakery: to(1, 1), feedstock: to(2, 2), reciperun: to(3, 3) },
        Tables { bakery: to(1, 1), feedstock: to(5, 2), reciperun: to(9, 3) },
        Tables { bakery: to(1, 1), feedstock: to(2, 2), reciperun: to(3, 2) },
    ];
    assert_eq!(outcome(empty.clone(), vec![]), Outcome::WouldImport);
    assert_eq!(outcome(same, vec![]), Outcome::AlreadyImported);
    assert_eq!(outcome(more, vec![]), Outcome::AlreadyImported);
    assert_eq!(outcome(fewer, vec![]), Outcome::TargetRefused);
    let refused = Finding::of(Rule::NoSuchBakery, Table::Reciperun, 1, String::new());
    assert_eq!(outcome(empty, vec![refused]), Outcome::SourceRefused);
}
