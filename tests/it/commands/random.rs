//! Comments that nobody thought of: each is answered, or is none of our business.

use harness::app::TestApp;
use harness::github::NewPull;
use harness::stories;
use harness::world::{CONTRIBUTOR, FEEDSTOCK, MAINTAINER, STAGED, feedstock};
use orchestrator::intake::slash::{self, COMMANDS, Slash};

use super::{open, say_in};

/// What comments are put together from.
const PIECES: [&str; 40] = [
    "/",
    "/run",
    "/run",
    "/cancel",
    "/retry",
    "/status",
    "/sync",
    "/help",
    "/run-production",
    "/rnu",
    "/cancle",
    "/retyr",
    "/lgtm",
    "run",
    "all",
    "ALL",
    " ",
    " ",
    " ",
    " ",
    "\n",
    "\r\n",
    "\t",
    "tiny-daily",
    "tiny-daily",
    "tiny-monthly",
    "tiny-dialy",
    "zebra",
    "`",
    "\"",
    "<",
    ">",
    "|",
    "@everyone",
    "<!-- -->",
    "\u{202e}",
    "é",
    "🚀",
    "recipe-test",
    "recipe_run_id=7",
];
const COMMENTS: usize = 10_000;
/// So many of them are told to the whole service, on each database.
const TOLD: usize = 160;

/// The same comments each time, on every machine: a linear congruential generator.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn comment(&mut self) -> String {
        // Most begin as a command does: the others all mean the same.
        let mut text = String::from(if self.below(8) > 0 { PIECES[1 + self.below(12)] } else { "-" });
        text.push_str(if self.below(4) > 0 { " " } else { "" });
        for _ in 0..self.below(9) {
            text.push_str(PIECES[self.below(PIECES.len())]);
        }
        text
    }
}

#[test]
fn u6_every_comment_is_a_command_or_a_mistyped_one_or_none() {
    let mut chance = Chance(1);
    let (mut commands, mut wrong, mut mistyped, mut silent) = (0, 0, 0, 0);
    for _ in 0..COMMENTS {
        let comment = chance.comment();
        let first = comment.lines().next().unwrap_or_default();
        let word = first.split_whitespace().next().unwrap_or_default();
        let is_known =
            first.starts_with('/') && COMMANDS.iter().any(|known| known.word.eq_ignore_ascii_case(word));
        let said = slash::parse(&comment);
        match &said {
            Slash::Command(..) => commands += 1,
            Slash::Wrong(..) => wrong += 1,
            Slash::Unknown { suggestion, .. } => {
                assert!(slash::verb_of(suggestion).is_some(), "{comment:?}: {suggestion}");
                mistyped += 1;
            }
            Slash::NotACommand => silent += 1,
        }
        assert_eq!(matches!(said, Slash::Command(..) | Slash::Wrong(..)), is_known, "{comment:?}");
    }
    assert!(
        [commands, wrong, mistyped, silent].iter().all(|&count| count > 100),
        "{commands} {wrong} {mistyped} {silent}"
    );
}

/// The places that comments are written on.
async fn places(app: &TestApp) -> Vec<(&'static str, u64)> {
    let open_one = open(app, "Add two", "two-recipes").await;
    let closed = open(app, "Add two more", "two-recipes").await;
    app.github.close(STAGED, closed, CONTRIBUTOR);
    let broken = open(app, "Add bad", "bad-meta").await;
    let files = feedstock("two-recipes", "feedstock");
    let pull = app.github.open_pull_request(NewPull::new(FEEDSTOCK, CONTRIBUTOR, "Mend two").files(files));
    let issue = app.github.open_issue(FEEDSTOCK, CONTRIBUTOR, "A question");
    let elsewhere = app.github.open_issue(STAGED, CONTRIBUTOR, "Another question");
    app.settle().await;
    vec![
        (STAGED, open_one),
        (STAGED, closed),
        (STAGED, broken),
        (FEEDSTOCK, pull),
        (FEEDSTOCK, issue),
        (STAGED, elsewhere),
    ]
}

stories! {
    async fn u6_no_path_ends_with_only_eyes(app: &mut TestApp) {
        let places = places(app).await;
        let mut chance = Chance(2);
        let mut answered = 0;
        for _ in 0..TOLD {
            let comment = chance.comment();
            let (repository, number) = places[chance.below(places.len())];
            let who = if chance.below(4) > 0 { MAINTAINER } else { CONTRIBUTOR };
            let before = app.bot_comments(repository, number).len();
            let id = say_in(app, repository, number, who, &comment).await;
            let reactions = app.reactions(repository, id);
            let replies = app.bot_comments(repository, number).len() - before;
            let what = format!("{comment:?} by {who} on {repository}#{number}: {reactions:?}, {replies} replies");
            match reactions.first().map(String::as_str) {
                None => assert_eq!(replies, 0, "{what}"),
                Some("eyes") => {
                    assert!(reactions.len() == 2 || replies == 1, "{what}");
                    assert!(replies <= 1, "{what}");
                    answered += 1;
                }
                Some(_) => panic!("{what}"),
            }
        }
        assert!(answered > TOLD / 3, "only {answered} of {TOLD} comments were commands");
    }
}
