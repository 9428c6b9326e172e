//! The check runs of a commit of a feedstock, as GitHub shows them.

use std::sync::Arc;

use serde_json::Value;

use super::place::{not_installed, of};
use super::{Error, Result};
use crate::app::App;

/// Whether a text can name a commit: hexadecimal digits of a sha, or a branch or tag.
/// <https://git-scm.com/docs/git-check-ref-format>
pub fn is_commit(text: &str) -> bool {
    let is_part =
        |part: &str| !part.is_empty() && !part.starts_with(['.', '-']) && !part.ends_with(['.', '/']);
    text.len() <= 255
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./+".contains(&byte))
        && text.split('/').all(is_part)
        && !text.contains("..")
        && text.rsplit('.').next() != Some("lock")
}

/// The newest check run of each name of a commit. `spec` is the feedstock's repository.
pub async fn of_commit(app: &App, spec: &str, commit: &str) -> Result<Arc<Vec<Value>>> {
    let name = format!("check runs {spec} {commit}");
    app.lookups.lists.get(&name, app.clock.now(), async || ask(app, spec, commit).await.map(Arc::new)).await
}

async fn ask(app: &App, spec: &str, commit: &str) -> Result<Vec<Value>> {
    let now = app.clock.now();
    app.lookups.budget.take(now)?;
    let (repository, installation) = of(app, spec).await?;
    match app.github.repository(installation, &repository, now).check_runs(commit).await {
        Ok(runs) => Ok(runs.into_iter().map(|run| redacted(app, run)).collect()),
        Err(error) if error.is_no_token() || error.is_forbidden() => Err(not_installed(spec)),
        Err(error) if error.is_not_found() || error.is_unprocessable() => {
            Err(Error::Missing(format!("GitHub knows no commit '{commit}' in '{spec}'.")))
        }
        Err(error) => Err(Error::github("the check runs", &error, now)),
    }
}

fn redacted(app: &App, mut run: Value) -> Value {
    app.redactor.mask_json(&mut run);
    run
}

#[cfg(test)]
mod tests {
    use super::is_commit;

    #[test]
    fn s32_only_what_can_name_a_commit_gets_into_a_path() {
        for good in ["0123abc", "main", "refs/tags/v1.0", "feature/a-b_c"] {
            assert!(is_commit(good), "{good}");
        }
        for bad in
            ["", "/", "a//b", "../x", "a/../b", "a b", "a?b", "a#b", "-x", ".x", "x.lock", "é", "a\n", "%2e"]
        {
            assert!(!is_commit(bad), "{bad:?}");
        }
        assert!(!is_commit(&"a".repeat(256)));
    }
}
