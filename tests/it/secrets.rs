//! `pfo secrets`: the life of a file of secrets, from its first text to the day when somebody may no longer read it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// Stands where secrets do, and may never lie on a disk.
const CANARY: &str = "canary-51c7e0aa42";
const FILE: &str = "secrets/config.pangeo-forge.yaml";
const TEXT: &str = "# said by canary-51c7e0aa42\ngithub_app:\n  id: 12\n  webhook_secret: canary-51c7e0aa42-hook\n\
    \x20 private_key: |\n    one canary-51c7e0aa42\n    two\n";

struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("secrets")).unwrap();
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Says for whom files are encrypted.
    fn rules(&self, recipients: &[&str]) {
        let rules =
            format!("creation_rules:\n  - path_regex: ^secrets/\n    age: [{}]\n", recipients.join(", "));
        fs::write(self.path().join(".sops.yaml"), rules).unwrap();
    }

    fn pfo(&self, key: &str, editor: &str, arguments: &[&str]) -> Output {
        crate::command_line::pfo()
            .arg("secrets")
            .args(arguments)
            .current_dir(self.path())
            .env("PATH", "/usr/bin:/bin")
            .env("SOPS_AGE_KEY", key)
            .env("EDITOR", editor)
            .output()
            .unwrap()
    }

    fn done(&self, key: &str, editor: &str, arguments: &[&str]) -> String {
        let output = self.pfo(key, editor, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn refused(&self, key: &str, editor: &str, arguments: &[&str]) -> String {
        let output = self.pfo(key, editor, arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains(CANARY), "{said}");
        said
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path().join(FILE)).unwrap()
    }
}

/// A key and its public part.
fn keygen(desk: &Desk) -> (String, String) {
    let said = desk.done("", "", &["keygen"]);
    let (public, key) = said.split_once('\n').unwrap();
    (key.trim().to_owned(), public.rsplit(' ').next().unwrap().to_owned())
}

#[test]
fn a_key_is_told_to_programs_too_and_a_file_that_cannot_be_read_is_named_once() {
    let desk = Desk::new();
    let made: serde_json::Value = serde_json::from_str(&desk.done("", "", &["keygen", "--json"])).unwrap();
    let public = made["public_key"].as_str().unwrap();
    desk.rules(&[public]);
    fs::write(desk.path().join(FILE), TEXT).unwrap();
    desk.done("", "", &["encrypt", FILE]);
    assert!(desk.done(made["key"].as_str().unwrap(), "", &["view", FILE]).contains(CANARY));

    // What is wrong with none of the files in particular is still told with the one that was at hand.
    let arn = "arn:aws:kms:us-east-1:111122223333:key/mine";
    let rules = format!("creation_rules:\n  - path_regex: ^secrets/\n    kms: {arn}\n");
    fs::write(desk.path().join(".sops.yaml"), rules).unwrap();
    let said = desk.refused(made["key"].as_str().unwrap(), "", &["rotate", FILE]);
    assert!(said.starts_with(&format!("pfo: {FILE}: {arn} has to wrap the key")), "{said}");

    for arguments in [["view", "no.yaml"], ["rotate", "no.yaml"], ["encrypt", "no.yaml"]] {
        let said = desk.refused("", "true", &arguments);
        assert_eq!(
            said, "pfo: no.yaml cannot be read: No such file or directory (os error 2)\n",
            "{arguments:?}"
        );
    }
}

