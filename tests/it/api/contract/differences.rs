//! The deliberate differences, in the order of the table in `docs/api.md`.

/// One way in which we answer otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Difference {
    /// A row that is not there is called by its own table's name.
    NotFound,
    /// What the old service failed on is refused, with the reason.
    Refused,
    /// A page has 100 rows at most.
    Limit,
    /// Public reads are open to every site, without credentials.
    Credentials,
    /// HEAD is answered wherever GET is.
    Head,
    /// `Allow` lists every method of a path.
    Allow,
    /// A redirect's location has no host.
    Location,
    /// Runs that nobody ended are ended by the import.
    Imported,
    /// Nothing is read of a request without a key.
    KeyFirst,
    /// The words for a body that is no JSON are another parser's.
    Syntax,
    /// A second row of one name is refused.
    Duplicate,
    /// A run has a conclusion when, and only when, it is completed.
    Conclusion,
}

impl Difference {
    /// All of them.
    pub(super) const ALL: [Self; 12] = [
        Self::NotFound,
        Self::Refused,
        Self::Limit,
        Self::Credentials,
        Self::Head,
        Self::Allow,
        Self::Location,
        Self::Imported,
        Self::KeyFirst,
        Self::Syntax,
        Self::Duplicate,
        Self::Conclusion,
    ];

    /// Its word in the table.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Refused => "refused",
            Self::Limit => "limit",
            Self::Credentials => "credentials",
            Self::Head => "head",
            Self::Allow => "allow",
            Self::Location => "location",
            Self::Imported => "imported",
            Self::KeyFirst => "key-first",
            Self::Syntax => "syntax",
            Self::Duplicate => "duplicate",
            Self::Conclusion => "conclusion",
        }
    }
}
