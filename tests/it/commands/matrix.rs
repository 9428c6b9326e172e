//! Who may do what where: every role, every command, every place. What is expected follows from a few rules, which stand below.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::{NewPull, Role, User};
use harness::stories;
use harness::world::{CONTRIBUTOR, FEEDSTOCK, STAGED, feedstock};

/// Who writes, and with which role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// A person with this role in the organisation's eyes.
    Has(Role),
    /// Somebody from outside who was given write access to this repository.
    Outside,
    /// An account that is deleted by the time the comment is read.
    Deleted,
    /// Another App.
    Bot,
}

/// Where it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Fork,
    Own,
    Draft,
    Closed,
    Locked,
    FeedstockPull,
    FeedstockIssue,
}

const PEOPLE: [(&str, Who); 9] = [
    ("nobody", Who::Has(Role::None)),
    ("reader", Who::Has(Role::Read)),
    ("triager", Who::Has(Role::Triage)),
    ("writer", Who::Has(Role::Write)),
    ("keeper", Who::Has(Role::Maintain)),
    ("owner", Who::Has(Role::Admin)),
    ("outsider", Who::Outside),
    ("gone", Who::Deleted),
    ("helper[bot]", Who::Bot),
];

const PLACES: [Place; 7] = [
    Place::Fork,
    Place::Own,
    Place::Draft,
    Place::Closed,
    Place::Locked,
    Place::FeedstockPull,
    Place::FeedstockIssue,
];

/// In this order: what one begins, the next one finds.
const COMMANDS: [&str; 7] =
    ["/help", "/status", "/run-production tiny-daily", "/sync", "/run tiny-daily", "/cancel", "/retry"];

/// What is to be seen of a command, and how many workflow runs it begins.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Nothing,
    Told,
    Refused(&'static str),
    Begun { reply: bool, runs: usize },
}

/// The rules.
fn expected(who: Who, place: Place, command: &str) -> Seen {
    let may = matches!(who, Who::Outside | Who::Has(Role::Write | Role::Maintain | Role::Admin));
    let on_issue = place == Place::FeedstockIssue;
    let at_feedstock = matches!(place, Place::FeedstockPull | Place::FeedstockIssue);
    let begun = |reply, runs| Seen::Begun { reply, runs };
    match command.split_whitespace().next().unwrap_or_default() {
        // A bot is not heard, whatever it says.
        _ if who == Who::Bot => Seen::Nothing,
        // These are for everybody.
        "/help" | "/status" => Seen::Told,
        // What means nothing here is not a question of rights.
        "/run-production" if !at_feedstock => Seen::Refused("is for a feedstock"),
        "/run" | "/sync" if on_issue => Seen::Refused("is for pull requests"),
        // All others need a role.
        _ if !may => Seen::Refused("needs the role `write` or more"),
        // Nothing can be tested where there is no open pull request, so nothing goes on there either.
        "/run" | "/sync" if place == Place::Closed => Seen::Refused("is closed"),
        "/cancel" if on_issue || place == Place::Closed => Seen::Refused("Nothing goes on here"),
        "/retry" if place == Place::Closed => Seen::Refused("this pull request is closed"),
        "/retry" if on_issue => Seen::Refused("nothing to try again"),
        "/sync" | "/run-production" => begun(false, 0),
        "/run" | "/retry" => begun(false, 1),
        "/cancel" => begun(true, 0),
        other => panic!("no rule for {other}"),
    }
}

/// Opens what the commands are written on; answers the repository and the number.
async fn prepare(app: &TestApp, place: Place, login: &str) -> (&'static str, u64) {
    let title = format!("{place:?} for {login}");
    if place == Place::FeedstockIssue {
        return (FEEDSTOCK, app.github.open_issue(FEEDSTOCK, CONTRIBUTOR, &title));
    }
    let (repository, directory) =
        if place == Place::FeedstockPull { (FEEDSTOCK, "feedstock") } else { (STAGED, "recipes/tiny") };
    let author = if place == Place::Own { login } else { CONTRIBUTOR };
    let pull = NewPull::new(repository, author, &title).files(feedstock("two-recipes", directory));
    let number = app.github.open_pull_request(if place == Place::Draft { pull.draft() } else { pull });
    app.settle().await;
    if place == Place::Closed {
        app.github.close(repository, number, CONTRIBUTOR);
        app.settle().await;
    }
    (repository, number)
}

async fn play(app: &TestApp, (login, who): (&str, Who), place: Place) {
    let (repository, number) = prepare(app, place, login).await;
    for command in COMMANDS {
        let expected = expected(who, place, command);
        let what = format!("{command} by {login} ({who:?}) on {place:?}");
        app.github.advance(TimeDelta::minutes(1));
        let (runs, replies) = (app.workflow_runs().len(), app.bot_comments(repository, number).len());
        let comment = app.github.comment(repository, number, login, command);
        if place == Place::Locked {
            app.github.lock_conversation(repository, number);
        }
        if who == Who::Deleted {
            app.github.change(|world| world.users.remove(login));
        }
        app.settle().await;
        app.github.unlock_conversation(repository, number);

        let begun = app.workflow_runs().len() - runs;
        let seen = app.reactions(repository, comment);
        let new: Vec<String> = app.bot_comments(repository, number).split_off(replies);
        let (reactions, replies, begins): (&[&str], usize, usize) = match &expected {
            Seen::Nothing => (&[], 0, 0),
            Seen::Told => (&["eyes"], 1, 0),
            Seen::Refused(_) => (&["eyes", "-1"], 1, 0),
            Seen::Begun { reply, runs } => (&["eyes", "rocket"], usize::from(*reply), *runs),
        };
        assert_eq!(begun, begins, "{what}: {new:#?}");
        if place == Place::Locked {
            // What is done is done; only nobody can be told.
            assert_eq!((seen.len(), new.len()), (0, 0), "{what}: {new:#?}");
            continue;
        }
        assert_eq!(seen, reactions, "{what}: {new:#?}");
        // What production answers is a story of its own.
        if !command.starts_with("/run-production") || matches!(expected, Seen::Refused(_)) {
            assert_eq!(new.len(), replies, "{what}: {new:#?}");
        }
        if let Seen::Refused(words) = expected {
            assert!(new.concat().contains(words), "{what}: {new:#?}");
        }
    }
}

stories! {
    async fn s13_every_role_every_command_every_place(app: &mut TestApp) {
        for (login, who) in PEOPLE {
            match who {
                Who::Has(role) => [STAGED, FEEDSTOCK].map(|repository| app.github.set_permission(repository, login, role)),
                Who::Outside => [STAGED, FEEDSTOCK].map(|repository| app.github.set_permission(repository, login, Role::Write)),
                Who::Bot => {
                    let bot = User { id: 1, login: login.into(), kind: "Bot" };
                    app.github.change(|world| world.users.insert(login.into(), bot));
                    [(), ()]
                }
                Who::Deleted => [(), ()],
            };
        }
        for person in PEOPLE {
            for place in PLACES {
                // A bot that opens a pull request is one of the places where it says nothing to us.
                play(app, person, place).await;
            }
        }
    }
}
