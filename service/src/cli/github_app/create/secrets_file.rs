//! The file that holds what GitHub tells once.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, bail};
use secrecy::ExposeSecret;

use crate::cli::secrets::sealed::{Opened, Vault};
use crate::config::Deployment;
use crate::config::recipients::Recipients;
use crate::github::NewApp;

/// How the file is to be written.
pub(super) enum Keeping {
    /// In clear, as only a local deployment may have it, and as nobody has said for whom to encrypt it.
    Clear,
    /// Encrypted with a key that is made already: what could go wrong with that goes wrong before there is an App.
    Sealed(Box<(Vault, Opened)>),
}

/// Says early what could not be kept later.
pub(super) async fn prepare(deployment: &Deployment, path: &Path) -> anyhow::Result<Keeping> {
    if path.try_exists().with_context(|| format!("{} cannot be looked at", path.display()))? {
        bail!(
            "{} is there already, and is never overwritten; move it away to make another App",
            path.display()
        );
    }
    match Recipients::of(path) {
        Ok(recipients) => {
            let vault = Vault::open()?;
            let opened = Opened::new(&recipients, &vault).await?;
            Ok(Keeping::Sealed(Box::new((vault, opened))))
        }
        Err(_) if !deployment.is_public() => Ok(Keeping::Clear),
        Err(error) => Err(error).with_context(|| {
            format!("the secrets file of {deployment} has to be encrypted, and nothing says for whom (docs/secrets.md)")
        }),
    }
}

/// The file's text.
pub(super) fn text(app: &NewApp) -> anyhow::Result<String> {
    let quoted = |text: &str| serde_json::to_string(text).context("a text cannot be written");
    let secret = match &app.webhook_secret {
        Some(secret) => format!("  webhook_secret: {}\n", quoted(secret.expose_secret())?),
        // Said missing by `pfo check`, until one is set on the App's settings page and written here.
        None => String::new(),
    };
    let lines = app.pem.expose_secret().lines();
    let key = lines.fold(String::new(), |text, line| text + "    " + line + "\n");
    Ok(format!(
        "# The GitHub App {}\ngithub_app:\n  id: {}\n  app_name: {}\n{secret}  private_key: |\n{key}# Where recipes run:\n# hub:\n#   repository: owner/name\n",
        app.html_url,
        app.id,
        quoted(&app.slug)?,
    ))
}

/// Writes a new file, which only its owner can read.
pub(super) fn write_secrets(path: &Path, plain: &str, keeping: &Keeping) -> anyhow::Result<()> {
    let text = match keeping {
        Keeping::Clear => plain.to_owned(),
        Keeping::Sealed(sealing) => {
            let (vault, opened) = sealing.as_ref();
            opened.seal(plain, vault)?
        }
    };
    let at = || path.display().to_string();
    if let Some(directory) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(directory).with_context(at)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).with_context(at)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(at)
}
