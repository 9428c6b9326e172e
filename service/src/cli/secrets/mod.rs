//! `pfo secrets`: the files of secrets, where the program `sops` is not at hand. Files that one of the two has written, the other reads.
//!
//! What is decrypted goes to standard output when somebody asks for that, or lies in memory while somebody edits it; it is never on a disk.

mod editor;
pub(super) mod sealed;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};
use runner_sops::age::AgeIdentity;
use runner_sops::{Shape, is_encrypted};
use serde_json::json;

use self::sealed::{Opened, Vault};
use super::print;
use crate::config::recipients::Recipients;

/// Show, change, encrypt and rotate the files of secrets.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Keys come by environment: SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, and for AWS KMS AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
For whom a file is encrypted, `.sops.yaml` says: https://getsops.io/docs/
")]
pub(super) enum SecretsCommand {
    /// Print a file decrypted.
    ///
    /// What is printed is secret: mind the terminal's history, and never redirect it to a file.
    View {
        /// The file: `secrets/config.pangeo-forge.yaml`.
        file: PathBuf,
        /// As a JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Change a file in an editor, or write a new one.
    ///
    /// The editor is `SOPS_EDITOR`, `VISUAL` or `EDITOR`, or else vi. While it is open, the text lies in memory (`/dev/shm`), where only you can
    /// read it. The file keeps its key and its recipients; a new one is encrypted for whom `.sops.yaml` names.
    Edit(Several),
    /// Encrypt files that are in clear, in place, for whom `.sops.yaml` names.
    ///
    /// Comments do not go along: in clear they could say too much. A file that was ever pushed in clear needs new secrets, not only this.
    Encrypt(Several),
    /// Give files a new key, and the recipients that `.sops.yaml` names by now.
    ///
    /// Do it when somebody who could read a file no longer may. What they have read they may have kept: change the secrets themselves too.
    Rotate(Several),
    /// Make an age key, and print it with its public part, as `age-keygen` does.
    Keygen {
        /// As a JSON object.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct Several {
    /// The files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// One JSON object for each file instead of a sentence.
    #[arg(long)]
    json: bool,
}

impl SecretsCommand {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::View { file, json } => {
                let text = Vault::open()?.read(&file).await?.text(Shape::ForPeople)?;
                if json {
                    let document: serde_json::Value = serde_yaml::from_str(&text).map_err(|_| {
                        anyhow!(
                            "{} has what JSON cannot say; without `--json` it is shown as it is",
                            file.display()
                        )
                    })?;
                    print(document);
                } else {
                    // The text ends its last line itself.
                    print(text.trim_end());
                }
            }
            Self::Edit(Several { files, json }) => {
                for file in &files {
                    let done = edit(file).await?;
                    tell(file, done, json);
                }
            }
            Self::Encrypt(Several { files, json }) => {
                for file in &files {
                    encrypt(file).await?;
                    tell(file, "encrypted", json);
                }
            }
            Self::Rotate(Several { files, json }) => {
                for file in &files {
                    rotate(file).await?;
                    tell(file, "rotated", json);
                }
            }
            Self::Keygen { json } => {
                let identity = AgeIdentity::generate()?;
                let (public, key) = (identity.recipient().to_string(), identity.to_text());
                if json {
                    print(json!({ "public_key": public, "key": key.as_str() }));
                } else {
                    print(format_args!("# public key: {public}\n{}", key.as_str()));
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn tell(file: &Path, done: &str, json: bool) {
    if json {
        print(json!({ "file": file, "done": done }));
    } else {
        print(format_args!("{}: {done}", file.display()));
    }
}

async fn edit(file: &Path) -> anyhow::Result<&'static str> {
    let vault = Vault::open()?;
    let named = || file.display().to_string();
    if file.exists() {
        let opened = vault.read(file).await?;
        let before = opened.text(Shape::ForPeople)?;
        return match editor::edit(&before, |text| opened.seal(text, &vault)).await.with_context(named)? {
            None => Ok("nothing was changed"),
            Some(sealed) => {
                sealed::replace(file, &sealed)?;
                Ok("changed")
            }
        };
    }
    let opened = Opened::new(&Recipients::of(file)?, &vault).await.with_context(named)?;
    match editor::edit("", |text| opened.seal(text, &vault)).await.with_context(named)? {
        None => Ok("nothing was written"),
        Some(sealed) => {
            sealed::replace(file, &sealed)?;
            Ok("written")
        }
    }
}

async fn encrypt(file: &Path) -> anyhow::Result<()> {
    let vault = Vault::open()?;
    let text = sealed::text_of(file)?;
    if is_encrypted(&text) {
        bail!("{} is encrypted already; `pfo secrets rotate` gives it a new key", file.display());
    }
    put(file, &text, &vault).await
}

async fn rotate(file: &Path) -> anyhow::Result<()> {
    let vault = Vault::open()?;
    let text = vault.read(file).await?.text(Shape::ForPeople)?;
    put(file, &text, &vault).await
}

/// Encrypts a text with a new key for whom the rules name, and puts it into the file.
async fn put(file: &Path, text: &str, vault: &Vault) -> anyhow::Result<()> {
    let named = || file.display().to_string();
    let opened = Opened::new(&Recipients::of(file)?, vault).await.with_context(named)?;
    sealed::replace(file, &opened.seal(text, vault).with_context(named)?)
}
