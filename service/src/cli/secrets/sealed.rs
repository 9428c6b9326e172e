//! Encrypted files: opened with the keys at hand, and put back as a whole.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use runner_sops::kms::Kms;
use runner_sops::{DataKey, Keys, Shape, WrappedKey, decrypt, is_encrypted, new_data_key, wrapped_keys};
use zeroize::Zeroizing;

use crate::clock::{Clock, SystemClock};
use crate::config::recipients::Recipients;
use crate::config::secrets;

/// Everybody may read what is encrypted.
const MODE: u32 = 0o644;

/// The keys at hand, and the time.
pub(in crate::cli) struct Vault {
    keys: Keys,
    now: DateTime<Utc>,
}

/// A data key with those it is wrapped for, and the text where there is one.
pub(in crate::cli) struct Opened {
    text: Zeroizing<String>,
    key: DataKey,
    wrapped: Vec<WrappedKey>,
}

impl Vault {
    /// With the keys that the environment tells.
    pub(in crate::cli) fn open() -> anyhow::Result<Self> {
        Ok(Self { keys: secrets::keys_of_environment().keys()?, now: SystemClock.now() })
    }

    fn now(&self) -> String {
        self.now.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// Opens a file that is encrypted.
    pub(super) async fn read(&self, file: &Path) -> anyhow::Result<Opened> {
        let text = text_of(file)?;
        if !is_encrypted(&text) {
            bail!("{} is in clear; `pfo secrets encrypt` encrypts it", file.display());
        }
        let refused = |error| anyhow!("{}", secrets::refused(file, &error));
        let wrapped = wrapped_keys(&text).map_err(refused)?;
        let key = self.keys.data_key(&wrapped, &self.now()).await.map_err(refused)?;
        // Here, so that a file that was changed is told with its name and line.
        decrypt(&text, &key, Shape::SameLines).map_err(refused)?;
        Ok(Opened { text, key, wrapped })
    }
}

impl Opened {
    /// A new data key, wrapped for all of these.
    pub(in crate::cli) async fn new(recipients: &Recipients, vault: &Vault) -> anyhow::Result<Self> {
        let key = new_data_key()?;
        let mut wrapped = Vec::new();
        for recipient in &recipients.age {
            wrapped.push(WrappedKey::for_age(&key, recipient)?);
        }
        for arn in &recipients.kms {
            let kms: &Kms = vault.keys.kms.as_ref().with_context(|| {
                format!("{arn} has to wrap the key, and there are no credentials for AWS: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
            })?;
            wrapped.push(kms.wrap(&key, arn, &BTreeMap::new(), &vault.now()).await?);
        }
        Ok(Self { text: Zeroizing::default(), key, wrapped })
    }

    /// What it holds, in clear.
    pub(super) fn text(&self, shape: Shape) -> anyhow::Result<Zeroizing<String>> {
        Ok(decrypt(&self.text, &self.key, shape)?)
    }

    /// A text, encrypted with the key. What is wrong with the text is told with its line.
    pub(in crate::cli) fn seal(&self, text: &str, vault: &Vault) -> anyhow::Result<String> {
        let sealed = runner_sops::encrypt(text, &self.key, &self.wrapped, &vault.now());
        sealed.map_err(|error| match error.line() {
            Some(line) => anyhow!("line {line}: {error}"),
            None => error.into(),
        })
    }
}

/// The text of a file, as it is.
pub(super) fn text_of(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    let text = std::fs::read_to_string(file);
    text.map(Zeroizing::new).with_context(|| format!("{} cannot be read", file.display()))
}

/// Puts an encrypted text in the place of a file, at once: whoever reads it finds the one or the other.
pub(super) fn replace(file: &Path, text: &str) -> anyhow::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = || -> std::io::Result<()> {
        let mut beside = tempfile::NamedTempFile::new_in(folder)?;
        beside.write_all(text.as_bytes())?;
        beside.as_file().set_permissions(std::fs::Permissions::from_mode(MODE))?;
        beside.as_file().sync_all()?;
        beside.persist(file)?;
        Ok(())
    };
    written().with_context(|| format!("{} cannot be written", file.display()))
}
