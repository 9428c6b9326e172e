//! The scripts of `.github/scripts`, with stand-ins for every program that they call: what they do, in which order, and what they leave
//! alone.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use harness::world::root;

/// The programs that are stood in for.
const PROGRAMS: [&str; 4] = ["gcloud", "terraform", "curl", "gh"];

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

const MOVED: &str = "update-traffic pfo --project p --region r --quiet --to-revisions";
const RELEASE: [(&str, &str); 5] = [
    ("ENVIRONMENT", "pangeo-forge-staging"),
    ("PROJECT", "p"),
    ("STATE_BUCKET", "b"),
    ("IMAGE", "registry/service@sha256:1"),
    ("COMMIT", "c0ffee"),
];

/// A release that goes well, but for what `first` says.
fn release(first: &str) -> (Stage, Output) {
    let stage = Stage::new(&format!(
        "{first}\n\
         output -raw service_name|0|pfo\n\
         output -raw service_region|0|r\n\
         output -raw service_url|0|https://pfo.example.org\n\
         output -raw migrate_job|0|pfo-migrate\n\
         status.traffic.revisionName|0|,pfo-0\\n100,pfo-1\\n\n\
         status.traffic.tag|0|,\\ncandidate,https://candidate.example.org\\n\n\
         latestReadyRevisionName|0|pfo-2\n\
         /version|0|{{\"commit\":\"c0ffee\"}}\n\
         --write-out|0|401\n"
    ));
    let output = stage.run("release.sh", &["deploy"], &RELEASE);
    (stage, output)
}

#[test]
fn a_release_migrates_before_it_applies_and_tests_before_traffic_moves() {
    let (stage, output) = release("");
    assert!(output.status.success(), "{output:?}");
    stage.happened_in_order(&[
        "terraform -chdir=terraform/pangeo-forge-staging init",
        "terraform -chdir=terraform/pangeo-forge-staging plan -input=false -var=project=p -var=image=registry/service@sha256:1",
        "run jobs update pfo-migrate --project p --region r --image registry/service@sha256:1",
        "run jobs execute pfo-migrate --project p --region r --wait",
        "terraform -chdir=terraform/pangeo-forge-staging apply -input=false release.tfplan",
        "--set-tags candidate=pfo-2",
        "https://candidate.example.org/readyz",
        "https://candidate.example.org/github/hooks/",
        "--to-revisions pfo-2=100",
        "https://pfo.example.org/readyz",
    ]);
    stage.never_happened("pfo-1=100");
    assert!(stage.read("summary").contains("pfo-2 has the traffic"), "{}", stage.read("summary"));
}

#[test]
fn a_revision_that_fails_its_test_gets_no_traffic() {
    for broken in [
        "https://candidate.example.org/readyz|22|",
        "https://candidate.example.org/version|0|{\"commit\":\"another\"}",
        "https://candidate.example.org/github/hooks/|0|202",
    ] {
        let (stage, output) = release(broken);
        assert!(!output.status.success(), "{broken}: {output:?}");
        stage.never_happened(MOVED);
        assert!(stage.read("summary").contains("was not moved"), "{broken}: {}", stage.read("summary"));
    }
}

#[test]
fn a_release_that_fails_with_traffic_is_rolled_back() {
    let (stage, output) = release("https://pfo.example.org/readyz|22|");
    assert!(!output.status.success(), "{output:?}");
    stage.happened_in_order(&[
        "--to-revisions pfo-2=100",
        "https://pfo.example.org/readyz",
        "--to-revisions pfo-1=100",
    ]);
    assert!(stage.read("summary").contains("Rolled back"), "{}", stage.read("summary"));
}

#[test]
fn nothing_is_applied_after_a_failed_migration_and_nothing_migrated_that_cannot_be_planned() {
    let (stage, output) = release("run jobs execute|1|");
    assert!(!output.status.success(), "{output:?}");
    stage.happened_in_order(&["run jobs execute pfo-migrate"]);
    stage.never_happened("apply");
    stage.never_happened(MOVED);

    let (stage, output) = release("plan -input=false|1|");
    assert!(!output.status.success(), "{output:?}");
    stage.never_happened("run jobs");

    let (stage, output) = release("status.traffic.revisionName|0|50,pfo-0\\n50,pfo-1\\n");
    assert!(!output.status.success(), "{output:?}");
    stage.never_happened("run jobs");
}

