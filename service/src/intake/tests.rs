//! What deliveries are taken for.

use super::*;

fn commands(event: &str, body: &serde_json::Value) -> Vec<Command> {
    interpret(event, body.to_string().as_bytes(), &Audience::default()).commands
}

#[test]
fn r23_whatever_the_bytes_are_nothing_breaks() {
    for event in [
        "pull_request",
        "issue_comment",
        "workflow_run",
        "check_run",
        "check_suite",
        "installation",
        "installation_repositories",
        "ping",
        "",
        "no such event",
    ] {
        for body in
            [&b""[..], b"null", b"[]", b"{}", b"\xff\xfe", br#"{"action": 7}"#, br#"{"pull_request": []}"#]
        {
            assert_eq!(interpret(event, body, &Audience::default()).commands, vec![]);
        }
    }
}

#[test]
fn a_run_name_gives_its_dispatch_id() {
    assert_eq!(dispatch_id("bake a/b [pfo-0193-ab]"), Some("pfo-0193-ab".into()));
    for other in ["bake", "bake [x]", "bake [pfo-a b]", "bake [pfo-1] more", "[pfo-]x]"] {
        assert_eq!(dispatch_id(other), None, "{other}");
    }
}

#[test]
fn recipes_are_looked_for_in_whatever_case() {
    for (name, expected) in [
        ("pangeo-forge/staged-recipes", true),
        ("pforgetest/test-Staged-Recipes", true),
        ("pangeo-forge/X-FEEDSTOCK", true),
        ("pangeo-forge/feedstock", false),
        ("pangeo-forge/staged-recipes-archive", false),
    ] {
        let repository = RepoName::parse(name).expect("a name");
        assert_eq!(holds_recipes(&repository), expected, "{name}");
    }
}

#[test]
fn a_new_head_is_a_synchronize() {
    let mut body = serde_json::json!({
        "action": "opened",
        "pull_request": { "number": 7 },
        "repository": { "full_name": "o/x-feedstock" },
        "installation": { "id": 3 },
    });
    assert_eq!(commands("pull_request", &body).len(), 1);
    body["action"] = "labeled".into();
    assert_eq!(commands("pull_request", &body), vec![]);
    body["action"] = "reopened".into();
    body["installation"] = serde_json::Value::Null;
    assert_eq!(commands("pull_request", &body), vec![]);
}

#[test]
fn a_command_on_an_issue_is_heard_where_commands_are_given() {
    let body = |repository: &str, comment: &str| {
        serde_json::json!({
            "action": "created",
            "issue": { "number": 7 },
            "comment": {
                "id": 9, "body": comment, "user": { "login": "maria", "type": "User" }, "created_at": "2026-01-01T00:00:00Z",
            },
            "repository": { "full_name": repository },
            "installation": { "id": 3 },
        })
    };
    for (repository, comment, heard) in [
        ("o/x-feedstock", "/run-production a", true),
        ("o/x-feedstock", "/run-prod a", true),
        ("o/x-feedstock", "/lgtm", false),
        ("o/staged-recipes", "/run a", true),
        ("o/staged-recipes", "/rnu a", false),
        ("o/else", "/run a", false),
    ] {
        let heard_as = commands("issue_comment", &body(repository, comment));
        let is_heard = matches!(heard_as.as_slice(), [Command::Answer(command)] if command.on_issue && command.line == comment);
        assert_eq!(is_heard, heard, "{repository}: {comment}");
    }
}

#[test]
fn a_check_is_asked_for_again_by_a_person_and_by_its_key() {
    let of_check = serde_json::json!({
        "action": "rerequested",
        "check_run": { "external_id": "recipe-run/4", "head_sha": "abc", "app": { "id": 1001 } },
        "check_suite": { "head_sha": "abc" },
        "sender": { "login": "maria", "type": "User" },
        "repository": { "full_name": "o/x-feedstock" },
        "installation": { "id": 3 },
    });
    let found = commands("check_run", &of_check);
    let [Command::Rerun(rerun)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(
        (rerun.check.as_deref(), rerun.app, rerun.asked_by.as_str()),
        (Some("recipe-run/4"), Some(1001), "maria")
    );
    let found = commands("check_suite", &of_check);
    assert!(
        matches!(found.as_slice(), [Command::Rerun(rerun)] if rerun.check.is_none() && rerun.app.is_none()),
        "{found:?}"
    );
    for (path, value) in [
        ("/action", serde_json::json!("created")),
        ("/check_run/external_id", serde_json::json!("")),
        ("/check_run/head_sha", serde_json::Value::Null),
        ("/sender/type", serde_json::json!("Bot")),
        ("/repository/full_name", serde_json::json!("o/else")),
        ("/sender", serde_json::Value::Null),
    ] {
        let mut other = of_check.clone();
        *other.pointer_mut(path).expect("a field") = value;
        assert_eq!(commands("check_run", &other), vec![], "{path}");
    }
}

#[test]
fn r25_labels_and_lists_decide_what_a_delivery_means_to_an_app() {
    let meaning = |event: &str, body: &serde_json::Value, audience: &Audience| {
        interpret(event, body.to_string().as_bytes(), audience)
    };
    let mut body = serde_json::json!({
        "action": "labeled",
        "label": { "name": "Staging" },
        "pull_request": { "number": 7 },
        "repository": { "full_name": "o/x-feedstock" },
        "installation": { "id": 3 },
    });
    let staging = Audience::new(vec!["staging".into()], vec![], None).expect("legal");
    for action in ["labeled", "unlabeled"] {
        body["action"] = action.into();
        assert_eq!(meaning("pull_request", &body, &staging).commands.len(), 1, "{action}");
        assert_eq!(meaning("pull_request", &body, &Audience::default()).commands, vec![], "{action}");
    }
    body["label"]["name"] = "docs".into();
    assert_eq!(meaning("pull_request", &body, &staging).commands, vec![], "another's label");
    body["action"] = "opened".into();
    let elsewhere = Audience::new(vec![], vec![], Some(&["p/*".into()])).expect("legal");
    let found = meaning("pull_request", &body, &elsewhere);
    assert_eq!((found.commands, found.note), (vec![], "a repository that is not on this App's list"));
}
