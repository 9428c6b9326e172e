//! `images.sh`: the images of a commit, once.

use std::process::Output;

use super::Stage;

fn images(rules: &str) -> (Stage, Output) {
    let stage = Stage::new(rules);
    let output = stage.run(
        "images.sh",
        &["ghcr.io/o/r", "c0ffee"],
        &[("GITHUB_REPOSITORY", "o/r"), ("GH_TOKEN", "t")],
    );
    (stage, output)
}

/// What the registry says of each image.
const IMAGES: &str = "inspect ghcr.io/o/r/service:c0ffee|0|\"sha256:5e\"\\n\n\
                      inspect ghcr.io/o/r/action:c0ffee|0|\"sha256:ac\"\\n\n";

#[test]
fn images_that_the_registry_has_and_that_are_attested_are_not_built_again() {
    let (stage, output) = images(IMAGES);
    assert!(output.status.success(), "{output:?}");
    stage.happened_in_order(&[
        "gh attestation verify oci://ghcr.io/o/r/service@sha256:5e --repo o/r",
        "gh attestation verify oci://ghcr.io/o/r/action@sha256:ac --repo o/r",
    ]);
    stage.never_happened("docker build ");
    stage.never_happened("docker push");
    assert_eq!(
        stage.read("output"),
        "service_digest=sha256:5e\nservice_built=false\naction_digest=sha256:ac\naction_built=false\n"
    );
}

#[test]
fn an_image_that_nobody_attested_is_built_and_pushed_again() {
    // The run that pushed it ended before it could say so, or it was pushed by somebody else.
    let (stage, output) = images(&format!("verify oci://ghcr.io/o/r/service|1|\n{IMAGES}"));
    assert!(output.status.success(), "{output:?}");
    stage.happened_in_order(&[
        "docker build --tag ghcr.io/o/r/service:c0ffee --build-arg PFO_COMMIT=c0ffee .",
        "docker push --quiet ghcr.io/o/r/service:c0ffee",
    ]);
    stage.never_happened("docker push --quiet ghcr.io/o/r/action");
    assert!(stage.read("output").contains("service_built=true"), "{}", stage.read("output"));
    assert!(stage.read("output").contains("action_built=false"), "{}", stage.read("output"));
}

#[test]
fn an_image_without_a_digest_ends_the_release() {
    let (stage, output) = images("inspect|1|\n");
    assert!(!output.status.success(), "{output:?}");
    stage.happened_in_order(&["docker push --quiet ghcr.io/o/r/service:c0ffee"]);
    assert_eq!(stage.read("output"), "");
}
