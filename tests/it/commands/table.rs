//! Every answer to a single comment: how the pull request stood, who wrote what, and what was to be seen afterwards.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::{NewPull, Role, User};
use harness::stories;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED, feedstock};

use super::{dispatched, open, open_unseen};

/// The account that the App acts as.
const OURSELVES: &str = "pangeo-forge[bot]";
/// Another App's account.
const OTHER_BOT: &str = "helper[bot]";
/// An account that is deleted by the time its comment is read.
const GHOST: &str = "gone";

/// How the pull request stands when the comment is written.
#[derive(Debug, Clone, Copy)]
enum Stands {
    /// Its recipes, `tiny-daily` and `tiny-monthly`, are ready.
    Ready,
    /// The same, as a draft.
    Draft,
    /// The same, and `tiny-daily` runs.
    Running,
    /// The same, and it was closed since.
    Closed,
    /// Its check has failed.
    Broken,
    /// Its check found nothing to check.
    Empty,
    /// Its check waits for a workflow run that lists the recipes.
    Listing,
    /// The service has not heard of it.
    Unseen,
}

/// What is to be seen afterwards. Every answer but silence begins with 👀.
enum Answer {
    /// Nothing at all.
    Silence,
    /// A reply with these words.
    Told(Vec<&'static str>),
    /// 👎, and a reply with these words.
    Refused(Vec<&'static str>),
    /// 🚀, and runs of these recipes.
    Started(Vec<&'static str>),
    /// 🚀, runs of these recipes, and a reply with these words.
    StartedSome(Vec<&'static str>, Vec<&'static str>),
}

use Answer::{Refused, Silence, Started, StartedSome, Told};
use Stands::{Broken, Closed, Draft, Empty, Listing, Ready, Running, Unseen};

type Row = (&'static str, Stands, &'static str, String, Answer);

/// People, with what they may do here. The comments of the rest of the table are by those whom every world has.
const PEOPLE: [(&str, Role); 6] = [
    ("nobody", Role::None),
    ("reader", Role::Read),
    ("triager", Role::Triage),
    ("writer", Role::Write),
    ("keeper", Role::Maintain),
    ("owner", Role::Admin),
];

fn who_may() -> Vec<Row> {
    let run = || "/run tiny-daily".to_owned();
    let row = |name, who, answer| (name, Ready, who, run(), answer);
    vec![
        row(
            "somebody without any role",
            "nobody",
            Refused(vec!["the role `write` or more", "`nobody` has `none`"]),
        ),
        row("somebody who may read", "reader", Refused(vec!["`reader` has `read`", "Nothing was started"])),
        row("somebody who may triage", "triager", Refused(vec!["`triager` has `triage`"])),
        row("the author", CONTRIBUTOR, Refused(vec!["`contributor` has `read`"])),
        row("somebody who has left GitHub", GHOST, Refused(vec!["`gone` has `none`"])),
        row("somebody who may write", "writer", Started(vec!["tiny-daily"])),
        row("somebody who maintains", "keeper", Started(vec!["tiny-daily"])),
        row("somebody who owns", "owner", Started(vec!["tiny-daily"])),
        row("another App", OTHER_BOT, Silence),
        row("ourselves", OURSELVES, Silence),
        // Whoever may not run is told nothing about the recipes.
        (
            "a wrong id by a reader",
            Ready,
            "reader",
            "/run no-such".into(),
            Refused(vec!["`reader` has `read`"]),
        ),
        ("run alone by a reader", Ready, "reader", "/run".into(), Refused(vec!["`reader` has `read`"])),
        ("a typing mistake by a reader", Ready, "reader", "/rnu".into(), Refused(vec!["no command `/rnu`"])),
    ]
}

fn grammar() -> Vec<Row> {
    let all = || vec!["tiny-daily", "tiny-monthly"];
    let ready = "Ready at this commit: `tiny-daily`, `tiny-monthly`.";
    let usage = || vec!["`/run <recipe_id> [<recipe_id> ...]`", "`/run all`", "`/help`"];
    let row = |name, comment: &str, answer| (name, Ready, MAINTAINER, comment.to_owned(), answer);
    let many = (0..51).fold("/run".to_owned(), |line, n| format!("{line} recipe-{n}"));
    let endless = format!("/run {}", "x".repeat(5_000));
    let with_reason = [usage(), vec!["needs write access"]].concat();
    vec![
        row("help", "/help", Told(usage())),
        row("help in capitals", "/HELP", Told(usage())),
        row("help and more words", "/help me, please", Told(usage())),
        ("help for a reader", Ready, "reader", "/help".into(), Told(with_reason)),
        row("a mistyped run", "/rnu tiny-daily", Refused(vec!["no command `/rnu`", "did you mean `/run`?"])),
        row("a mistyped help", "/hlep", Refused(vec!["did you mean `/help`?", "Nothing was started"])),
        row("words run together", "/runall", Refused(vec!["no command `/runall`", "did you mean `/run`?"])),
        row(
            "an unknown id",
            "/run tiny-dialy",
            Refused(vec!["no recipe `tiny-dialy`", "Did you mean `/run tiny-daily`?", ready]),
        ),
        row(
            "an id in other case",
            "/run Tiny-Monthly",
            Refused(vec!["Did you mean `/run tiny-monthly`?", ready]),
        ),
        row("an id like no other", "/run zebra", Refused(vec!["no recipe `zebra` at this commit. Ready"])),
        row(
            "one of two is unknown",
            "/run tiny-daily zebra",
            Refused(vec!["no recipe `zebra`", "Nothing was started"]),
        ),
        row("a hostile id", "/run @everyone|<b>", Refused(vec!["`@everyone|<b`", ready])),
        row("run alone", "/run", Refused(vec!["needs the id of a recipe, or `all`", ready])),
        row("run all", "/run all", Started(all())),
        row("run all in capitals", "/RUN ALL", Started(all())),
        row("run all and more", "/run all tiny-daily", Refused(vec!["takes no other word", "`tiny-daily`"])),
        row("one id", "/run tiny-monthly", Started(vec!["tiny-monthly"])),
        row("two ids", "/run tiny-monthly tiny-daily", Started(vec!["tiny-monthly", "tiny-daily"])),
        row("the same id twice", "/run tiny-daily tiny-daily", Started(vec!["tiny-daily"])),
        row("an id in quotes", "/run `tiny-daily`, \"tiny-monthly\"", Started(all())),
        row("prose below", "/run tiny-daily\r\n\r\nThank you!", Started(vec!["tiny-daily"])),
        row("the old form", "/run recipe-test recipe_run_id=7", Refused(vec!["no longer understood", ready])),
        row("too many ids", &many, Refused(vec!["too many recipes", "`/run all` starts them all"])),
        row("an endless line", &endless, Refused(vec!["`/run all` starts them all"])),
        row("a quotation", "> /run tiny-daily", Silence),
        row("a block of code", "```\n/run tiny-daily\n```", Silence),
        row("an indented block of code", "    /run tiny-daily", Silence),
        row("code in a line", "`/run tiny-daily`", Silence),
        row("hidden text", "<!-- /run tiny-daily -->", Silence),
        row("a later line", "Thank you!\n/run tiny-daily", Silence),
        row("the middle of a line", "Please /run tiny-daily", Silence),
        row("another bot's command", "/assign @maintainer", Silence),
        row("a path", "/etc/passwd", Silence),
        row("prose", "Looks good to me", Silence),
    ]
}

fn circumstances() -> Vec<Row> {
    let row = |name, stands, comment: &str, answer| (name, stands, MAINTAINER, comment.to_owned(), answer);
    let none = "No recipe is ready at this commit";
    vec![
        row("a draft", Draft, "/run tiny-daily", Started(vec!["tiny-daily"])),
        row(
            "a closed pull request",
            Closed,
            "/run tiny-daily",
            Refused(vec!["is closed", "Nothing was started"]),
        ),
        row("a mistake on a closed one", Closed, "/run", Refused(vec!["is closed"])),
        row("help on a closed one", Closed, "/help", Told(vec!["`/run all`"])),
        row(
            "the check failed",
            Broken,
            "/run tiny-daily",
            Refused(vec!["No recipe is ready at", "`synchronize` check says why"]),
        ),
        row("all of a failed check", Broken, "/run all", Refused(vec!["No recipe is ready at"])),
        row(
            "run alone after a failed check",
            Broken,
            "/run",
            Refused(vec!["needs the id of a recipe", none]),
        ),
        row("nothing to check", Empty, "/run tiny-daily", Refused(vec!["No recipe is ready at"])),
        row(
            "the recipes are being listed",
            Listing,
            "/run all",
            Refused(vec!["is not done yet", "again when it is"]),
        ),
        row(
            "no check is up",
            Unseen,
            "/run tiny-daily",
            Refused(vec!["had not been checked when you wrote this"]),
        ),
        row(
            "it runs already",
            Running,
            "/run tiny-daily",
            Told(vec!["Already running: [`tiny-daily`](", "recipe-run/"]),
        ),
        row(
            "one of two runs already",
            Running,
            "/run all",
            StartedSome(vec!["tiny-monthly"], vec!["Already running: [`tiny-daily`]("]),
        ),
    ]
}

/// Opens the row's pull request and brings it to where it stands.
async fn prepare(app: &TestApp, title: &str, stands: Stands) -> u64 {
    match stands {
        Ready => open(app, title, "two-recipes").await,
        Draft => {
            let files = feedstock("two-recipes", "recipes/tiny");
            let pull = NewPull::new(STAGED, CONTRIBUTOR, title).files(files).draft();
            let number = app.github.open_pull_request(pull);
            app.settle().await;
            number
        }
        Running => {
            let number = open(app, title, "two-recipes").await;
            app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
            app.settle().await;
            number
        }
        Closed => {
            let number = open(app, title, "two-recipes").await;
            app.github.close(STAGED, number, CONTRIBUTOR);
            app.settle().await;
            number
        }
        Broken => open(app, title, "bad-meta").await,
        Listing => open(app, title, "dict-object").await,
        Empty => {
            let readme = ("README.md".to_owned(), title.to_owned());
            let number = open_unseen(app, title, [readme].into());
            app.settle().await;
            number
        }
        Unseen => {
            let number = open_unseen(app, title, feedstock("two-recipes", "recipes/tiny"));
            app.github.take_hooks();
            number
        }
    }
}

/// Plays one row in a pull request of its own.
async fn play(app: &TestApp, (name, stands, who, comment, answer): Row) {
    let number = prepare(app, name, stands).await;
    app.github.advance(TimeDelta::minutes(1));
    let runs = app.workflow_runs().len();
    let id = app.github.comment(STAGED, number, who, &comment);
    if who == GHOST {
        app.github.change(|world| world.users.remove(GHOST));
    }
    app.settle().await;

    let (reactions, words, started) = match answer {
        Silence => (vec![], None, vec![]),
        Told(words) => (vec!["eyes"], Some(words), vec![]),
        Refused(words) => (vec!["eyes", "-1"], Some(words), vec![]),
        Started(recipes) => (vec!["eyes", "rocket"], None, recipes),
        StartedSome(recipes, words) => (vec!["eyes", "rocket"], Some(words), recipes),
    };
    let replies = app.bot_comments(STAGED, number);
    let context = format!("{name}: {stands:?}, {comment:.100} by {who}\n{replies:#?}");
    assert_eq!(app.reactions(STAGED, id), reactions, "{context}");
    assert_eq!(dispatched(app, runs), started, "{context}");
    let missing: Vec<_> = words.iter().flatten().filter(|word| !replies.concat().contains(**word)).collect();
    assert!(missing.is_empty(), "{missing:?} is not said: {context}");
    assert_eq!(replies.len(), usize::from(words.is_some()), "{context}");
}

async fn play_all(app: &TestApp, rows: Vec<Row>) {
    for (login, role) in PEOPLE {
        app.github.set_permission(STAGED, login, role);
    }
    let helper = User { id: 1, login: OTHER_BOT.into(), kind: "Bot" };
    app.github.change(|world| world.users.insert(OTHER_BOT.into(), helper));
    for row in rows {
        play(app, row).await;
    }
}

stories! {
    async fn s13_only_people_who_may_write_can_start_a_run(app: &mut TestApp) {
        play_all(app, who_may()).await;
    }

    async fn u7_every_way_to_write_a_command_has_its_answer(app: &mut TestApp) {
        play_all(app, grammar()).await;
    }

    async fn u6_every_state_of_a_pull_request_has_its_answer(app: &mut TestApp) {
        play_all(app, circumstances()).await;
    }
}
