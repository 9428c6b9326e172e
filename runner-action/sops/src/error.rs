//! What can be wrong with an encrypted file. No value, key or ciphertext is ever part of a message.

/// Why a file cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SopsError {
    /// There is no section `sops`.
    #[error("it is not encrypted: there is no section `sops`")]
    NotEncrypted,
    /// There is one already.
    #[error("it is encrypted already: it has a section `sops`")]
    Encrypted,
    /// Not YAML, or YAML that cannot be in such a file.
    #[error("{what}")]
    Layout {
        /// From 1; 0 where it concerns the file.
        line: usize,
        /// What was found and what is allowed.
        what: String,
    },
    /// The section `sops` says what it may not.
    #[error("the section `sops`: {0}")]
    Metadata(String),
    /// None of the keys at hand opens it.
    #[error("none of the keys at hand opens it; it is encrypted for {0}")]
    NoKey(String),
    /// A value was changed, moved or renamed since it was encrypted.
    #[error("`{path}` was changed since it was encrypted, or moved to another place")]
    Value {
        /// From 1.
        line: usize,
        /// The keys above it, joined by dots.
        path: String,
    },
    /// The file as a whole was changed.
    #[error(
        "the file was changed since it was encrypted: its message authentication code does not fit its values"
    )]
    Mac,
    /// Not a key of that kind.
    #[error("not an age {0}")]
    NotAKey(&'static str),
    /// The same, for all that was told in one place.
    #[error("{0} holds something that is not an age key: `AGE-SECRET-KEY-1…`, one on a line")]
    NotAKeyIn(String),
    /// A file of keys cannot be read.
    #[error("the key file {path} cannot be read: {why}")]
    KeyFile {
        /// The file.
        path: String,
        /// The machine's reason.
        why: String,
    },
    /// The wrapped data key is damaged.
    #[error("the data key that is wrapped for {0} is damaged")]
    Wrapped(String),
    /// AWS did not open or wrap a data key.
    #[error("{arn}: {why}")]
    Kms {
        /// The key's name.
        arn: String,
        /// Where it failed.
        why: String,
    },
    /// No client can be made, mostly for want of root certificates.
    #[error("the client for AWS cannot be made")]
    Client,
    /// No random numbers, which no machine should lack.
    #[error("the machine gives no random numbers")]
    Random,
}

impl SopsError {
    /// The line of the file that it is about, from 1, where it is about one.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Layout { line, .. } | Self::Value { line, .. } => Some(*line).filter(|line| *line > 0),
            _ => None,
        }
    }
}
