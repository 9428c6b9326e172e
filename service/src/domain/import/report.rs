//! What an import did, or would do: an object for machines, and the same as text for people.

use std::fmt;

use serde::Serialize;

use super::{Effect, Finding, Rule};

/// How many rows that differ are named.
const NAMED: usize = 10;

/// A table of the old database; ours have the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// `bakery`.
    Bakery,
    /// `feedstock`.
    Feedstock,
    /// `reciperun`; ours is `recipe_run`.
    Reciperun,
}

impl Table {
    /// Its name in the old database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bakery => "bakery",
            Self::Feedstock => "feedstock",
            Self::Reciperun => "reciperun",
        }
    }
}

/// The same about each table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tables<T> {
    /// Of `bakery`.
    pub bakery: T,
    /// Of `feedstock`.
    pub feedstock: T,
    /// Of `reciperun`.
    pub reciperun: T,
}

impl<T> Tables<T> {
    fn each(&self) -> [(&'static str, &T); 3] {
        [("bakery", &self.bakery), ("feedstock", &self.feedstock), ("reciperun", &self.reciperun)]
    }
}

/// A table of the old database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Source {
    /// How many rows it has.
    pub rows: i64,
    /// How many of them are imported.
    pub imported: i64,
    /// The highest id that it ever gave; ours go on from there.
    pub highest_id: i64,
}

/// What our table held before, next to what the import writes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// How many rows it held.
    pub rows: i64,
    /// How many of the rows to be imported were there already, exactly so.
    pub same: i64,
    /// How many had an id that was taken by another row.
    pub different: i64,
    /// The ids of the first few of those.
    pub examples: Vec<i64>,
}

impl Compared {
    /// Counts one row to be imported, which is there or not, and the same or not.
    pub fn add<T: PartialEq>(&mut self, id: i64, wanted: &T, found: Option<&T>) {
        match found {
            Some(found) if found == wanted => self.same += 1,
            Some(_) => {
                self.different += 1;
                if self.examples.len() < NAMED {
                    self.examples.push(id);
                }
            }
            None => {}
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing stands against it.
    WouldImport,
    /// It was done.
    Imported,
    /// Every row is there already, as the import writes it.
    AlreadyImported,
    /// The old database holds what cannot be imported.
    SourceRefused,
    /// Our database holds other rows.
    TargetRefused,
}

/// What an import found and did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What came of it.
    pub outcome: Outcome,
    /// The old database.
    pub source: Tables<Source>,
    /// Ours, as it was before.
    pub target: Tables<Compared>,
    /// What is to be said of single rows, rule by rule.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Decides whether the import can be done, from what was found.
    pub fn decide(source: Tables<Source>, target: Tables<Compared>, mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| finding.rule);
        let refused = findings.iter().any(|finding| finding.effect == Effect::Refused);
        let is_empty = target.each().iter().all(|(_, table)| table.rows == 0);
        let pairs = source.each().into_iter().zip(target.each());
        let is_there = pairs.into_iter().all(|((_, from), (_, to))| to.same == from.imported);
        let outcome = match (refused, is_empty, is_there) {
            (true, ..) => Outcome::SourceRefused,
            // An old database without rows has its ids all the same.
            (false, true, _) => Outcome::WouldImport,
            (false, false, true) => Outcome::AlreadyImported,
            (false, false, false) => Outcome::TargetRefused,
        };
        Self { outcome, source, target, findings }
    }

    /// How many findings a rule has.
    pub fn count(&self, rule: Rule) -> usize {
        self.findings.iter().filter(|finding| finding.rule == rule).count()
    }

    /// Whether nothing is left for somebody to decide.
    pub fn is_good(&self) -> bool {
        !matches!(self.outcome, Outcome::SourceRefused | Outcome::TargetRefused)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The old database")?;
        for (name, table) in self.source.each() {
            writeln!(f, "  {name:<10} {:>8} rows, the next id is {}", table.rows, table.highest_id + 1)?;
        }
        for effect in [Effect::Changed, Effect::Kept, Effect::Refused] {
            let of_effect = Rule::ALL.iter().filter(|rule| rule.effect() == effect && self.count(**rule) > 0);
            for (place, rule) in of_effect.enumerate() {
                if place == 0 {
                    writeln!(f, "\n{}", effect.heading())?;
                }
                writeln!(f, "  {:>5}  {} ({})", self.count(*rule), rule.sentence(), rule.as_str())?;
                for finding in self.findings.iter().filter(|finding| finding.rule == *rule) {
                    writeln!(f, "           {} {}: {}", finding.table.as_str(), finding.id, finding.said)?;
                }
            }
        }
        writeln!(f)?;
        self.end(f)
    }
}

impl Report {
    fn end(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tables { bakery, feedstock, reciperun } = &self.source;
        let rows = format!(
            "{} bakeries, {} feedstocks and {} recipe runs",
            bakery.imported, feedstock.imported, reciperun.imported
        );
        match self.outcome {
            Outcome::WouldImport => write!(f, "Nothing was written. With --apply, {rows} are imported."),
            Outcome::Imported => write!(f, "{rows} were imported."),
            Outcome::AlreadyImported => {
                write!(f, "All {rows} are there already, as the import writes them. Nothing was written.")
            }
            Outcome::SourceRefused => write!(f, "Nothing was written, because of what cannot be imported."),
            Outcome::TargetRefused => {
                write!(
                    f,
                    "Nothing was written: the database has rows already, and an import needs an empty one. It has"
                )?;
                for ((name, to), (_, from)) in self.target.each().into_iter().zip(self.source.each()) {
                    write!(
                        f,
                        "\n  {name:<10} {:>8} rows; of {} to be imported, {} are there",
                        to.rows, from.imported, to.same
                    )?;
                    if to.different > 0 {
                        let examples: Vec<String> = to.examples.iter().map(i64::to_string).collect();
                        write!(f, ", and {} ids are other rows': {}", to.different, examples.join(", "))?;
                        let more =
                            if to.different > i64::try_from(NAMED).unwrap_or(i64::MAX) { " …" } else { "" };
                        f.write_str(more)?;
                    }
                }
                Ok(())
            }
        }
    }
}
