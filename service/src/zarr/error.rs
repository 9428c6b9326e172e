//! Why a store could not be read.

use std::error::Error as StdError;

/// A result of a store.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a store could not be read. Each says it in the middle of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is none.
    #[error("there is no store")]
    NotFound,
    /// Nobody may read it, or there is none and nobody may know.
    #[error("it may not be read")]
    Denied,
    /// There is one, and its arrays cannot be found over HTTP.
    #[error("it has no consolidated metadata, and its host does not list its arrays")]
    NotConsolidated,
    /// Its host is no business of strangers.
    #[error("its host is not in the public internet")]
    NotPublic,
    /// Its host sends us to another place.
    #[error("its host answered {0}, a redirect, which is not followed")]
    Moved(u16),
    /// Its host failed.
    #[error("its host answered {0}")]
    Answered(u16),
    /// No whole answer came.
    #[error("its host gave no whole answer: {0}")]
    Lost(String),
    /// It took too long.
    #[error("its host is too slow")]
    TooSlow,
    /// It is larger than what a page is made of.
    #[error("its metadata has {0}")]
    TooLarge(String),
    /// A file of it is not what it should be.
    #[error("its file {file:?} cannot be read: {why}")]
    Unreadable {
        /// Which file.
        file: String,
        /// What is wrong, where.
        why: String,
    },
}

/// Characters of an explanation that are kept: it may repeat what the file says.
const KEPT: usize = 200;

impl Error {
    pub(super) fn unreadable(file: &str, why: &dyn ToString) -> Self {
        let kept = |text: &str| text.chars().filter(|c| !c.is_control()).take(KEPT).collect();
        Self::Unreadable { file: kept(file), why: kept(&why.to_string()) }
    }

    pub(super) fn lost(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TooSlow;
        }
        // The outermost error rarely says what happened, the innermost does. The address stands beside it already.
        let error = error.without_url();
        let mut innermost: &dyn StdError = &error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        Self::Lost(innermost.to_string().lines().next().unwrap_or_default().chars().take(KEPT).collect())
    }
}
