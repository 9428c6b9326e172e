//! How a world begins: its App, its clock, its address, and whether requests are held against GitHub's description.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

use super::faults::Faults;
use super::records::{Access, AppRecord, HookSettings};
use super::world::{Clock, World};
use super::{APP_ID, APP_SLUG, FakeGithub, Shared, State, contract, server};

/// How a world begins.
#[derive(Debug)]
pub struct Builder {
    app: AppRecord,
    clock: Clock,
    jwt_clock: Option<Clock>,
    address: SocketAddr,
    check_contract: bool,
}

impl Builder {
    /// Judges no request by GitHub's published description, which then need not be there.
    #[must_use]
    pub fn without_contract(mut self) -> Self {
        self.check_contract = false;
        self
    }

    /// Lets the world go by the machine's clock.
    #[must_use]
    pub fn system_clock(mut self) -> Self {
        self.clock = Clock::System;
        self
    }

    /// Judges App tokens, and only them, by the machine's clock: for a client whose library makes them by it.
    #[must_use]
    pub fn app_tokens_by_system_clock(mut self) -> Self {
        self.jwt_clock = Some(Clock::System);
        self
    }

    /// Listens here in place of a free port of the loopback address.
    #[must_use]
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Gives the App these permissions in place of all that the service needs.
    #[must_use]
    pub fn permissions(mut self, permissions: &[(&str, Access)]) -> Self {
        self.app.permissions =
            permissions.iter().map(|(name, access)| ((*name).to_owned(), *access)).collect();
        self
    }

    /// Subscribes the App to these webhook events in place of the usual ones.
    #[must_use]
    pub fn events(mut self, events: &[&str]) -> Self {
        self.app.events = events.iter().map(|event| (*event).to_owned()).collect();
        self
    }

    /// Where webhooks go, as the App's settings tell. Nothing is sent there.
    #[must_use]
    pub fn hook_url(mut self, url: &str) -> Self {
        self.app.hook.url = Some(url.to_owned());
        self
    }

    /// Opens the port and starts to answer. Fails if the port cannot be had.
    ///
    /// # Panics
    /// If requests are to be judged by GitHub's description and that is not to be found.
    pub async fn start(self) -> io::Result<FakeGithub> {
        if self.check_contract {
            contract::load();
        }
        let listener = TcpListener::bind(self.address).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut world = World::new(self.clock, self.app);
        world.base_url.clone_from(&url);
        world.jwt_clock = self.jwt_clock;
        let state = State {
            world,
            faults: Faults::default(),
            stops: Vec::new(),
            requests: 0,
            log: Vec::new(),
            unhandled: Vec::new(),
            check_contract: self.check_contract,
            violations: Vec::new(),
            validated: 0,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), hook_queued: Notify::new() });
        let task = tokio::spawn(server::serve(listener, Arc::clone(&shared)));
        Ok(FakeGithub { shared, url, _server: Arc::new(AbortOnDropHandle::new(task)) })
    }
}

impl FakeGithub {
    /// A world with the usual App, an empty account list and a clock that stands at 2026-01-01T00:00:00Z.
    pub fn builder() -> Builder {
        let permissions = [
            ("actions", Access::Write),
            ("administration", Access::Write),
            ("checks", Access::Write),
            ("contents", Access::Write),
            ("deployments", Access::Write),
            ("issues", Access::Write),
            ("metadata", Access::Read),
            ("pull_requests", Access::Write),
        ];
        let events = ["check_run", "check_suite", "issue_comment", "pull_request", "workflow_run"];
        let app = AppRecord {
            id: APP_ID,
            client_id: format!("Iv23test{APP_ID}"),
            slug: APP_SLUG.to_owned(),
            permissions: permissions.map(|(name, access)| (name.to_owned(), access)).into(),
            events: BTreeSet::from(events.map(str::to_owned)),
            hook: HookSettings {
                url: Some("http://127.0.0.1/github/hooks/".to_owned()),
                content_type: Some("json".to_owned()),
                insecure_ssl: false,
                has_secret: true,
            },
        };
        let clock = Clock::Manual(DateTime::UNIX_EPOCH + TimeDelta::days(20_454));
        Builder {
            app,
            clock,
            jwt_clock: None,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            check_contract: true,
        }
    }
}
