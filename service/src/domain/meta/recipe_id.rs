//! The name of one recipe within its feedstock.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest recipe id, in characters.
const MAX_LENGTH: usize = 128;

/// The name of one recipe within its feedstock: 1 to 128 of the characters `A-Z a-z 0-9 . _ / -`, starting with a letter, a
/// digit or `_`, with no segment between slashes that is empty, `.` or `..`; and not `all`.
///
/// The same text is a word of a comment (`/run <id>`, so no blanks), the name of a check run, an input of a workflow and of a
/// command line (so no quotes, and no hyphen in front), and a part of the dataset's path and public address (so nothing that a URL
/// or a file system reads as anything but a name). Ids like `NASA-SMAP-SSS/RSS/monthly` and
/// `CMIP6.PMIP.MIROC.MIROC-ES2L.past1000.r1i1p1f2.Amon.tas.gn.v20200318` are in use, hence the slashes, dots and capitals.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecipeId(String);

/// Why a text is no recipe id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecipeIdError {
    /// No characters.
    #[error("is empty")]
    Empty,
    /// More than 128 characters; holds how many.
    #[error("has {0} characters, and at most {MAX_LENGTH} are allowed")]
    TooLong(usize),
    /// A character that is not allowed; holds the first.
    #[error("contains {}, and only letters A-Z and a-z, digits and the characters `.`, `_`, `/` and `-` are allowed", named(*.0))]
    Character(char),
    /// The first character is allowed elsewhere, but not there.
    #[error("starts with `{0}`; the first character must be a letter, a digit or `_`")]
    Start(char),
    /// An empty, `.` or `..` segment.
    #[error("has a part between slashes that is empty, `.` or `..`, which no path may have")]
    Segment,
    /// `all`, in any case.
    #[error("is the word of the command `/run all`, which starts every recipe")]
    Reserved,
}

impl RecipeId {
    /// Reads an id as a contributor or a database wrote it.
    pub fn parse(text: &str) -> Result<Self, RecipeIdError> {
        let first = text.chars().next().ok_or(RecipeIdError::Empty)?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
        if let Some(character) = text.chars().find(|&c| !allowed(c)) {
            return Err(RecipeIdError::Character(character));
        }
        if text.len() > MAX_LENGTH {
            return Err(RecipeIdError::TooLong(text.len()));
        }
        if text.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            return Err(RecipeIdError::Segment);
        }
        if !first.is_ascii_alphanumeric() && first != '_' {
            return Err(RecipeIdError::Start(first));
        }
        if text.eq_ignore_ascii_case("all") {
            return Err(RecipeIdError::Reserved);
        }
        Ok(Self(text.to_owned()))
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A character for a message, by its number when it shows nothing.
fn named(character: char) -> String {
    match character {
        ' ' => "a space".into(),
        '`' => "a back-tick".into(),
        c if c.is_ascii_graphic() || c.is_alphanumeric() => format!("`{c}`"),
        c => format!("the character U+{:04X}", u32::from(c)),
    }
}

impl AsRef<str> for RecipeId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecipeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for RecipeId {
    type Error = RecipeIdError;

    fn try_from(text: String) -> Result<Self, RecipeIdError> {
        Self::parse(&text)
    }
}

impl From<RecipeId> for String {
    fn from(id: RecipeId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_use_are_allowed() {
        for id in [
            "tiny-daily",
            "temp/mean",
            "NASA-SMAP-SSS/RSS/monthly",
            "CMIP6.PMIP.MIROC.MIROC-ES2L.past1000.r1i1p1f2.Amon.tas.gn.v20200318",
            "eobs_surface_downwelling",
            "_x",
            "7",
            "allsky",
            "a..b",
        ] {
            assert_eq!(RecipeId::parse(id).as_ref().map(RecipeId::as_str), Ok(id));
        }
    }

    #[test]
    fn what_no_path_comment_or_command_line_can_hold_is_refused_with_the_reason() {
        use RecipeIdError::{Character, Empty, Reserved, Segment, Start, TooLong};
        let long = "x".repeat(129);
        for (id, error) in [
            ("", Empty),
            ("a b", Character(' ')),
            ("a`b", Character('`')),
            ("café", Character('é')),
            ("a\nb", Character('\n')),
            ("$(id)", Character('$')),
            ("a\u{202e}b", Character('\u{202e}')),
            (long.as_str(), TooLong(129)),
            ("/a", Segment),
            ("a/", Segment),
            ("a//b", Segment),
            ("a/../b", Segment),
            ("..", Segment),
            (".", Segment),
            (".hidden", Start('.')),
            ("-x", Start('-')),
            ("all", Reserved),
            ("ALL", Reserved),
        ] {
            assert_eq!(RecipeId::parse(id), Err(error), "{id:?}");
        }
        assert_eq!(
            Character('\u{202e}').to_string().split(',').next(),
            Some("contains the character U+202E")
        );
    }

    #[test]
    fn json_holds_only_valid_ids() {
        assert!(serde_json::from_str::<RecipeId>("\"a/b\"").is_ok());
        assert!(serde_json::from_str::<RecipeId>("\"../b\"").is_err());
        assert_eq!(serde_json::json!(RecipeId("a/b".into())), "a/b");
    }
}
