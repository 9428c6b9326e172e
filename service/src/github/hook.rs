//! Where GitHub sends the App's webhooks: <https://docs.github.com/rest/apps/webhooks>

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Result;
use super::app::AsApp;
use super::call::{GET_HOOK_CONFIG, UPDATE_HOOK_CONFIG};

/// The App's webhook. GitHub leaves out what is not set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HookConfig {
    /// Where deliveries go; empty for nowhere.
    pub url: String,
    /// `json`, or `form`, in which the JSON is a field of a form.
    pub content_type: String,
    /// Whether the certificate of the receiver is looked at.
    pub verifies_tls: bool,
    /// Whether deliveries are signed. The secret itself is never told.
    pub has_secret: bool,
}

#[derive(Deserialize)]
struct Body {
    url: Option<String>,
    content_type: Option<String>,
    /// A word, or a number.
    insecure_ssl: Option<serde_json::Value>,
    secret: Option<String>,
}

impl From<Body> for HookConfig {
    fn from(body: Body) -> Self {
        let insecure = body.insecure_ssl.as_ref().map(ToString::to_string).unwrap_or_default();
        Self {
            url: body.url.unwrap_or_default(),
            // GitHub's documentation: without a word it is `form`.
            content_type: body.content_type.unwrap_or_else(|| "form".to_owned()),
            verifies_tls: insecure.trim_matches('"') != "1",
            has_secret: body.secret.is_some_and(|secret| !secret.is_empty()),
        }
    }
}

impl AsApp<'_> {
    /// The App's webhook; an empty address where it has none.
    pub async fn hook_config(&self) -> Result<HookConfig> {
        match self.get::<Body>(GET_HOOK_CONFIG, GET_HOOK_CONFIG.path).await {
            Ok(body) => Ok(body.into()),
            Err(error) if error.is_not_found() => Ok(HookConfig::default()),
            Err(error) => Err(error),
        }
    }

    /// Sends deliveries to another address. What else is set stays.
    pub async fn set_hook_url(&self, url: &str) -> Result<HookConfig> {
        let call = UPDATE_HOOK_CONFIG;
        let body: Body = self.send_body(call, call.path, Some(&json!({ "url": url }))).await?.json(call)?;
        Ok(body.into())
    }
}
