//! The scripts of `.github/scripts`, with stand-ins for every program that they call: what they do, in which order, and what they leave
//! alone.

mod images;
mod release;
mod review;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use harness::world::root;

/// The programs that are stood in for.
const PROGRAMS: [&str; 5] = ["gcloud", "terraform", "curl", "gh", "docker"];

/// Notes how it was called, and answers by the first rule whose pattern is in the call: `pattern|exit code|what it prints`.
const STAND_IN: &str = r#"#!/bin/sh
call="${0##*/} $*"
printf '%s\n' "$call" >> "$CALLS"
while IFS='|' read -r pattern code output; do
  [ -n "$pattern" ] || continue
  case $call in *"$pattern"*) printf "$output"; exit "$code" ;; esac
done < "$RULES"
"#;

struct Stage {
    folder: tempfile::TempDir,
}

impl Stage {
    fn new(rules: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for program in PROGRAMS {
            let path = folder.path().join(program);
            std::fs::write(&path, STAND_IN).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        std::fs::write(folder.path().join("rules"), rules).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, script: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        Command::new(root().join(".github/scripts").join(script))
            .args(arguments)
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", self.folder.path().display()))
            .env("CALLS", self.path("calls"))
            .env("RULES", self.path("rules"))
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .env("GITHUB_OUTPUT", self.path("output"))
            .envs(variables.iter().copied())
            .current_dir(root())
            .output()
            .unwrap()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// At which place each of these is among the calls, in the order in which they are named.
    #[track_caller]
    fn happened_in_order(&self, wanted: &[&str]) {
        let calls = self.read("calls");
        let mut rest = calls.lines();
        for wanted in wanted {
            assert!(rest.any(|call| call.contains(wanted)), "no `{wanted}`, or too early:\n{calls}");
        }
    }

    #[track_caller]
    fn never_happened(&self, unwanted: &str) {
        let calls = self.read("calls");
        assert!(!calls.contains(unwanted), "`{unwanted}` among\n{calls}");
    }
}
