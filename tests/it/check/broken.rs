//! Broken configurations, each with what is said about it. The words are kept in `broken.txt`; with `PFO_WRITE_SNAPSHOTS=1` they are
//! written anew, to be read before they are committed.
//!
//! The deployment is one that others reach, so its secrets are encrypted, unless they are so broken that nothing could encrypt them.

mod cases;

use std::fmt::Write as _;
use std::path::Path;

use chrono::DateTime;
use harness::github::PRIVATE_KEY;
use orchestrator::cli::check::findings;
use orchestrator::config::Sources;
use runner_sops::age::AgeIdentity;
use runner_sops::sources::KeySources;
use runner_sops::{WrappedKey, encrypt, new_data_key};

use cases::{
    ARGS, ARGS_TEXT, BAKERY, BAKERY_TEXT, CANARY, CASES, CONFIG, CONFIG_TEXT, Change, KEY_FILE, SHARED,
    SHARED_TEXT,
};

#[tokio::test]
async fn sixty_broken_configurations_are_told_all_at_once_with_their_places_and_without_a_secret() {
    let mut said = String::new();
    let identity = AgeIdentity::generate().unwrap();
    for (name, changes) in CASES {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), name, changes, &identity);
        let sources = Sources {
            deployment: "staging".into(),
            config_dir: root.path().to_owned(),
            github_api_url: "https://api.github.com".into(),
            keys: KeySources::of_age_key(&identity.to_text()),
        };
        let _ = writeln!(said, "## {name}");
        let before = said.len();
        for finding in findings(&sources, "postgres://database/forge", DateTime::UNIX_EPOCH).await {
            let line = finding.to_string().replace(&format!("{}/", root.path().display()), "");
            assert!(!line.contains(CANARY), "{name}: {line}");
            let _ = writeln!(said, "{line}");
        }
        assert_eq!(said.len() == before, changes.is_empty(), "{name}: {said}");
        said.push('\n');
    }
    assert!(CASES.len() > 60, "{}", CASES.len());
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/check/broken.txt");
    if std::env::var_os("PFO_WRITE_SNAPSHOTS").is_some() {
        std::fs::write(&kept, &said).unwrap();
    }
    let expected = std::fs::read_to_string(&kept).unwrap_or_default();
    assert!(said == expected, "what is said has changed; if it is meant, write broken.txt anew:\n{said}");
}

fn write(root: &Path, name: &str, changes: &[Change], identity: &AgeIdentity) {
    let files = [
        (CONFIG, CONFIG_TEXT),
        (SHARED, SHARED_TEXT),
        (BAKERY, BAKERY_TEXT),
        (ARGS, ARGS_TEXT),
        ("secrets/dataflow-key.yaml", KEY_FILE),
    ];
    for (path, text) in files {
        let mut text = text.to_owned();
        for Change(_, find, replace) in changes.iter().filter(|Change(file, _, _)| *file == path) {
            assert!(text.contains(find), "{name}: {path} holds no {find:?}");
            text = text.replacen(find, replace, 1);
        }
        let text = text.replace("@KEY@", &PRIVATE_KEY.lines().collect::<Vec<_>>().join("\n    "));
        let text = if path.starts_with("secrets/") { sealed(&text, identity).unwrap_or(text) } else { text };
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// The text, encrypted; nothing where it cannot be.
fn sealed(text: &str, identity: &AgeIdentity) -> Option<String> {
    let key = new_data_key().unwrap();
    let wrapped = WrappedKey::for_age(&key, identity.recipient()).unwrap();
    encrypt(text, &key, &[wrapped], "2026-01-01T00:00:00Z").ok()
}
