//! The rules by which the import changes, lists or refuses a row, as one table. `docs/import.md` has the same, with figures.

use serde::{Serialize, Serializer};

use super::Table;

/// What comes of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The row is imported otherwise than it was.
    Changed,
    /// The row is imported as it was.
    Kept,
    /// Nothing is imported before somebody has decided.
    Refused,
}

impl Effect {
    /// What stands above the findings of this kind.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Changed => "Changed by the import",
            Self::Kept => "Odd, and kept as it is",
            Self::Refused => "Cannot be imported; change it in the old database first",
        }
    }
}

macro_rules! rules {
    ($($variant:ident $word:literal $effect:ident $sentence:literal)*) => {
        /// Why a row is changed, listed or refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $(#[doc = $sentence] $variant,)*
        }

        impl Rule {
            /// Every rule, in the order in which they are reported.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name of the rule, for machines and for the documentation.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// What comes of it.
            pub fn effect(self) -> Effect {
                match self { $(Self::$variant => Effect::$effect,)* }
            }

            /// The rule, for people.
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)* }
            }
        }
    };
}

rules! {
    DuplicateBakery "duplicate_bakery" Changed "of several bakeries of one name, the one with the lowest id stays"
    DuplicateFeedstock "duplicate_feedstock" Changed "of several feedstocks of one spec, the one with the lowest id stays"
    RepointedRun "repointed_run" Changed "a run of a row that was dropped belongs to the one that stays"
    StuckRun "stuck_run" Changed "a run in progress that nobody follows any more is `completed`, `stale`"
    UnclosedRun "unclosed_run" Changed "a run that has a conclusion is `completed`"
    UnconcludedRun "unconcluded_run" Changed "a completed run without a conclusion is `stale`"
    NoEndTime "no_end_time" Kept "a completed run has no `completed_at`"
    EndTimeWithoutEnd "end_time_without_end" Kept "a run that did not end has a `completed_at`"
    EndsBeforeItBegins "ends_before_it_begins" Kept "a run ends before it begins"
    HeadIsNoCommit "head_is_no_commit" Kept "`head_sha` is not a commit's id"
    RepeatedRun "repeated_run" Kept "several runs of one recipe at one commit"
    RecipeIdNotAllowed "recipe_id_not_allowed" Kept "a recipe id that would be refused today"
    MessageIsNoObject "message_is_no_object" Kept "`message` is not a JSON object"
    SpecIsNoRepository "spec_is_no_repository" Kept "a feedstock's spec is not owner/name"
    SpecsDifferByCase "specs_differ_by_case" Kept "feedstocks that are one repository to GitHub"
    LongText "long_text" Kept "a text is uncommonly long"
    UnknownWord "unknown_word" Refused "a word that is not among those allowed in its column"
    NoSuchBakery "no_such_bakery" Refused "a run of a bakery that is not there"
    NoSuchFeedstock "no_such_feedstock" Refused "a run of a feedstock that is not there"
    TooLong "too_long" Refused "a text is longer than an index of our database can hold"
    UnusableTime "unusable_time" Refused "a time that is not in the years 1 to 9999"
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One row, and what a rule makes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which rule.
    pub rule: Rule,
    /// What comes of it.
    pub effect: Effect,
    /// The table in the old database.
    pub table: Table,
    /// The row in it.
    pub id: i64,
    /// What was found, or what becomes of it.
    pub said: String,
}

impl Finding {
    /// What `rule` makes of a row.
    pub(super) fn of(rule: Rule, table: Table, id: i64, said: String) -> Self {
        Self { rule, effect: rule.effect(), table, id, said }
    }
}
