//! The `synchronize` check: what became of a pull request's newest commit.

use chrono::{DateTime, Utc};

use super::markdown::{MAX_TEXT, cut, line, span};
use super::{Annotation, AnnotationLevel, CheckRun, trouble};
use crate::domain::fault::Fault;
use crate::domain::id::Sha;
use crate::domain::meta::{Finding, Level};
use crate::domain::run::{Conclusion, Status};

/// The check's name on GitHub, the same as the old service's: branch protection rules name it.
pub const NAME: &str = "synchronize";

/// A recipe that can be run now.
#[derive(Debug, Clone)]
pub struct Ready {
    /// Its id.
    pub recipe_id: String,
    /// The page of its queued run.
    pub url: String,
}

/// The key of the check of one commit.
pub fn key(repository: &crate::domain::id::RepoName, sha: &Sha) -> String {
    format!("synchronize/{repository}/{sha}")
}

/// The commit was seen.
pub fn checking(sha: &Sha, now: DateTime<Utc>) -> CheckRun {
    CheckRun {
        name: NAME.into(),
        head_sha: sha.clone(),
        status: Status::InProgress,
        conclusion: None,
        started_at: now,
        completed_at: None,
        details_url: None,
        title: "Checking the recipe".into(),
        summary: format!("Reading `meta.yaml` at {}.", sha.short()),
        text: String::new(),
        annotations: Vec::new(),
    }
}

/// The recipes are made by `recipe.py`, and a workflow run lists them.
pub fn listing(check: CheckRun, warnings: &[Finding]) -> CheckRun {
    CheckRun {
        annotations: warnings.iter().map(annotation).collect(),
        title: "Listing the recipes that recipe.py makes".into(),
        summary: "`meta.yaml` is in order. Its recipes are the keys of a dictionary (`dict_object`), so `recipe.py` is run once, without any \
                  secret, to list them."
            .into(),
        ..check
    }
}

/// All is well.
pub fn ready(check: CheckRun, recipes: &[Ready], warnings: &[Finding], now: DateTime<Utc>) -> CheckRun {
    let count = recipes.len();
    let title = match count {
        1 => "1 recipe is ready: a maintainer can test it".to_owned(),
        _ => format!("{count} recipes are ready: a maintainer can test them"),
    };
    let mut summary = format!(
        "At {} the recipe files are in order. Somebody with write access starts a test by a comment on this pull request:\n\n\
         | recipe | run | comment |\n| --- | --- | --- |\n",
        check.head_sha.short()
    );
    summary.extend(recipes.iter().map(|recipe| {
        let id = span(&recipe.recipe_id);
        let command = span(&format!("/run {}", recipe.recipe_id));
        format!(
            "| {id} | [queued]({}) | {command} |
",
            recipe.url
        )
    }));
    if count > 1 {
        summary.push_str("\n`/run all` tests all of them, `/help` lists the commands.\n");
    } else {
        summary.push_str("\n`/help` lists the commands.\n");
    }
    summary.push_str(&remarks(warnings));
    end(CheckRun { title, summary, ..check }, Conclusion::Success, warnings, now)
}

/// The recipe files are wrong.
pub fn wrong(check: CheckRun, findings: &[Finding], now: DateTime<Utc>) -> CheckRun {
    let failures = findings.iter().filter(|finding| finding.level == Level::Failure).count();
    let title = match failures {
        1 => "1 problem to mend before the recipe can run".to_owned(),
        _ => format!("{failures} problems to mend before the recipe can run"),
    };
    let summary = format!(
        "Each of them is marked on its line in the *Files changed* tab. Push a commit that mends them, and this check runs again.\n{}",
        remarks(findings)
    );
    end(CheckRun { title, summary, ..check }, Conclusion::Failure, findings, now)
}

/// There is no recipe in this pull request.
pub fn nothing_to_check(check: CheckRun, now: DateTime<Utc>) -> CheckRun {
    let check = CheckRun {
        title: "No recipe in this pull request".into(),
        summary:
            "None of the changed files belongs to a recipe, so there is nothing to check and nothing to run."
                .into(),
        ..check
    };
    end(check, Conclusion::Success, &[], now)
}

/// We opened the pull request ourselves, to make a feedstock or to clean up after that.
pub fn our_own(check: CheckRun, title: &str, now: DateTime<Utc>) -> CheckRun {
    let (title, summary) = if title.to_lowercase().starts_with("create") {
        (
            "A new feedstock",
            "This pull request was opened by this App to bring a merged recipe into its feedstock.",
        )
    } else {
        (
            "An automated clean-up",
            "This pull request was opened by this App to remove files that have moved to their feedstock.",
        )
    };
    let check = CheckRun { title: title.into(), summary: summary.into(), ..check };
    end(check, Conclusion::Success, &[], now)
}

/// The recipes could not be listed.
pub fn not_listed(check: CheckRun, fault: &Fault, subdir: &str, now: DateTime<Utc>) -> CheckRun {
    let told = trouble::told(fault);
    let conclusion = trouble::conclusion(fault);
    let check = CheckRun {
        title: line(&format!("The recipes could not be listed: {}", told.headline)),
        summary: cut(&format!("{}\n\nThe comment `/sync` lists them again.", told.markdown()), MAX_TEXT),
        annotations: trouble::annotations(fault, subdir),
        ..check
    };
    end(check, conclusion, &[], now)
}

/// There is a newer commit.
pub fn replaced(check: CheckRun, fault: &Fault, now: DateTime<Utc>) -> CheckRun {
    let told = trouble::told(fault);
    let check = CheckRun { title: told.headline.clone(), summary: told.markdown(), ..check };
    end(check, trouble::conclusion(fault), &[], now)
}

/// We could not check it.
pub fn given_up(check: CheckRun, fault: &Fault, now: DateTime<Utc>) -> CheckRun {
    let told = trouble::told(fault);
    let title = "The service could not check the recipe".into();
    end(CheckRun { title, summary: cut(&told.markdown(), MAX_TEXT), ..check }, Conclusion::Failure, &[], now)
}

fn end(check: CheckRun, conclusion: Conclusion, findings: &[Finding], now: DateTime<Utc>) -> CheckRun {
    let mut annotations = check.annotations;
    annotations.extend(findings.iter().map(annotation));
    CheckRun {
        status: Status::Completed,
        conclusion: Some(conclusion),
        completed_at: Some(now),
        summary: cut(&check.summary, MAX_TEXT),
        annotations,
        ..check
    }
}

fn remarks(findings: &[Finding]) -> String {
    let remark = |finding: &Finding| {
        let level = match finding.level {
            Level::Failure => "❌ error",
            Level::Warning => "⚠️ warning",
        };
        let message = finding.message.replace('\n', "\n  ");
        format!("\n- {level}, {} line {}: {message}", span(&finding.path), finding.line)
    };
    findings.iter().map(remark).collect()
}

fn annotation(finding: &Finding) -> Annotation {
    Annotation {
        path: finding.path.clone(),
        start_line: finding.line,
        end_line: finding.end_line.max(finding.line),
        annotation_level: match finding.level {
            Level::Failure => AnnotationLevel::Failure,
            Level::Warning => AnnotationLevel::Warning,
        },
        title: line(&finding.title),
        message: cut(&finding.message, 8000),
    }
}