#[test]
fn a_plan_is_shown_and_changes_nothing() {
    let stage = Stage::new("show -no-color|0|1 to change\n");
    let output = stage.run("release.sh", &["plan"], &RELEASE);
    assert!(output.status.success(), "{output:?}");
    assert!(stage.read("summary").contains("1 to change"), "{}", stage.read("summary"));
    stage.never_happened("apply");
    stage.never_happened("gcloud");
}

const REVIEW: [(&str, &str); 6] = [
    ("PROJECT", "p"),
    ("REGION", "r"),
    ("SQL_INSTANCE", "p:r:review"),
    ("SERVICE_ACCOUNT", "review@p.example.org"),
    ("IMAGE", "registry/review-app@sha256:1"),
    ("NOW", "1000000"),
];

fn review(action: &str, pull: &str, rules: &str) -> (Stage, Output) {
    let stage = Stage::new(rules);
    let output = stage.run("review-app.sh", &[action], &[&REVIEW[..], &[("PULL", pull)]].concat());
    (stage, output)
}

#[test]
fn a_review_app_has_a_database_of_its_own_that_is_filled_before_it_serves() {
    let (stage, output) =
        review("up", "7", "sql databases describe|1|\nvalue(status.url)|0|https://pforge-pr-7.example.org\n");
    assert!(output.status.success(), "{output:?}");
    stage.happened_in_order(&[
        "gcloud sql databases create pforge-pr-7 --project p --instance review",
        "gcloud run jobs deploy pforge-pr-7-task",
        "run jobs execute pforge-pr-7-task --args migrate --wait",
        "run jobs execute pforge-pr-7-task --args seed --wait",
        "gcloud run deploy pforge-pr-7 --image registry/review-app@sha256:1",
    ]);
    let calls = stage.read("calls");
    assert!(calls.contains("PANGEO_FORGE_DEPLOYMENT=pforge-pr-7"), "{calls}");
    assert!(calls.contains("--labels review-app=7,deployed=1000000"), "{calls}");
    assert_eq!(stage.read("output"), "url=https://pforge-pr-7.example.org\n");
}

#[test]
fn a_review_app_is_ended_by_its_own_pull_request_alone() {
    let (stage, output) = review("down", "7", "labels.review-app|0|7\n");
    assert!(output.status.success(), "{output:?}");
    stage.happened_in_order(&[
        "gcloud run services delete pforge-pr-7",
        "gcloud run jobs delete pforge-pr-7-task",
        "gcloud sql databases delete pforge-pr-7",
    ]);

    let (stage, output) = review("down", "7", "labels.review-app|0|70\n");
    assert!(!output.status.success(), "{output:?}");
    stage.never_happened("delete");

    let (stage, output) = review("down", "7; true", "");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(stage.read("calls"), "");

    // Gone already.
    let (stage, output) = review("down", "7", "describe|1|\n");
    assert!(output.status.success(), "{output:?}");
    stage.never_happened("delete");
}

#[test]
fn review_apps_end_after_two_days() {
    let (stage, output) = review(
        "sweep",
        "",
        "services list|0|7,827199\\n8,827200\\n9,\\n\n\
         describe pforge-pr-7 --format=value(metadata|0|7\n\
         describe pforge-pr-9 --format=value(metadata|0|9\n",
    );
    assert!(output.status.success(), "{output:?}");
    stage.happened_in_order(&["services delete pforge-pr-7 ", "services delete pforge-pr-9 "]);
    stage.never_happened("delete pforge-pr-8");
}

#[test]
fn a_review_app_is_told_of_in_one_comment() {
    let variables = [("GITHUB_REPOSITORY", "o/r"), ("GH_TOKEN", "t")];
    let stage = Stage::new("");
    assert!(stage.run("comment.sh", &["7", "at …"], &variables).status.success());
    stage.happened_in_order(&["gh api --paginate", "gh api --method POST repos/o/r/issues/7/comments"]);

    let stage = Stage::new("--paginate|0|55\\n56\\n\n");
    assert!(stage.run("comment.sh", &["7", "at …"], &variables).status.success());
    stage.happened_in_order(&["gh api --method PATCH repos/o/r/issues/comments/55 "]);
    stage.never_happened("POST");
}
