//! The shapes of the public API: rows whose columns and JSON fields have one name, in the old service's order.
//!
//! Nothing may be added to them but what the old service's readers can ignore, and no field may change its form:
//! times have no zone, since the old readers append one.

use std::fmt::{self, Write};

use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

/// A moment in UTC, written without a zone: `2022-09-19T16:31:43`, with microseconds when there are any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct NaiveTime(pub DateTime<Utc>);

impl fmt::Display for NaiveTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.0;
        write!(f, "{:04}-{:02}-{:02}T", time.year(), time.month(), time.day())?;
        write!(f, "{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())?;
        match time.nanosecond() / 1000 {
            0 => Ok(()),
            micros => write!(f, ".{micros:06}"),
        }
    }
}

impl Serialize for NaiveTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = Text::default();
        // Twenty-six characters at most, for any year of four digits.
        write!(text, "{self}").map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(text.as_str())
    }
}

impl utoipa::PartialSchema for NaiveTime {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("UTC, without a zone; microseconds when there are any."))
            .pattern(Some(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?$"))
            .examples(["2022-09-19T16:31:43"])
            .into()
    }
}

impl ToSchema for NaiveTime {}

/// A short text that is built without an allocation: lists hold two hundred times.
#[derive(Default)]
struct Text {
    bytes: [u8; 32],
    length: usize,
}

impl Text {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $($(#[$vdoc:meta])* $variant:ident = $word:tt),*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)*
        }
    };
}

// For the document only: a row holds the word itself, which the database has checked.
words! {
    /// How far a run is.
    RecipeRunStatus:
    /// Known, and waiting.
    Queued = "queued",
    /// Asked for, and not ended.
    InProgress = "in_progress",
    /// Ended.
    Completed = "completed"
}
words! {
    /// How a run ended; GitHub's words for a check run.
    RecipeRunConclusion:
    /// A person must act.
    ActionRequired = "action_required",
    /// Stopped on purpose.
    Cancelled = "cancelled",
    /// It did not work.
    Failure = "failure",
    /// Neither good nor bad.
    Neutral = "neutral",
    /// It worked.
    Success = "success",
    /// Not needed.
    Skipped = "skipped",
    /// Nobody told its end.
    Stale = "stale",
    /// It took too long.
    TimedOut = "timed_out"
}
words! {
    /// The form of a dataset.
    DatasetType:
    /// Zarr.
    Zarr = "zarr",
    /// Kerchunk references.
    Kerchunk = "kerchunk",
    /// Parquet.
    Parquet = "parquet"
}
words! {
    /// Where a feedstock's repository is.
    RepoProvider:
    /// GitHub.
    Github = "github"
}

/// One attempt at one recipe.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema, sqlx::FromRow)]
#[schema(as = RecipeRunRead)]
pub struct RecipeRun {
    /// The recipe's id in `meta.yaml`.
    pub recipe_id: String,
    /// Where it runs.
    pub bakery_id: i64,
    /// Where it comes from.
    pub feedstock_id: i64,
    /// The commit.
    pub head_sha: String,
    /// The version of the feedstock; empty for a test.
    pub version: String,
    /// When it was asked for; until then, when it was queued.
    pub started_at: NaiveTime,
    /// When it ended.
    #[schema(required)]
    pub completed_at: Option<NaiveTime>,
    /// How it ended; there when, and only when, it is completed.
    #[schema(required, value_type = Option<RecipeRunConclusion>)]
    pub conclusion: Option<String>,
    /// How far it is.
    #[schema(value_type = RecipeRunStatus)]
    pub status: String,
    /// Whether it is a test, whose data is not published.
    pub is_test: bool,
    /// The form of its dataset.
    #[schema(required, value_type = Option<DatasetType>)]
    pub dataset_type: Option<String>,
    /// Where its dataset can be opened.
    #[schema(required)]
    pub dataset_public_url: Option<String>,
    /// What else is known, mostly as JSON: `job_name`, `job_id`, `deployment_id`, `trace`.
    #[schema(required)]
    pub message: Option<String>,
    /// Its number.
    pub id: i64,
}

/// Where recipes run.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema, sqlx::FromRow)]
#[schema(as = BakeryRead)]
pub struct Bakery {
    /// The cloud region.
    pub region: String,
    /// The name by which recipes choose it.
    pub name: String,
    /// What it is, for people.
    pub description: String,
    /// Its number.
    pub id: i64,
}

/// A repository of recipes.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema, sqlx::FromRow)]
#[schema(as = FeedstockRead)]
pub struct Feedstock {
    /// The repository: `owner/name`.
    pub spec: String,
    /// Where the repository is.
    #[schema(value_type = RepoProvider)]
    pub provider: String,
    /// Its number.
    pub id: i64,
}

/// A dataset that a run has made.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema, sqlx::FromRow)]
#[schema(as = FeedstockDataset)]
pub struct Dataset {
    /// The run's number.
    pub id: i64,
    /// The recipe's id.
    pub recipe_id: String,
    /// The feedstock's number.
    pub feedstock_id: i64,
    /// Its form.
    #[schema(required, value_type = Option<DatasetType>)]
    pub dataset_type: Option<String>,
    /// Where it can be opened.
    pub dataset_public_url: String,
    /// Whether a test made it.
    pub is_test: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u18_a_time_has_no_zone_and_microseconds_only_when_there_are_any() {
        for (time, json) in [
            ("2022-09-19T16:31:43Z", "\"2022-09-19T16:31:43\""),
            ("2022-09-19T16:31:43.000070+02:00", "\"2022-09-19T14:31:43.000070\""),
            ("0001-01-01T00:00:00Z", "\"0001-01-01T00:00:00\""),
            ("9999-12-31T23:59:59.999999Z", "\"9999-12-31T23:59:59.999999\""),
        ] {
            let time = NaiveTime(time.parse().expect("a time"));
            assert_eq!(serde_json::to_string(&time).expect("JSON"), json);
        }
    }
}
