//! Google's emulator of Pub/Sub, where its SDK has it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// How to get it, for whoever reads what was left out.
const HOW: &str = "`gcloud components install pubsub-emulator`, or Google's Debian package google-cloud-cli-pubsub-emulator, and a Java runtime";

/// The emulator's launcher. The error says why there is none, and how to get it.
pub(crate) fn launcher() -> Result<PathBuf> {
    process::read(Command::new("java").arg("-version"))
        .with_context(|| format!("the Pub/Sub emulator needs Java, which is not to be found ({HOW})"))?;
    let root = process::read(Command::new("gcloud").args(["info", "--format=value(installation.sdk_root)"]))
        .with_context(|| format!("the Google Cloud SDK is not to be found ({HOW})"))?;
    let launcher = PathBuf::from(root.trim()).join("platform/pubsub-emulator/bin/cloud-pubsub-emulator");
    if !launcher.is_file() {
        bail!("the Google Cloud SDK here has no Pub/Sub emulator ({HOW})");
    }
    Ok(launcher)
}
