//! The list against the documentation, the manifest and the tokens.

use super::*;

/// The table in the documentation.
fn table() -> String {
    let row = |call: &&Call| {
        let permission = match (call.permission, call.grant) {
            (Some((name, level)), _) => format!("`{name}: {level}`"),
            (None, Grant::Nobody) => "none: who has the code may".to_owned(),
            (None, _) => "none: the App speaks as itself".to_owned(),
        };
        format!("| `{} {}` | {permission} | {:?} |\n", call.method, call.path, call.grant)
    };
    ALL.iter().map(row).collect()
}

#[test]
fn s7_the_documentation_lists_every_call() {
    let documented = include_str!("../../../../docs/github.md");
    assert!(documented.contains(&table()), "docs/github.md must hold this table:\n{}", table());
}

#[test]
fn s7_the_manifest_asks_for_what_is_used_and_no_more() {
    let manifest: Value =
        serde_json::from_str(include_str!("../../../../docs/github-app-manifest.json")).expect("JSON");
    let needed: Value =
        app_permissions().into_iter().map(|(name, level)| (name, Value::from(level))).collect();
    assert_eq!(manifest["default_permissions"], needed);
    let events: Vec<&str> =
        manifest["default_events"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert_eq!(events, EVENTS);
    assert!(events.iter().all(|event| crate::domain::command::is_read(event)), "{events:?}");
}

#[test]
fn s7_every_token_holds_what_its_calls_need_and_no_more() {
    let grants = [
        Grant::Survey,
        Grant::Read,
        Grant::Report,
        Grant::Deploy,
        Grant::Run,
        Grant::Write,
        Grant::Administer,
    ];
    for grant in grants {
        let Value::Object(held) = grant.permissions() else { unreachable!("permissions are an object") };
        for (name, level) in &held {
            let used = ALL.iter().filter(|call| call.grant == grant).any(|call| {
                call.permission.is_some_and(|(needs, _)| needs == name)
                    || (name == "pull_requests" && grant == Grant::Report)
            });
            assert!(used, "{grant:?} holds {name}: {level}, which no call of it needs");
        }
        for call in ALL.iter().filter(|call| call.grant == grant) {
            let (name, level) =
                call.permission.expect("a call with an installation token needs a permission");
            let has = held.get(name).and_then(Value::as_str).unwrap_or("nothing");
            assert!(has == level || has == "write", "{} {} needs {name}: {level}", call.method, call.path);
        }
    }
}