/// What another implementation reads in the file.
fn peer(desk: &Desk, key: &str) -> serde_json::Value {
    let python = std::env::var("SOPS_PEER_PYTHON").expect("SOPS_PEER_PYTHON names an interpreter");
    let script = harness::world::root().join("runner-action/sops/tests/peer.py");
    let key_file = desk.path().join("key.txt");
    fs::write(&key_file, key).unwrap();
    let file = fs::File::open(desk.path().join(FILE)).unwrap();
    let output = Command::new(python).arg(script).arg("decrypt").arg(&key_file).stdin(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn s6_a_file_is_encrypted_changed_and_taken_away_from_somebody_and_never_in_clear_on_a_disk() {
    let desk = Desk::new();
    let (mine, my_public) = keygen(&desk);
    let (theirs, their_public) = keygen(&desk);
    desk.rules(&[&my_public, &their_public]);
    fs::write(desk.path().join(FILE), TEXT).unwrap();

    assert_eq!(desk.done("", "", &["encrypt", FILE]), format!("{FILE}: encrypted\n"));
    assert!(!desk.text().contains(CANARY), "{}", desk.text());
    assert!(desk.refused("", "", &["encrypt", FILE]).contains("encrypted already"));
    for key in [&mine, &theirs] {
        assert!(
            desk.done(key, "", &["view", FILE])
                .contains("    private_key: |\n        one canary-51c7e0aa42\n        two\n")
        );
    }
    let read = peer(&desk, &theirs);
    assert_eq!(read["github_app"]["id"], 12);
    let viewed: serde_json::Value =
        serde_json::from_str(&desk.done(&mine, "", &["view", FILE, "--json"])).unwrap();
    assert_eq!(viewed, read);

    let before = desk.text();
    assert_eq!(desk.done(&mine, "true", &["edit", FILE]), format!("{FILE}: nothing was changed\n"));
    assert_eq!(desk.text(), before);
    // The editor finds the text in memory, where nobody else can read it.
    let editor = "sh -c 'stat -c %a:%n \"$1\" \"${1%/*}\" > seen && sed -i s/12/34/ \"$1\"' editor";
    assert_eq!(
        desk.done(&mine, editor, &["edit", FILE, "--json"]),
        format!("{{\"done\":\"changed\",\"file\":\"{FILE}\"}}\n")
    );
    let seen = fs::read_to_string(desk.path().join("seen")).unwrap();
    assert!(seen.starts_with("600:/dev/shm/pfo-") && seen.contains("\n700:/dev/shm/pfo-"), "{seen}");
    let place = seen.lines().next().and_then(|line| line.split(':').nth(1)).unwrap();
    assert!(!Path::new(place).exists(), "{place} is still there");
    assert_eq!(peer(&desk, &theirs)["github_app"]["id"], 34);

    desk.rules(&[&my_public]);
    assert_eq!(desk.done(&mine, "", &["rotate", FILE]), format!("{FILE}: rotated\n"));
    assert!(desk.refused(&theirs, "", &["view", FILE]).contains(&format!("encrypted for {my_public}")));
    assert_eq!(peer(&desk, &mine)["github_app"]["webhook_secret"], "canary-51c7e0aa42-hook");

    for entry in fs::read_dir(desk.path().join("secrets")).unwrap() {
        let path = entry.unwrap().path();
        assert!(!fs::read_to_string(&path).unwrap().contains(CANARY), "{}", path.display());
    }
}

#[test]
fn what_an_editor_leaves_that_cannot_be_encrypted_changes_nothing() {
    let desk = Desk::new();
    let (key, public) = keygen(&desk);
    desk.rules(&[&public]);
    fs::write(desk.path().join(FILE), TEXT).unwrap();
    desk.done("", "", &["encrypt", FILE]);
    let before = desk.text();
    for (editor, said) in [
        ("sed -i 's/12/!!str 12/'", "line 2: an anchor"),
        ("sed -i 's/id: 12/id: {/'", "not valid YAML"),
        ("false", "the editor `false` ended with"),
        ("rm", "the editor left no text"),
    ] {
        assert!(desk.refused(&key, editor, &["edit", FILE]).contains(said), "{editor}");
        assert_eq!(desk.text(), before, "{editor}");
    }
    assert!(desk.refused("", "true", &["view", FILE]).contains("none of the keys at hand opens it"));
    let changed = before.replacen("type:int", "type:str", 1).replacen("data:", "data:A", 1);
    fs::write(desk.path().join(FILE), changed).unwrap();
    assert!(desk.refused(&key, "true", &["edit", FILE]).contains("was changed since it was encrypted"));
}

#[test]
fn a_new_file_is_written_for_those_whom_the_rules_name_and_for_nobody_else() {
    let desk = Desk::new();
    let (key, public) = keygen(&desk);
    let editor = "sh -c 'echo \"a: canary-51c7e0aa42\" > \"$1\"' editor";
    assert!(desk.refused(&key, editor, &["edit", FILE]).contains("there is no `.sops.yaml`"));
    desk.rules(&["agent"]);
    assert!(desk.refused(&key, editor, &["edit", FILE]).contains(".sops.yaml:3:"));
    desk.rules(&[]);
    assert!(
        desk.refused(&key, editor, &["edit", FILE])
            .contains("no rule fits `secrets/config.pangeo-forge.yaml`")
    );
    assert!(!desk.path().join(FILE).exists());
    desk.rules(&[&public]);
    assert_eq!(desk.done(&key, editor, &["edit", FILE]), format!("{FILE}: written\n"));
    assert_eq!(peer(&desk, &key), serde_json::json!({"a": CANARY}));
}
