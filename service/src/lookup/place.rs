//! The repository of a feedstock, as far as the App may see it.

use super::{Error, Result};
use crate::app::App;
use crate::domain::id::{InstallationId, RepoName};

/// The old service's sentence.
pub(super) fn not_installed(spec: &str) -> Error {
    Error::Missing(format!("Pangeo Forge GitHub App not installed in '{spec}' repository."))
}

/// The repository and the installation that covers it.
pub(super) async fn of(app: &App, spec: &str) -> Result<(RepoName, InstallationId)> {
    let repository = RepoName::parse(spec).ok_or_else(|| not_installed(spec))?;
    match app.github.installation_of(&repository).await {
        Ok(installation) => Ok((repository, installation)),
        Err(error) if error.is_not_found() || error.is_forbidden() => Err(not_installed(spec)),
        Err(error) => Err(Error::github("where the App is installed", &error, app.clock.now())),
    }
}
