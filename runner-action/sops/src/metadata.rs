//! The section `sops`: for whom the data key is wrapped, when the file was written, and its message authentication code.
//! <https://getsops.io/docs/#encryption-protocol>

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_yaml::Value;

use crate::age::{AgeIdentity, AgeRecipient, unwrap, wrap};
use crate::{DataKey, SopsError};

/// The name of the section.
pub(crate) const SECTION: &str = "sops";
/// The version of the format that is written.
const VERSION: &str = "3.9.0";
/// The only suffix that SOPS files of ours may name; no key may end with it.
const UNENCRYPTED: &str = "_unencrypted";

/// The data key, wrapped for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WrappedKey {
    /// For an age key.
    Age {
        /// `age1…`.
        recipient: String,
        /// The armored age file.
        armored: String,
    },
    /// For a key of AWS KMS, which opens it over the network.
    Kms {
        /// The key's name: `arn:aws:kms:us-east-1:111122223333:key/…`.
        arn: String,
        /// What `Decrypt` takes as `CiphertextBlob`, in base64.
        ciphertext: String,
        /// What `Decrypt` takes as `EncryptionContext`.
        context: BTreeMap<String, String>,
    },
}

impl WrappedKey {
    /// Wraps a data key for an age recipient.
    pub fn for_age(key: &DataKey, recipient: &AgeRecipient) -> Result<Self, SopsError> {
        Ok(Self::Age { recipient: recipient.to_string(), armored: wrap(key, recipient)? })
    }

    /// The data key, where one of these identities is the one it is wrapped for; `None` where none is.
    pub fn open(&self, identities: &[AgeIdentity]) -> Result<Option<DataKey>, SopsError> {
        let Self::Age { recipient, armored } = self else { return Ok(None) };
        let Some(identity) = identities.iter().find(|known| known.recipient().to_string() == *recipient)
        else {
            return Ok(None);
        };
        unwrap(armored, identity).map(Some).ok_or_else(|| SopsError::Wrapped(recipient.clone()))
    }
}

impl fmt::Display for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Age { recipient, .. } => recipient.fmt(f),
            Self::Kms { arn, .. } => arn.fmt(f),
        }
    }
}

/// Every way in which the data key of a file is wrapped.
pub fn wrapped_keys(text: &str) -> Result<Vec<WrappedKey>, SopsError> {
    let Metadata { kms, age, .. } = Metadata::of(text)?;
    let age = age.into_iter().map(|told| WrappedKey::Age { recipient: told.recipient, armored: told.enc });
    let kms = kms.into_iter().map(|told| WrappedKey::Kms {
        arn: told.arn,
        ciphertext: told.enc,
        context: told.context,
    });
    Ok(age.chain(kms).collect())
}

#[derive(Deserialize)]
struct File {
    sops: Option<Metadata>,
}

/// The section itself. Kinds of recipients that are not read here may stand beside those that are.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Metadata {
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    kms: Vec<Kms>,
    #[serde(default, skip_serializing)]
    #[expect(dead_code, reason = "it may stand there, and is not read")]
    gcp_kms: Option<Vec<Value>>,
    #[serde(default, skip_serializing)]
    #[expect(dead_code, reason = "it may stand there, and is not read")]
    azure_kv: Option<Vec<Value>>,
    #[serde(default, skip_serializing)]
    #[expect(dead_code, reason = "it may stand there, and is not read")]
    hc_vault: Option<Vec<Value>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    age: Vec<Age>,
    #[serde(default, skip_serializing)]
    #[expect(dead_code, reason = "it may stand there, and is not read")]
    pgp: Option<Vec<Value>>,
    pub(crate) lastmodified: String,
    pub(crate) mac: String,
    unencrypted_suffix: Option<String>,
    version: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kms {
    arn: String,
    #[serde(default, skip_serializing)]
    #[expect(dead_code, reason = "it may stand there, and is not read")]
    role: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "nullable")]
    context: BTreeMap<String, String>,
    created_at: String,
    enc: String,
    #[serde(default)]
    aws_profile: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Age {
    recipient: String,
    enc: String,
}

fn nullable<'de, D: serde::Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

impl Metadata {
    /// Reads the section of a file.
    pub(crate) fn of(text: &str) -> Result<Self, SopsError> {
        // The parser's words could repeat a value, but not where they are about a key.
        let explain = |error: serde_yaml::Error| {
            let message = error.to_string();
            let is_about_keys = message.contains("unknown field") || message.contains("missing field");
            let line = error.location().map_or(0, |place| place.line());
            SopsError::Metadata(if is_about_keys {
                message
            } else {
                format!("line {line}: not what belongs there")
            })
        };
        let file: File = serde_yaml::from_str(text).map_err(explain)?;
        let told = file.sops.ok_or(SopsError::NotEncrypted)?;
        if told.unencrypted_suffix.as_deref().is_some_and(|suffix| suffix != UNENCRYPTED) {
            let what = format!("`unencrypted_suffix` must be `{UNENCRYPTED}` or be left out");
            return Err(SopsError::Metadata(what));
        }
        Ok(told)
    }

    /// A section for a file that is written now.
    pub(crate) fn new(wrapped: &[WrappedKey], lastmodified: &str, mac: String) -> Self {
        let mut told = Self {
            kms: Vec::new(),
            gcp_kms: None,
            azure_kv: None,
            hc_vault: None,
            age: Vec::new(),
            pgp: None,
            lastmodified: lastmodified.to_owned(),
            mac,
            unencrypted_suffix: Some(UNENCRYPTED.to_owned()),
            version: VERSION.to_owned(),
        };
        for key in wrapped {
            match key.clone() {
                WrappedKey::Age { recipient, armored } => told.age.push(Age { recipient, enc: armored }),
                WrappedKey::Kms { arn, ciphertext, context } => told.kms.push(Kms {
                    arn,
                    role: None,
                    context,
                    created_at: lastmodified.to_owned(),
                    enc: ciphertext,
                    aws_profile: String::new(),
                }),
            }
        }
        told
    }
}
