//! GitHub's REST API, as far as we use it: ids and small structs in, small structs out.
//!
//! octocrab signs the App's tokens and carries the requests; its retries are compiled out, since only a job knows whether a second
//! write is safe. Each call is named in [`call`] with the permission it needs, and goes out with a token that is narrowed to one
//! repository and to a few permissions. No database, no rules and no sentence for a user may enter.

mod app;
pub mod call;
mod checks;
mod collaborators;
mod comments;
mod contents;
mod deliveries;
mod deployments;
mod downloads;
mod error;
mod free;
mod git_data;
mod hook;
mod installations;
mod issues;
mod limits;
mod manifest;
mod merges;
pub mod observer;
mod pulls;
mod refs;
mod repositories;
mod token;
mod transport;
mod workflows;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use octocrab::Octocrab;
use octocrab::models::AppId;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use app::{AsApp, Registration};
pub use checks::{CheckOutput, CheckRun};
pub use comments::{Comment, RepositoryComment};
pub use contents::{Entry, EntryKind};
pub use deliveries::DeliveryPage;
pub use deployments::DeploymentStatus;
pub use error::{Error, Result, Retry};
pub use free::{FreeAnswer, Speaker};
pub use git_data::{Tree, TreeEntry};
pub use hook::HookConfig;
pub use installations::{Installation, Terms};
pub use manifest::{Manifest, NewApp};
pub use merges::PullOfBranch;
pub use pulls::{ChangedFile, ListedPull, Pull};
pub use repositories::Facts;
pub use token::InstallationToken;
pub use workflows::{Artifact, Dispatched, Run, WorkflowFile, WorkflowJob};

use crate::domain::id::{InstallationId, RepoName};
use call::Call;
use limits::Limits;
use observer::Observer;
use token::Tokens;

/// What the client needs to speak as the App.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The App's id.
    pub app_id: u64,
    /// The App's private key, PEM.
    pub private_key: SecretString,
}

/// The client, for all installations of the App.
pub struct Github {
    octocrab: Octocrab,
    base_url: String,
    downloads: reqwest::Client,
    tokens: Tokens,
    limits: Limits,
    observer: Arc<dyn Observer>,
    is_app: bool,
}

/// Why the client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Not a key.
    #[error("the GitHub App's private key is not an RSA key in PEM form")]
    PrivateKey,
    /// Not an address.
    #[error("`{0}` is not the address of a GitHub API")]
    BaseUrl(String),
    /// TLS or the connector could not be set up.
    #[error("the HTTP client could not be set up: {0}")]
    Client(String),
}

impl Github {
    /// A client for the API at `base_url`: `https://api.github.com`, or what stands for it. The observer is told of every request.
    /// Without credentials there is no App, and no request is ever sent.
    pub fn new(
        base_url: &str,
        credentials: Option<&Credentials>,
        observer: Arc<dyn Observer>,
    ) -> std::result::Result<Self, SetupError> {
        let octocrab = client(base_url, credentials)?;
        // An artifact lies on another host, which must not be shown our token: a client of its own, without one.
        let downloads = reqwest::Client::builder()
            .connect_timeout(transport::CONNECT_TIMEOUT)
            .timeout(transport::CALL_TIMEOUT)
            .build()
            .map_err(|error| SetupError::Client(error.to_string()))?;
        let (tokens, limits) = (Tokens::default(), Limits::default());
        let (base_url, is_app) = (base_url.to_owned(), credentials.is_some());
        Ok(Self { octocrab, base_url, downloads, tokens, limits, observer, is_app })
    }

    /// One repository through one installation. `now` decides which tokens and rate limits count as over.
    pub fn repository<'a>(
        &'a self,
        installation: InstallationId,
        name: &'a RepoName,
        now: DateTime<Utc>,
    ) -> Repository<'a> {
        Repository { github: self, installation, name, now }
    }
}

/// What carries requests to the API: as the App, or without credentials as nobody.
fn client(base_url: &str, credentials: Option<&Credentials>) -> std::result::Result<Octocrab, SetupError> {
    let mut octocrab =
        Octocrab::builder().base_uri(base_url).map_err(|_| SetupError::BaseUrl(base_url.to_owned()))?;
    if let Some(credentials) = credentials {
        let key = octocrab::EncodingKey::from_rsa_pem(credentials.private_key.expose_secret().as_bytes())
            .map_err(|_| SetupError::PrivateKey)?;
        octocrab = octocrab.app(AppId(credentials.app_id), key);
    }
    octocrab
        .set_connect_timeout(Some(transport::CONNECT_TIMEOUT))
        .build()
        .map_err(|error| SetupError::Client(error.to_string()))
}

/// One repository, spoken to through one installation, at one moment.
#[derive(Clone, Copy)]
pub struct Repository<'a> {
    github: &'a Github,
    installation: InstallationId,
    name: &'a RepoName,
    now: DateTime<Utc>,
}

/// A name with any characters as a part of a path; a slash in it stays one.
fn encode(name: &str) -> String {
    use std::fmt::Write;
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

impl Repository<'_> {
    async fn get<T: DeserializeOwned>(&self, call: &'static Call, path: &str) -> Result<T> {
        self.send(call, path, None::<&()>).await?.json(call)
    }

    async fn send<B: Serialize + ?Sized>(
        &self,
        call: &'static Call,
        path: &str,
        body: Option<&B>,
    ) -> Result<transport::Answer> {
        self.send_to(call, &format!("/repos/{}{path}", self.name), body).await
    }

    /// The same to a path that is not below this repository, with the token for it.
    async fn send_to<B: Serialize + ?Sized>(
        &self,
        call: &'static Call,
        path: &str,
        body: Option<&B>,
    ) -> Result<transport::Answer> {
        self.github.send_through((self.installation, Some(self.name)), call, path, body, self.now).await
    }

    /// Reads a list to its end. `pick` takes the items out of a page.
    async fn get_all<P: DeserializeOwned, T>(
        &self,
        call: &'static Call,
        path: &str,
        pick: impl Fn(P) -> Vec<T>,
    ) -> Result<Vec<T>> {
        const PER_PAGE: usize = 100;
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut all = Vec::new();
        for page in 1.. {
            let items =
                pick(self.get(call, &format!("{path}{separator}per_page={PER_PAGE}&page={page}")).await?);
            let is_last = items.len() < PER_PAGE;
            all.extend(items);
            if is_last {
                break;
            }
        }
        Ok(all)
    }
}
