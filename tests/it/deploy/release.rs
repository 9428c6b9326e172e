//! `release.sh`: a commit's way to an environment.

use std::process::Output;

use super::Stage;

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

/// The revisions that got all the traffic, one after the other.
fn moves(stage: &Stage) -> Vec<String> {
    let calls = stage.read("calls");
    let moves = calls.lines().filter_map(|call| {
        call.split_once("update-traffic pfo --project p --region r --quiet --to-revisions ")
    });
    moves.map(|(_, revision)| revision.to_owned()).collect()
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
    assert_eq!(moves(&stage), ["pfo-1=100", "pfo-2=100"]);
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
        assert_eq!(moves(&stage), ["pfo-1=100"], "{broken}: held where it was, and no more");
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
    assert_eq!(moves(&stage), ["pfo-1=100", "pfo-2=100", "pfo-1=100"]);
    assert!(stage.read("summary").contains("Rolled back"), "{}", stage.read("summary"));
}

#[test]
fn nothing_is_applied_after_a_failed_migration_and_nothing_migrated_that_cannot_be_planned() {
    let (stage, output) = release("run jobs execute|1|");
    assert!(!output.status.success(), "{output:?}");
    stage.happened_in_order(&["run jobs execute pfo-migrate"]);
    stage.never_happened("apply");
    assert_eq!(moves(&stage), ["pfo-1=100"]);

    let (stage, output) = release("plan -input=false|1|");
    assert!(!output.status.success(), "{output:?}");
    stage.never_happened("run jobs");

    let (stage, output) = release("status.traffic.revisionName|0|50,pfo-0\\n50,pfo-1\\n");
    assert!(!output.status.success(), "{output:?}");
    stage.never_happened("run jobs");
    assert_eq!(moves(&stage), Vec::<String>::new());
}

#[test]
fn a_plan_is_shown_and_changes_nothing() {
    let stage = Stage::new("show -no-color|0|1 to change\n");
    let output = stage.run("release.sh", &["plan"], &RELEASE);
    assert!(output.status.success(), "{output:?}");
    assert!(stage.read("summary").contains("1 to change"), "{}", stage.read("summary"));
    stage.never_happened("apply");
    stage.never_happened("gcloud");

    let stage = Stage::new("show -no-color|1|\n");
    let output = stage.run("release.sh", &["plan"], &RELEASE);
    assert!(!output.status.success(), "nobody may approve what was not shown: {output:?}");
}

#[test]
fn a_service_that_follows_its_newest_revision_is_held_where_it_is_before_anything_is_planned() {
    let (stage, output) = release("");
    assert!(output.status.success(), "{output:?}");
    stage.happened_in_order(&["--to-revisions pfo-1=100", "plan -input=false", "run jobs execute", "apply"]);
}
