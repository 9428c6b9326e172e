//! Making an App out of a manifest:
//! <https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest>

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{CONVERT_MANIFEST, EVENTS, app_permissions};
use super::{Github, Result, encode};

/// What is told GitHub about an App that is to be made.
#[derive(Debug, Clone, Serialize)]
pub struct Manifest {
    name: String,
    url: String,
    hook_attributes: Value,
    redirect_url: String,
    public: bool,
    default_permissions: Value,
    default_events: Vec<&'static str>,
}

impl Manifest {
    /// An App that asks for what the service calls, and no more. `hook_url` is where deliveries go, and `redirect_url` is where GitHub
    /// sends the browser back with the code. The webhook is switched on from the beginning: no call of the API could do it later.
    pub fn new(name: &str, homepage: &str, hook_url: &str, redirect_url: &str) -> Self {
        let hook = json!({ "url": hook_url, "active": true });
        Self {
            name: name.to_owned(),
            url: homepage.to_owned(),
            hook_attributes: hook,
            redirect_url: redirect_url.to_owned(),
            public: false,
            default_permissions: app_permissions()
                .into_iter()
                .map(|(name, level)| (name, Value::from(level)))
                .collect(),
            default_events: EVENTS.to_vec(),
        }
    }
}

/// An App that was just made, with what GitHub tells this once.
#[derive(Debug, Deserialize)]
pub struct NewApp {
    /// Its id.
    pub id: u64,
    /// Its short name.
    pub slug: String,
    /// Its page.
    pub html_url: String,
    /// Its private key, PEM.
    pub pem: SecretString,
    /// What its webhooks are signed with; none where it was made without a webhook.
    pub webhook_secret: Option<SecretString>,
}

impl Github {
    /// The App that a code stands for. It can be asked once, within an hour of the confirmation, and needs no token.
    pub async fn convert_manifest(&self, code: &str) -> Result<NewApp> {
        let path = format!("/app-manifests/{}/conversions", encode(code).replace('/', "%2F"));
        self.exchange_as_nobody(CONVERT_MANIFEST, &path).await?.json(CONVERT_MANIFEST)
    }
}
