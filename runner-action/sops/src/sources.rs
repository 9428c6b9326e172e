//! Where keys come from: the variables that SOPS itself reads, under the same names, so that one setting serves both.
//! <https://getsops.io/docs/#encrypting-using-age>

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::age::AgeIdentity;
use crate::kms::{AwsCredentials, Kms};
use crate::{Keys, SopsError};

/// age keys, one on a line, with comments.
pub const AGE_KEY: &str = "SOPS_AGE_KEY";
/// A file of such keys.
pub const AGE_KEY_FILE: &str = "SOPS_AGE_KEY_FILE";
/// What stands for `https://kms.<region>.amazonaws.com`, under the name that Amazon's own tools read.
pub const KMS_ENDPOINT: &str = "AWS_ENDPOINT_URL_KMS";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const CALL_TIMEOUT: Duration = Duration::from_secs(15);

/// What is told about keys, not looked at yet.
#[derive(Clone, Default)]
pub struct KeySources {
    age_key: Option<Zeroizing<String>>,
    age_key_file: Option<PathBuf>,
    aws: Option<AwsCredentials>,
    kms_endpoint: Option<String>,
}

impl fmt::Debug for KeySources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySources")
            .field("age_key", &self.age_key.is_some())
            .field("age_key_file", &self.age_key_file)
            .field("aws", &self.aws)
            .field("kms_endpoint", &self.kms_endpoint)
            .finish()
    }
}

impl KeySources {
    /// Takes what the variables say: [`AGE_KEY`], [`AGE_KEY_FILE`], `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and
    /// [`KMS_ENDPOINT`]. One that is empty is not told.
    pub fn of_variables(get: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| get(name).filter(|value| !value.trim().is_empty());
        let aws = get("AWS_ACCESS_KEY_ID").zip(get("AWS_SECRET_ACCESS_KEY"));
        Self {
            age_key: get(AGE_KEY).map(Zeroizing::new),
            age_key_file: get(AGE_KEY_FILE).map(PathBuf::from),
            aws: aws.map(|(access_key_id, secret)| AwsCredentials {
                access_key_id,
                secret_access_key: Zeroizing::new(secret),
                session_token: get("AWS_SESSION_TOKEN").map(Zeroizing::new),
            }),
            kms_endpoint: get(KMS_ENDPOINT),
        }
    }

    /// Only this age key.
    pub fn of_age_key(key: &str) -> Self {
        Self { age_key: Some(Zeroizing::new(key.to_owned())), ..Self::default() }
    }

    /// Reads the keys. Refused where one is none, or its file cannot be read.
    pub fn keys(&self) -> Result<Keys, SopsError> {
        let mut age = match &self.age_key {
            Some(text) => AgeIdentity::parse_all(text).map_err(|_| SopsError::NotAKeyIn(AGE_KEY.into()))?,
            None => Vec::new(),
        };
        if let Some(path) = &self.age_key_file {
            age.extend(of_file(path)?);
        }
        let kms = match &self.aws {
            Some(credentials) => Some(Kms {
                client: client()?,
                credentials: credentials.clone(),
                endpoint: self.kms_endpoint.clone(),
            }),
            None => None,
        };
        Ok(Keys { age, kms })
    }
}

fn of_file(path: &Path) -> Result<Vec<AgeIdentity>, SopsError> {
    let text = std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| SopsError::KeyFile { path: path.display().to_string(), why: error.to_string() })?;
    AgeIdentity::parse_all(&text).map_err(|_| SopsError::NotAKeyIn(path.display().to_string()))
}

/// Goes where it is sent and nowhere else: a redirect would take a data key to another host.
fn client() -> Result<reqwest::Client, SopsError> {
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(CALL_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|_| SopsError::Client)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s6_keys_come_by_their_usual_names_and_are_never_shown() {
        let key = AgeIdentity::generate().expect("random numbers").to_text();
        let told = |name: &str| match name {
            AGE_KEY => Some(format!("# made today\n{}\n", key.as_str())),
            "AWS_ACCESS_KEY_ID" => Some("AKIA".into()),
            "AWS_SECRET_ACCESS_KEY" => Some("hush".into()),
            "AWS_SESSION_TOKEN" => Some(" ".into()),
            _ => None,
        };
        let sources = KeySources::of_variables(told);
        let shown = format!("{sources:?}");
        assert!(!shown.contains("hush") && !shown.contains(key.as_str()), "{shown}");
        let keys = sources.keys().expect("keys");
        assert_eq!(keys.age.len(), 1);
        let credentials = keys.kms.expect("a client").credentials;
        assert!(credentials.session_token.is_none() && credentials.access_key_id == "AKIA");
    }

    #[test]
    fn s6_what_is_no_key_is_not_repeated() {
        let said = KeySources::of_age_key("AGE-SECRET-KEY-1HUSH").keys().expect_err("no key").to_string();
        assert!(said.contains(AGE_KEY) && !said.contains("HUSH"), "{said}");
        let missing = KeySources::of_variables(|name| (name == AGE_KEY_FILE).then(|| "/no/such/file".into()));
        let said = missing.keys().expect_err("no file").to_string();
        assert!(said.contains("/no/such/file"), "{said}");
    }
}
