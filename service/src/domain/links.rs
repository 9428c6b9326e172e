//! Addresses of our own pages.

use super::id::{FeedstockId, RecipeRunId};

/// Where people look at runs.
#[derive(Debug, Clone)]
pub struct Links {
    /// The dashboard: `https://pangeo-forge.org`.
    pub dashboard: String,
    /// Our own host as the dashboard must call it; `None` for the one that it calls anyway.
    pub endpoint: Option<String>,
}

impl Links {
    /// A recipe run's page.
    pub fn recipe_run(&self, run: RecipeRunId, feedstock: FeedstockId) -> String {
        let mut url = format!("{}/dashboard/recipe-run/{run}?feedstock_id={feedstock}", self.dashboard);
        if let Some(endpoint) = &self.endpoint {
            url.push_str("&orchestratorEndpoint=");
            url.push_str(endpoint);
        }
        url
    }
}
