//! Files of secrets: encrypted with SOPS and decrypted in memory. Only a local deployment may have them in clear.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use runner_sops::sources::KeySources;
use runner_sops::{Keys, Shape, SopsError, is_encrypted};
use zeroize::Zeroizing;

use super::{Deployment, Problem};

/// The text of a file of secrets, gone from memory when it is let go.
pub type SecretText = Zeroizing<String>;

/// The keys that the environment tells. An argument of a command would be seen by every process of the machine.
#[expect(clippy::disallowed_methods, reason = "this is where settings are read")]
pub fn keys_of_environment() -> KeySources {
    KeySources::of_variables(|name| std::env::var(name).ok())
}

/// Reads the files of one deployment.
pub(super) struct SecretFiles {
    keys: Keys,
    now: String,
    may_be_clear: bool,
}

impl SecretFiles {
    /// Keys that cannot be read go to `problems`, and then there are none.
    pub(super) fn new(
        sources: &KeySources,
        deployment: &Deployment,
        now: DateTime<Utc>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let keys = sources.keys().unwrap_or_else(|error| {
            problems.push(Problem::of("the keys of secrets", error));
            Keys::default()
        });
        Self {
            keys,
            now: now.to_rfc3339_opts(SecondsFormat::Secs, true),
            may_be_clear: !deployment.is_public(),
        }
    }

    /// The text of a file, each key on the line where the file has it; nothing where there is no such file. A text in clear is given also
    /// where it may not be one: that is told in `problems`, beside all else that is wrong with it.
    pub(super) async fn read(
        &self,
        path: &Path,
        problems: &mut Vec<Problem>,
    ) -> Result<Option<SecretText>, Problem> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Problem::of(path.display(), format!("cannot be read: {error}"))),
        };
        if is_encrypted(&text) {
            let text = self.keys.decrypt(&text, Shape::SameLines, &self.now).await;
            return text.map(Some).map_err(|error| refused(path, &error));
        }
        if !self.may_be_clear {
            let what = format!(
                "its secrets are in clear, which only a local deployment's may be; `pfo secrets encrypt {}` encrypts them",
                path.display()
            );
            problems.push(Problem::of(path.display(), what));
        }
        Ok(Some(text))
    }
}

/// Why a file cannot be decrypted, with its line where there is one.
pub fn refused(path: &Path, error: &SopsError) -> Problem {
    let fix = match error {
        SopsError::NoKey(_) => {
            "; tell the key in `SOPS_AGE_KEY`, name its file in `SOPS_AGE_KEY_FILE`, or be somebody who may use the key of AWS KMS"
        }
        SopsError::Value { .. } | SopsError::Mac => {
            "; change such a file with `pfo secrets edit`, or take it from git again"
        }
        _ => "",
    };
    let mut problem = Problem::of(path.display(), format!("cannot be decrypted: {error}{fix}"));
    problem.line = error.line().and_then(|line| u32::try_from(line).ok());
    problem
}

/// What was found of the file that holds a key for Google; why there is nothing to read, otherwise.
pub(super) type KeyText = Result<SecretText, String>;

/// Reads a file that another one names.
pub(super) async fn named(
    files: &SecretFiles,
    path: Option<PathBuf>,
    problems: &mut Vec<Problem>,
) -> KeyText {
    let path = path.ok_or("is not a name")?;
    match files.read(&path, problems).await {
        Ok(Some(text)) => Ok(text),
        Ok(None) => Err("is not there".to_owned()),
        Err(problem) => Err(problem.message),
    }
}
