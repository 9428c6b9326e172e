//! The action as GitHub runs it: its image is built, a recipe is baked in a container of it, and the workflow runs under `act`.
//!
//! These need a container engine, so they are ignored where `cargo xtask test` finds none, and it says so. `ACT_BIN` names `act`.

mod act;
mod image;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use harness::world::root;

/// The image that both tests run.
const IMAGE: &str = "pangeo-forge/runner-action:test";

/// Builds the image once.
fn image() -> &'static str {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut build = Command::new("docker");
        build.args(["build", "--build-arg", &format!("EXTRA_CA={}", local_certificates()), "-t", IMAGE]);
        build.arg(root().join("runner-action"));
        // Without the extra program that BuildKit wants, the client falls back to this only when told.
        build.env("DOCKER_BUILDKIT", "0");
        succeed(&mut build);
    });
    IMAGE
}

/// What this machine trusts beyond what everybody does, where Debian keeps it: a proxy's certificate, mostly. The build has to come
/// through the same proxy.
fn local_certificates() -> String {
    let Ok(entries) = std::fs::read_dir("/usr/local/share/ca-certificates") else { return String::new() };
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "crt"))
        .collect();
    files.sort();
    files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// Runs a command to its end, and shows what it said if it fails.
fn succeed(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?} ended with {status}:\n{said}");
    said
}

/// Makes a folder that a container's other user can enter.
pub(super) fn open_to_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::create_dir_all(path).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
}
