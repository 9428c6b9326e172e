//! All that the stand-in for GitHub holds, with its clock and its counters.
//!
//! State and look-ups. No HTTP, no JSON and no webhooks are made here; the routes and the verbs change this value. Ids count up from a fixed start per kind, so that an id in the wrong place shows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::git::{Commit, Sha};
use super::hooks::{Delivery, Hook};
use super::objects::Object;
use super::records::{AppRecord, Installation, Permissions, Repository, TokenGrant, User};

/// The time that the world goes by.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// Stands still until a test moves it.
    Manual(DateTime<Utc>),
    /// The machine's own time, for a world that people watch.
    System,
}

impl Clock {
    /// The present moment.
    pub fn now(self) -> DateTime<Utc> {
        match self {
            Self::Manual(at) => at,
            Self::System => Utc::now(),
        }
    }
}

/// The next id of each kind.
#[derive(Debug, Clone)]
pub(super) struct Ids(BTreeMap<&'static str, u64>);

impl Ids {
    fn new() -> Self {
        Self(BTreeMap::from([
            ("repository", 101),
            ("user", 201),
            ("installation", 2001),
            ("deployment", 3001),
            ("deployment status", 3501),
            ("reaction", 4001),
            ("comment", 5001),
            ("pull request", 6001),
            ("issue", 6501),
            ("check run", 7001),
            ("artifact", 8001),
            ("workflow run", 9001),
            ("job", 9501),
            ("delivery", 1),
            ("token", 1),
        ]))
    }

    /// Lets the next id of `kind` be this one.
    pub(super) fn begin_at(&mut self, kind: &'static str, id: u64) {
        self.0.insert(kind, id);
    }

    /// Hands out the next id of `kind`.
    pub(super) fn next(&mut self, kind: &'static str) -> u64 {
        let next = self.0.entry(kind).or_insert(1);
        *next += 1;
        *next - 1
    }
}

/// Bytes behind a signed address.
#[derive(Debug, Clone)]
pub(super) struct Blob {
    /// Until when the address is good.
    pub(super) until: DateTime<Utc>,
    pub(super) media_type: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// Everything that the stand-in knows.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of GitHub's that a story turns over by itself"
)]
pub struct World {
    /// The time of day.
    pub clock: Clock,
    /// The time that App tokens are judged by, where it is not the world's: a client library may know no clock but the machine's.
    pub jwt_clock: Option<Clock>,
    /// The address that the routes are served at, without a slash at the end.
    pub base_url: String,
    /// The App under test.
    pub app: AppRecord,
    /// Where the App is installed, by id.
    pub installations: BTreeMap<u64, Installation>,
    /// Accounts by login.
    pub users: BTreeMap<String, User>,
    /// Repositories by full name.
    pub repositories: BTreeMap<String, Repository>,
    /// Every commit of every repository.
    pub commits: BTreeMap<Sha, Commit>,
    /// The server is an older GitHub Enterprise: a dispatch does not tell the run's id and refuses to be asked for it.
    pub old_host: bool,
    /// A run that is cancelled goes on until a runner, which the test plays, has stopped it.
    pub slow_cancel: bool,
    /// The branch that a new repository begins with, as the organisation's settings say.
    pub new_default_branch: String,
    /// What an App makes is covered by its installation at once. Where it is not, somebody has to add it.
    pub covers_what_it_makes: bool,
    /// A token that is narrowed to some repositories makes no new one.
    pub making_needs_whole_installation: bool,
    /// People who cannot be made collaborators: the organisation's rules forbid it.
    pub barred: BTreeSet<String>,
    /// Workflows that somebody or something switched off, by repository and file name: `disabled_manually`.
    pub workflow_states: BTreeMap<(String, String), String>,
    /// What Apps were confirmed to be made of and have not been asked for yet, by code, and when that was.
    pub(super) manifests: BTreeMap<String, (serde_json::Value, DateTime<Utc>)>,
    /// Names that repositories had before, and what they are called now.
    pub(super) moved: BTreeMap<String, String>,
    /// Git's objects, by network and id.
    pub(super) objects: BTreeMap<(String, Sha), Object>,
    pub(super) tokens: BTreeMap<String, TokenGrant>,
    pub(super) user_tokens: BTreeMap<String, String>,
    pub(super) blobs: BTreeMap<String, Blob>,
    pub(super) ids: Ids,
    pub(super) outgoing: VecDeque<Hook>,
    pub(super) deliveries: Vec<Delivery>,
    /// How many pages of the delivery log can still be had by a mark before one mark has become too old.
    pub(super) cursor_uses: Option<u32>,
}

impl World {
    /// An empty world around `app`.
    pub(super) fn new(clock: Clock, app: AppRecord) -> Self {
        let mut world = Self {
            clock,
            jwt_clock: None,
            base_url: String::new(),
            app,
            installations: BTreeMap::new(),
            users: BTreeMap::new(),
            repositories: BTreeMap::new(),
            commits: BTreeMap::new(),
            old_host: false,
            slow_cancel: false,
            new_default_branch: "main".to_owned(),
            covers_what_it_makes: true,
            making_needs_whole_installation: false,
            barred: BTreeSet::new(),
            workflow_states: BTreeMap::new(),
            manifests: BTreeMap::new(),
            moved: BTreeMap::new(),
            objects: BTreeMap::new(),
            tokens: BTreeMap::new(),
            user_tokens: BTreeMap::new(),
            blobs: BTreeMap::new(),
            ids: Ids::new(),
            outgoing: VecDeque::new(),
            deliveries: Vec::new(),
            cursor_uses: None,
        };
        let bot = world.bot();
        world.ensure_user(&bot, "Bot");
        world
    }

    /// The present moment, to the second, as GitHub keeps it.
    pub fn now(&self) -> DateTime<Utc> {
        let now = self.clock.now();
        now - TimeDelta::nanoseconds(i64::from(now.timestamp_subsec_nanos()))
    }

    /// What an installation may do: what its account agreed to.
    pub(super) fn permissions_of<'w>(&'w self, installation: &'w Installation) -> &'w Permissions {
        installation.permissions.as_ref().unwrap_or(&self.app.permissions)
    }

    /// The account that the App acts as.
    pub fn bot(&self) -> String {
        format!("{}[bot]", self.app.slug)
    }

    /// The installation that covers a repository.
    pub fn installation_of(&self, full_name: &str) -> Option<&Installation> {
        self.installations.values().find(|installation| installation.repositories.contains(full_name))
    }

    /// The account `login`, made on first use.
    pub(super) fn ensure_user(&mut self, login: &str, kind: &'static str) {
        if !self.users.contains_key(login) {
            let id = self.ids.next("user");
            self.users.insert(login.to_owned(), User { id, login: login.to_owned(), kind });
        }
    }
}
