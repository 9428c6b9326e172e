//! Who wants to know of every request to GitHub and how it was answered.

use reqwest::header::HeaderMap;

use super::call::Call;
use crate::domain::id::InstallationId;

/// Is told of requests. It is called between a request and what follows from it, so it may not wait for anything.
pub trait Observer: Send + Sync {
    /// A call was answered with a status, or no answer came. `remaining` is how many more the installation may make in the current hour, where
    /// GitHub has said so; installation 0 is the App itself.
    fn answered(
        &self,
        call: &'static Call,
        installation: InstallationId,
        status: Option<u16>,
        remaining: Option<i64>,
    );
}

/// What GitHub says is left: <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>
pub(super) fn remaining(headers: &HeaderMap) -> Option<i64> {
    headers.get("x-ratelimit-remaining")?.to_str().ok()?.parse().ok()
}
