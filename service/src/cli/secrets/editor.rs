//! A text in somebody's editor, in a folder of memory that only they can enter.

use std::io::IsTerminal as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context, bail};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};
use zeroize::Zeroizing;

/// A file system in memory, on every Linux. Of what is swapped out, the machine's owner takes care.
const MEMORY: &str = "/dev/shm";
/// Tells editors, and `gitleaks`, what it is.
const NAME: &str = "secrets.yaml";

/// Lets somebody change a text until `seal` takes it. `None` if they changed nothing. Where nobody is at the terminal, what is refused the
/// first time is an error.
pub(super) async fn edit<T>(
    before: &str,
    seal: impl Fn(&str) -> anyhow::Result<T>,
) -> anyhow::Result<Option<T>> {
    let folder = tempfile::Builder::new()
        .prefix("pfo-")
        .permissions(std::fs::Permissions::from_mode(0o700))
        .tempdir_in(MEMORY)
        .with_context(|| {
            format!("{MEMORY} is needed: a text in clear may not lie on a disk; use `sops edit` here")
        })?;
    let path = folder.path().join(NAME);
    std::fs::write(&path, before).context("the text cannot be handed to the editor")?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    // A signal would end this program and leave the folder behind. The editor gets it as well, and decides.
    let _interrupt = signal(SignalKind::interrupt())?;
    let _terminate = signal(SignalKind::terminate())?;
    let _hangup = signal(SignalKind::hangup())?;
    loop {
        run(&path).await?;
        let after = std::fs::read_to_string(&path).map(Zeroizing::new).context("the editor left no text")?;
        if after.as_str() == before {
            return Ok(None);
        }
        match seal(&after) {
            Ok(sealed) => return Ok(Some(sealed)),
            Err(error) if std::io::stdin().is_terminal() => {
                eprintln!(
                    "pfo: {error:#}\nEnter: edit again; anything else: give it up, and leave the file as it was"
                );
                let mut answer = String::new();
                std::io::stdin().read_line(&mut answer)?;
                if !answer.trim().is_empty() {
                    bail!("nothing was written");
                }
            }
            Err(error) => return Err(error.context("nothing was written")),
        }
    }
}

async fn run(path: &Path) -> anyhow::Result<()> {
    let editor = crate::config::editor();
    // A shell, since what is told may have arguments, as with git.
    let status = Command::new("/bin/sh")
        .args(["-c", &format!("{editor} \"$1\""), "sh"])
        .arg(path)
        .status()
        .await
        .with_context(|| format!("the editor `{editor}` cannot be started"))?;
    if !status.success() {
        bail!("the editor `{editor}` ended with {status}; nothing was written");
    }
    Ok(())
}
