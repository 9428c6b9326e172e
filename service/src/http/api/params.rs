//! Reading the parameters of a path and a query. Everything that is wrong is told at once, each with its place; parameters that nobody
//! knows are passed over, as the old service did.

use serde_json::Value;

use super::values;
use crate::http::problem::{Issue, Problem};

/// An id that no row has: what a number beyond every column is looked up as.
const NO_ROW: i64 = -1;

/// The parameters of a query by name, and what is wrong with those that were read so far.
pub(in crate::http) struct Params {
    pairs: Vec<(String, String)>,
    issues: Vec<Issue>,
}

impl Params {
    pub(in crate::http) fn new(pairs: Vec<(String, String)>) -> Self {
        Self { pairs, issues: Vec::new() }
    }

    /// Fails with everything that was wrong.
    pub(in crate::http) fn finish(self) -> Result<(), Problem> {
        if self.issues.is_empty() { Ok(()) } else { Err(Problem::Invalid(self.issues)) }
    }

    /// Notes what is wrong with a parameter of the query.
    pub(in crate::http) fn refuse(&mut self, name: &str, wrong: values::Wrong) {
        self.issues.push(wrong.at("query", name));
    }

    /// The parameter, by its last word where it has several.
    pub(in crate::http) fn last(&self, name: &str) -> Option<&str> {
        self.pairs.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter.
    pub(in crate::http) fn all(&self, name: &str) -> Vec<String> {
        self.pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    /// The id in a path.
    pub(in crate::http) fn id(&mut self, text: &str) -> i64 {
        match values::parse_integer(text) {
            Ok(id) => id,
            // It is a whole number, and no row has it.
            Err(wrong) if wrong != not_integer() => NO_ROW,
            Err(wrong) => {
                self.issues.push(wrong.at("path", "id"));
                NO_ROW
            }
        }
    }

    /// A whole number within bounds.
    pub(in crate::http) fn integer(&mut self, name: &str, default: i64, least: i64, most: i64) -> i64 {
        let Some(text) = self.last(name) else { return default };
        let number = values::parse_integer(text).and_then(|number| match number {
            number if number < least => Err(values::at_least(least)),
            number if number > most => Err(values::at_most(most)),
            number => Ok(number),
        });
        number.unwrap_or_else(|wrong| {
            self.refuse(name, wrong);
            default
        })
    }

    /// True or false.
    pub(in crate::http) fn truth(&mut self, name: &str, default: bool) -> bool {
        let Some(text) = self.last(name) else { return default };
        values::parse_truth(text).unwrap_or_else(|wrong| {
            self.refuse(name, wrong);
            default
        })
    }

    /// One of a few constants; the first when the parameter is not there.
    pub(in crate::http) fn constant(&mut self, name: &str, permitted: &[&'static str]) -> &'static str {
        let first = permitted.first().copied().unwrap_or_default();
        let Some(text) = self.last(name) else { return first };
        if let Some(known) = permitted.iter().find(|known| **known == text) {
            return known;
        }
        let wrong = values::not_permitted(text, permitted);
        self.refuse(name, wrong);
        first
    }
}

fn not_integer() -> values::Wrong {
    values::integer(&Value::Null).err().unwrap_or_else(|| unreachable!("nothing is no number"))
}
