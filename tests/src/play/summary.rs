//! The end of the demo: what GitHub shows now, and everything that was written there.

use super::console::Console;
use super::merge::Released;
use super::story::Told;
use crate::github::FakeGithub;
use crate::world::{HUB, MAINTAINER, STAGED};

/// Prints what the pull requests show, and the transcript.
pub(super) fn print(console: &Console, github: &FakeGithub, stories: &[Told], released: Option<&Released>) {
    for story in stories {
        let (pull, plot) = (&story.pull, story.plot);
        console.plain(&format!("\n{STAGED}#{}: {}", pull.number, plot.about));
        for check in pull.checks() {
            let conclusion = check.conclusion.as_deref().unwrap_or("–");
            let title = check.title.as_deref().unwrap_or_default();
            console.plain(&format!("  check run  {:<12} {conclusion:<8} {title}", check.name));
        }
        let reactions = pull.reactions(story.comment).join(", ");
        console.plain(&format!("  {MAINTAINER}: /run {}  ({reactions})", plot.recipe_id));
        for body in pull.app_comments() {
            console.plain("  comment of the App:");
            for line in folded(&body) {
                console.plain(&format!("    {line}"));
            }
        }
    }
    if let Some(released) = released {
        tell_release(console, github, released);
    }
    let writes = github.transcript();
    console.plain(&format!("\nEvery write that GitHub saw ({}):", writes.len()));
    for line in writes {
        console.plain(&format!("  {line}"));
    }
}

/// The feedstock, its deployments with every status, and what the App says there.
fn tell_release(console: &Console, github: &FakeGithub, released: &Released) {
    console.plain(&format!("\n{}: made by the App, deployed at its merge", released.feedstock));
    for deployment in &released.deployments {
        console.plain(&format!("  deployment {} of {}", deployment.environment, &deployment.sha[..7]));
        for status in &deployment.statuses {
            let words = status.description.as_deref().unwrap_or_default();
            console.plain(&format!("    {:<12} {words}", status.state));
        }
    }
    for body in released.comments(github) {
        console.plain(&format!("  comment of the App on #{}:", released.pull));
        for line in folded(&body) {
            console.plain(&format!("    {line}"));
        }
    }
}

/// The lines of a comment, with those that GitHub folds away left out.
fn folded(body: &str) -> Vec<String> {
    let (mut lines, mut hidden) = (Vec::new(), None);
    for line in body.lines() {
        hidden = match hidden {
            Some(count) if line.contains("</details>") => {
                lines.push(format!("  ({count} lines)"));
                None
            }
            Some(count) => Some(count + 1),
            None => {
                lines.push(line.to_owned());
                line.contains("<details>").then_some(0)
            }
        };
    }
    lines
}

/// Prints where to look while the play is still on.
pub(super) fn where_to_look(
    console: &Console,
    github: &FakeGithub,
    service: std::net::SocketAddr,
    story: &Told,
) {
    let number = story.pull.number;
    let url = github.url();
    console.plain("\nStill on, until Ctrl-C. For example:");
    console.plain(&format!("  curl {url}/repos/{STAGED}/issues/{number}/comments"));
    console.plain(&format!("  curl {url}/repos/{STAGED}/commits/{}/check-runs", story.pull.head));
    console.plain(&format!("  curl {url}/repos/{HUB}/actions/workflows/run-recipe.yaml/runs"));
    console.plain(&format!("  curl http://{service}/readyz"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_github_folds_away_is_counted_and_not_shown() {
        let body = "It failed.\n<details><summary>Traceback</summary>\na\nb\n</details>\nEnd";
        assert_eq!(
            folded(body),
            ["It failed.", "<details><summary>Traceback</summary>", "  (2 lines)", "End"]
        );
    }
}
