//! The text of a statement and its values, put together piece by piece. Only names from the constants of a table and placeholders enter the
//! text; what a caller sends is bound.

use super::{Column, Is, Value};

/// Statements with more values are not kept prepared: every set of filters is another text, and each connection would hold them all.
const MOST_VALUES_KEPT: usize = 4;

/// A statement as it is put together.
pub(super) struct Statement {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
    has_condition: bool,
}

impl Statement {
    pub(super) fn new(text: String) -> Self {
        Self { text, values: Vec::new(), has_condition: false }
    }

    /// Whether a connection is to keep it prepared for the next time.
    pub(super) fn is_kept(&self) -> bool {
        self.values.len() <= MOST_VALUES_KEPT
    }

    /// Binds a value and answers its placeholder.
    pub(super) fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    pub(super) fn condition(&mut self, condition: &str) {
        self.text.push_str(if self.has_condition { " AND " } else { " WHERE " });
        self.text.push_str(condition);
        self.has_condition = true;
    }

    pub(super) fn filter(&mut self, filters: &[(&'static Column, Is, Value)]) {
        let mut done: Vec<&'static str> = Vec::new();
        for (column, is, value) in filters {
            match is {
                Is::Since => self.compare(column, ">=", value),
                Is::Before => self.compare(column, "<", value),
                Is::Equal if done.contains(&column.name) => {}
                Is::Equal => {
                    done.push(column.name);
                    let same = filters.iter().filter(|(other, is, _)| other == column && *is == Is::Equal);
                    let any: Vec<String> = same.map(|(_, _, value)| self.equals(column, value)).collect();
                    self.condition(&format!("({})", any.join(" OR ")));
                }
            }
        }
    }

    fn compare(&mut self, column: &Column, operator: &str, value: &Value) {
        let place = self.bind(value.clone());
        self.condition(&format!("{} {operator} {place}", column.name));
    }

    fn equals(&mut self, column: &Column, value: &Value) -> String {
        if *value == Value::Null {
            return format!("{} IS NULL", column.name);
        }
        let place = self.bind(value.clone());
        format!("{} = {place}", column.name)
    }

    pub(super) fn ordered(mut self, order: &str, limit: i64) -> Self {
        let limit = self.bind(Value::Integer(limit));
        self.text.push_str(" ORDER BY ");
        self.text.push_str(order);
        self.text.push_str(" LIMIT ");
        self.text.push_str(&limit);
        self
    }
}
