//! The rules themselves, as tables: which room may use which, and which kind of line has only one room.
//!
//! To change the direction of an import, change it here and say why in `docs/adr`.

/// What a room may name of the rest of the service.
pub(super) enum May {
    /// Every room: this one puts the parts together.
    All,
    /// Its own and these. An entry can be longer than a room, `store::job` say, and then opens only that part.
    Only(&'static [&'static str]),
}

/// A file or folder directly below `service/src`, and what it may use.
pub(super) struct Room {
    pub(super) name: &'static str,
    pub(super) may: May,
    /// Why no more, for whoever tries.
    pub(super) why: &'static str,
}

/// Every room there is. A new one has to be entered here before it can be used.
pub(super) const ROOMS: [Room; 17] = [
    Room { name: "main", may: May::All, why: "" },
    Room { name: "lib", may: May::All, why: "" },
    Room { name: "cli", may: May::All, why: "" },
    Room { name: "app", may: May::All, why: "" },
    Room {
        name: "http",
        may: May::Only(&["store", "domain", "config", "clock", "app", "lookup", "metrics", "telemetry"]),
        why: "a request only stores and reads; what asks GitHub, Google or an object store for a reader is in lookup",
    },
    Room {
        name: "lookup",
        may: May::Only(&["domain", "store", "github", "google", "zarr", "config", "clock", "app"]),
        why: "what is looked up for a reader changes nothing, and knows nothing of requests",
    },
    Room {
        name: "zarr",
        may: May::Only(&["domain"]),
        why: "a client of object stores, like those of GitHub and Google",
    },
    Room {
        name: "job",
        may: May::Only(&[
            "domain", "intake", "store", "github", "google", "config", "clock", "app", "metrics",
        ]),
        why: "a job knows nothing of requests or of the command line",
    },
    Room {
        name: "metrics",
        may: May::Only(&["domain", "github", "store"]),
        why: "figures are told what happened, and do nothing themselves",
    },
    Room {
        name: "intake",
        may: May::Only(&["domain"]),
        why: "intake is pure: bytes in, commands out; a job loads and stores",
    },
    Room { name: "store", may: May::Only(&["domain"]), why: "only a job sees both the database and GitHub" },
    Room { name: "github", may: May::Only(&["domain"]), why: "only a job sees both GitHub and the database" },
    Room { name: "google", may: May::Only(&["domain"]), why: "only a job sees both Google and the database" },
    Room {
        name: "domain",
        may: May::Only(&[]),
        why: "the rules depend on nothing, so that they can be read and tested alone",
    },
    Room {
        name: "config",
        may: May::Only(&["domain"]),
        why: "settings are read before anything else is there",
    },
    Room { name: "clock", may: May::Only(&[]), why: "time and randomness come from the machine alone" },
    Room {
        name: "telemetry",
        may: May::Only(&["config"]),
        why: "logging is set up before anything else is there",
    },
];

/// A path in the code that has few rooms, wherever it is imported from.
pub(super) struct Path {
    /// Consecutive segments of a path: `Utc::now` also finds `chrono::Utc::now` and `use tokio::{spawn}` is `tokio::spawn`.
    pub(super) segments: &'static [&'static str],
    pub(super) rooms: &'static [&'static str],
    pub(super) why: &'static str,
}

pub(super) const PATHS: [Path; 9] = [
    Path { segments: &["Utc", "now"], rooms: &["clock"], why: TIME },
    Path { segments: &["Local", "now"], rooms: &["clock"], why: TIME },
    Path { segments: &["SystemTime", "now"], rooms: &["clock"], why: TIME },
    Path { segments: &["Instant", "now"], rooms: &["clock"], why: TIME },
    Path { segments: &["tokio", "spawn"], rooms: &["app"], why: SPAWN },
    Path { segments: &["task", "spawn"], rooms: &["app"], why: SPAWN },
    Path {
        segments: &["std", "env"],
        rooms: &["config", "cli", "main"],
        why: "settings are read once, checked as a whole and handed on typed",
    },
    Path {
        segments: &["runner_contract"],
        rooms: &["domain", "job", "store"],
        why: "what crosses the wire to the action is decided in domain, carried by a job and kept in store",
    },
    Path {
        segments: &["octocrab"],
        rooms: &["github"],
        why: "the rest of the service sees ids and small structs, not the client",
    },
];

const TIME: &str = "the time comes in as an argument, so that a test can set it";
const SPAWN: &str = "whoever spawns a task has to end it too, and that is app";

/// A kind of string literal that has one room.
pub(super) struct Literal {
    pub(super) what: &'static str,
    pub(super) is: fn(&str) -> bool,
    pub(super) room: &'static str,
    pub(super) why: &'static str,
}

pub(super) const LITERALS: [Literal; 2] = [
    Literal {
        what: "SQL",
        is: is_sql,
        room: "store",
        why: "a test prepares every statement of store on both databases, and finds no others",
    },
    Literal {
        what: "a GitHub path",
        is: |text| text.contains("/repos/"),
        room: "github",
        why: "the table of GitHub calls and their permissions is made from that room",
    },
];

/// Whether the text is a statement: key words in capitals, as the project writes SQL and nobody writes a sentence.
fn is_sql(text: &str) -> bool {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let starts = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
    starts(&[
        "SELECT ",
        "PRAGMA ",
        "WITH ",
        "BEGIN IMMEDIATE",
        "CREATE TABLE ",
        "ALTER TABLE ",
        "DROP TABLE ",
    ]) || ["INSERT INTO ", "DELETE FROM "].iter().any(|word| text.contains(word))
        || (starts(&["UPDATE "]) && text.contains(" SET "))
}

/// Lines of a file from which it is named in a warning, and from which it fails.
pub(super) const LONG: usize = 300;
pub(super) const TOO_LONG: usize = 400;
