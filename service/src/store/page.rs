//! Pages of a table's rows: filtered, in an order that never wavers, from an offset or from where another page ended.
//!
//! The text of a statement is put together from the constants of a [`Table`] only; whatever a caller sends is bound. Rows that agree in
//! the column of the order are in the order of their ids, and rows without a value come last, as Postgres has it.

mod statement;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow};

use super::{Result, Tx, on};
use statement::Statement;

/// Binds the values of a statement in their order. Comparing with nothing has no value to bind.
macro_rules! bound {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Null => query,
                Value::Integer(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bool(value) => query.bind(value),
                Value::Time(value) => query.bind(value),
            };
        }
        query
    }};
}

/// A table that can be read in pages.
#[derive(Debug)]
pub struct Table {
    name: &'static str,
    /// Its columns, as the public API lists them.
    pub columns: &'static [Column],
}

/// A column that can be read, filtered by and sorted by.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, also in the public API.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a row may be without it.
    pub nullable: bool,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Integer,
    /// Any text.
    Text,
    /// Any text, of any length.
    LongText,
    /// One of these words.
    Word(&'static [&'static str]),
    /// True or false.
    Bool,
    /// A moment.
    Time,
}

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A text or a word.
    Text(String),
    /// True or false.
    Bool(bool),
    /// A moment.
    Time(DateTime<Utc>),
}

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    /// The same.
    Equal,
    /// The same or later.
    Since,
    /// Earlier.
    Before,
}

/// What rows are wanted.
#[derive(Debug, Clone)]
pub struct Page {
    /// All of them must hold, but of several equal-comparisons of one column one.
    pub filters: Vec<(&'static Column, Is, Value)>,
    /// The column of the order.
    pub order: &'static Column,
    /// Whether from the last to the first.
    pub descending: bool,
    /// From where.
    pub from: From,
    /// How many rows at most.
    pub limit: i64,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// After so many rows.
    Offset(i64),
    /// After a row, known by its value in the column of the order and its id.
    After(Value, i64),
    /// With the rows before that one.
    UpTo(Value, i64),
}

/// Rows of one page, and whether there are more beyond its end, in the direction in which it was read.
#[derive(Debug)]
pub struct Rows<R> {
    /// The rows, in the order that was asked for.
    pub rows: Vec<R>,
    /// Whether the direction holds more.
    pub more: bool,
}

impl Table {
    pub(super) const fn new(name: &'static str, columns: &'static [Column]) -> Self {
        Self { name, columns }
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column that every table has.
    pub fn id(&self) -> &'static Column {
        // Every list of columns ends with it.
        self.columns.last().unwrap_or_else(|| unreachable!("{} has no columns", self.name))
    }

    fn select(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        format!("SELECT {} FROM {}", names.join(", "), self.name)
    }

    /// Reads a page.
    pub async fn list<R>(&self, tx: &mut Tx, page: &Page) -> Result<Rows<R>>
    where
        R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        // One row more than is wanted tells whether there are more.
        let limit = page.limit + 1;
        let backwards = matches!(page.from, From::UpTo(..));
        let mut rows: Vec<R> = Vec::new();
        for statement in self.statements(page, limit) {
            if !rows.is_empty() && i64::try_from(rows.len()).is_ok_and(|known| known >= limit) {
                break;
            }
            rows.extend(run::<R>(tx, statement).await?);
        }
        let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        if backwards {
            rows.reverse();
        }
        Ok(Rows { rows, more })
    }

    /// How many rows the filters let through, whatever the page.
    pub async fn count(&self, tx: &mut Tx, page: &Page) -> Result<i64> {
        let mut statement = Statement::new(format!("SELECT COUNT(*) FROM {}", self.name));
        statement.filter(&page.filters);
        let is_kept = statement.is_kept();
        let Statement { text, values, .. } = statement;
        Ok(on!(tx, |c| bound!(sqlx::query_scalar(AssertSqlSafe(text)), values)
            .persistent(is_kept)
            .fetch_one(c)
            .await?))
    }

    /// The statements that together give a page. From a row on they are two where the column may be empty, one for the rows that have a
    /// value and one for those that have none, so that each is one walk along an index.
    fn statements(&self, page: &Page, limit: i64) -> Vec<Statement> {
        let (from, flip) = match &page.from {
            From::Offset(offset) => return vec![self.at_offset(page, *offset, limit)],
            From::After(value, id) => ((value, *id), false),
            From::UpTo(value, id) => ((value, *id), true),
        };
        let down = page.descending != flip;
        let begin = |also: &str| {
            let mut statement = Statement::new(self.select());
            statement.filter(&page.filters);
            if !also.is_empty() {
                statement.condition(&format!("{} {also}", page.order.name));
            }
            statement
        };
        let (than, way) = if down { ("<", "DESC") } else { (">", "ASC") };
        let column = page.order.name;
        let with_values = |after: Option<(&Value, i64)>| {
            let mut statement = begin(if page.order.nullable { "IS NOT NULL" } else { "" });
            if let Some((value, id)) = after {
                let (value, id) = (statement.bind(value.clone()), statement.bind(Value::Integer(id)));
                statement.condition(&if column == "id" {
                    format!("id {than} {id}")
                } else {
                    format!("({column}, id) {than} ({value}, {id})")
                });
            }
            statement.ordered(&format!("{column} {way}, id {way}"), limit)
        };
        let without = |after: Option<i64>| {
            let mut statement = begin("IS NULL");
            if let Some(id) = after {
                let id = statement.bind(Value::Integer(id));
                statement.condition(&format!("id {than} {id}"));
            }
            statement.ordered(&format!("id {way}"), limit)
        };
        match (from, page.order.nullable, down) {
            ((value, id), false, _) | ((value, id), true, true) if *value != Value::Null => {
                vec![with_values(Some((value, id)))]
            }
            ((value, id), true, false) if *value != Value::Null => {
                vec![with_values(Some((value, id))), without(None)]
            }
            ((_, id), _, false) => vec![without(Some(id))],
            ((_, id), _, true) => vec![without(Some(id)), with_values(None)],
        }
    }

    fn at_offset(&self, page: &Page, offset: i64, limit: i64) -> Statement {
        let mut statement = Statement::new(self.select());
        statement.filter(&page.filters);
        let column = page.order.name;
        let way = if page.descending { "DESC" } else { "ASC" };
        let empty = match (page.order.nullable, page.descending) {
            (false, _) => "",
            (true, false) => " NULLS LAST",
            (true, true) => " NULLS FIRST",
        };
        let order =
            if column == "id" { format!("id {way}") } else { format!("{column} {way}{empty}, id {way}") };
        let mut statement = statement.ordered(&order, limit);
        let offset = statement.bind(Value::Integer(offset));
        statement.text.push_str(" OFFSET ");
        statement.text.push_str(&offset);
        statement
    }
}

async fn run<R>(tx: &mut Tx, statement: Statement) -> Result<Vec<R>>
where
    R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    let is_kept = statement.is_kept();
    let Statement { text, values, .. } = statement;
    Ok(on!(tx, |c| bound!(sqlx::query_as(AssertSqlSafe(text)), values)
        .persistent(is_kept)
        .fetch_all(c)
        .await?))
}
