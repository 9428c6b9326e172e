//! The state machine of a recipe run. Nothing else decides what may happen to a run next.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A closed list of words that cross a border: as they are written there, and back.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word in the database, the public API and GitHub's.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Reads the word back; `None` for any other.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

pub(super) use words;

words! {
    /// How far a run is.
    Status {
        /// Known, and waiting for a maintainer's word.
        Queued = "queued",
        /// Asked for, and not ended.
        InProgress = "in_progress",
        /// Ended, with a conclusion.
        Completed = "completed",
    }
}

words! {
    /// How a run, or a check run, ended.
    Conclusion {
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
        /// GitHub's word for a check that nobody ended in 14 days.
        Stale = "stale",
        /// It took longer than it may.
        TimedOut = "timed_out",
    }
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// Waiting to be asked for.
    Queued,
    /// Asked for.
    InProgress,
    /// Ended; final.
    Completed(Conclusion),
}

/// What can happen to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// Somebody who may asked for it.
    Requested,
    /// It ended.
    Ended(Conclusion),
}

impl RunState {
    /// The state after `fact`, or `None` when nothing changes: a final state is never left, and a fact told twice is one fact.
    pub fn after(self, fact: Fact) -> Option<Self> {
        match (self, fact) {
            (Self::Queued, Fact::Requested) => Some(Self::InProgress),
            (Self::Queued | Self::InProgress, Fact::Ended(conclusion)) => Some(Self::Completed(conclusion)),
            (Self::InProgress, Fact::Requested) | (Self::Completed(_), _) => None,
        }
    }

    /// The `status` and `conclusion` columns.
    pub fn columns(self) -> (Status, Option<Conclusion>) {
        match self {
            Self::Queued => (Status::Queued, None),
            Self::InProgress => (Status::InProgress, None),
            Self::Completed(conclusion) => (Status::Completed, Some(conclusion)),
        }
    }
}

/// A run's `message` with these facts in it: JSON text, as the old service wrote it and its readers expect.
pub fn with_message(message: Option<&str>, facts: &Value) -> String {
    let known = message.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let mut all = match known {
        Some(Value::Object(known)) => known,
        _ => Map::new(),
    };
    if let Value::Object(facts) = facts {
        all.extend(facts.clone());
    }
    Value::Object(all).to_string()
}

/// One word of a run's `message`.
pub fn message_word(message: Option<&str>, key: &str) -> Option<String> {
    let message: Value = serde_json::from_str(message?).ok()?;
    message.get(key)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_keeps_what_it_knew() {
        let facts = serde_json::json!({ "trace": "ValueError" });
        assert_eq!(with_message(Some(r#"{"job_id":"1"}"#), &facts), r#"{"job_id":"1","trace":"ValueError"}"#);
        assert_eq!(with_message(None, &facts), r#"{"trace":"ValueError"}"#);
        assert_eq!(with_message(Some("no JSON"), &facts), r#"{"trace":"ValueError"}"#);
    }

    #[test]
    fn a_final_state_is_never_left() {
        for conclusion in [Conclusion::Success, Conclusion::Failure, Conclusion::Cancelled] {
            let ended = RunState::Completed(conclusion);
            for fact in [Fact::Requested, Fact::Ended(Conclusion::Success), Fact::Ended(Conclusion::Failure)]
            {
                assert_eq!(ended.after(fact), None);
            }
        }
        assert_eq!(RunState::Queued.after(Fact::Requested), Some(RunState::InProgress));
        assert_eq!(RunState::InProgress.after(Fact::Requested), None);
    }
}
