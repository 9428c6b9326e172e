//! What becomes of the rows of the old service's database: each old row in, the row that we keep and what is to be said about it out.
//!
//! The old tables had no unique columns, no checks and no follow-up of lost jobs. What our tables cannot hold is changed by the few rules
//! of [`Rule`]; everything else is kept as it is, and what is odd about it is listed.

mod report;
mod row;
mod rule;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use report::{Compared, Outcome, Report, Source, Table, Tables};
pub use row::{Bakery, Feedstock, OldRun, Repeated, Run};
pub use rule::{Effect, Finding, Rule};

use super::id::{BakeryId, FeedstockId, RepoName};
use super::meta::RecipeId;
use super::run::{Conclusion, Status};

/// Longer names than this, in characters, are worth a look.
const LONG_NAME: usize = 255;
/// Longer messages than this, in characters, are worth a look.
const LONG_MESSAGE: usize = 65_536;
/// Columns by which rows are found are kept in an index, which on Postgres takes no more than 2,704 bytes an entry.
const INDEXED_AT_MOST: usize = 2_000;

/// The rows that stay of the two small tables, and which row stands for each of the others.
#[derive(Debug)]
pub struct Takeover {
    bakeries: Vec<Bakery>,
    feedstocks: Vec<Feedstock>,
    bakery_of: BTreeMap<BakeryId, BakeryId>,
    feedstock_of: BTreeMap<FeedstockId, FeedstockId>,
}

impl Takeover {
    /// Decides about the bakeries and feedstocks, each list in the order of its ids: of several of one name the first stays.
    pub fn begin(bakeries: Vec<Bakery>, feedstocks: Vec<Feedstock>) -> (Self, Vec<Finding>) {
        let mut findings = Vec::new();
        let (mut kept_bakeries, mut bakery_of): (Vec<Bakery>, _) = (Vec::new(), BTreeMap::new());
        let mut names = BTreeMap::new();
        for bakery in bakeries {
            let id = bakery.id;
            let stays = *names.entry(bakery.name.clone()).or_insert(id);
            bakery_of.insert(id, stays);
            if stays == id {
                odd_bakery(&bakery, &mut findings);
                kept_bakeries.push(bakery);
            } else {
                let said = format!(
                    "`{}` is bakery {stays}; region `{}` and description `{}` are dropped",
                    shown(&bakery.name),
                    shown(&bakery.region),
                    shown(&bakery.description)
                );
                findings.push(Finding::of(Rule::DuplicateBakery, Table::Bakery, id.0, said));
            }
        }
        let (mut kept_feedstocks, mut feedstock_of): (Vec<Feedstock>, _) = (Vec::new(), BTreeMap::new());
        let (mut specs, mut whatever_case) = (BTreeMap::new(), BTreeMap::new());
        for feedstock in feedstocks {
            let id = feedstock.id;
            let stays = *specs.entry(feedstock.spec.clone()).or_insert(id);
            feedstock_of.insert(id, stays);
            if stays == id {
                let alike = *whatever_case.entry(feedstock.spec.to_lowercase()).or_insert(id);
                odd_feedstock(&feedstock, alike, &mut findings);
                kept_feedstocks.push(feedstock);
            } else {
                let said = format!("`{}` is feedstock {stays}", shown(&feedstock.spec));
                findings.push(Finding::of(Rule::DuplicateFeedstock, Table::Feedstock, id.0, said));
            }
        }
        (Self { bakeries: kept_bakeries, feedstocks: kept_feedstocks, bakery_of, feedstock_of }, findings)
    }

    /// The bakeries that stay.
    pub fn bakeries(&self) -> &[Bakery] {
        &self.bakeries
    }

    /// The feedstocks that stay.
    pub fn feedstocks(&self) -> &[Feedstock] {
        &self.feedstocks
    }

    /// What a run becomes; nothing when a finding of it needs a decision first.
    pub fn run(&self, old: OldRun) -> (Option<Run>, Vec<Finding>) {
        let mut findings = Vec::new();
        let mut say = |rule, said: String| findings.push(Finding::of(rule, Table::Reciperun, old.id.0, said));
        odd_run(&old, &mut say);
        let status = known_word("status", &old.status, Status::parse, &mut say);
        let conclusion = match &old.conclusion {
            None => Some(None),
            Some(word) => known_word("conclusion", word, Conclusion::parse, &mut say).map(Some),
        };
        if let Some(word) = &old.dataset_type {
            let known = |word: &str| matches!(word, "zarr" | "kerchunk" | "parquet").then_some(());
            known_word("dataset_type", word, known, &mut say);
        }
        let bakery_id = self.bakery_of.get(&old.bakery_id).copied();
        let feedstock_id = self.feedstock_of.get(&old.feedstock_id).copied();
        for (rule, what, was, is) in [
            (Rule::NoSuchBakery, "bakery", old.bakery_id.0, bakery_id.map(|id| id.0)),
            (Rule::NoSuchFeedstock, "feedstock", old.feedstock_id.0, feedstock_id.map(|id| id.0)),
        ] {
            match is {
                None => say(rule, format!("there is no {what} {was}")),
                Some(is) if is != was => say(Rule::RepointedRun, format!("{what} {was} becomes {is}")),
                Some(_) => {}
            }
        }
        if let Some(said) = &old.unusable_time {
            say(Rule::UnusableTime, said.clone());
        }
        let state = status.zip(conclusion).map(|read| state(read, &mut say));
        if findings.iter().any(|finding| finding.rule.effect() == Effect::Refused) {
            return (None, findings);
        }
        let (Some((status, conclusion)), Some(bakery_id), Some(feedstock_id), Some(started_at)) =
            (state, bakery_id, feedstock_id, old.started_at)
        else {
            return (None, findings);
        };
        let run = Run {
            id: old.id,
            recipe_id: old.recipe_id,
            bakery_id,
            feedstock_id,
            head_sha: old.head_sha,
            version: old.version,
            started_at: started_at.and_utc(),
            completed_at: old.completed_at.map(|at| at.and_utc()),
            conclusion: conclusion.map(|conclusion| conclusion.as_str().to_owned()),
            status: status.as_str().to_owned(),
            is_test: old.is_test,
            dataset_type: old.dataset_type,
            dataset_public_url: old.dataset_public_url,
            message: old.message,
        };
        (Some(run), findings)
    }
}

/// Where a run stands with us. Here, and nowhere else, a run's state is changed: with us a run is completed exactly when it has a
/// conclusion, and nobody follows what the old service began.
fn state(
    (status, conclusion): (Status, Option<Conclusion>),
    say: &mut impl FnMut(Rule, String),
) -> (Status, Option<Conclusion>) {
    match (status, conclusion) {
        (Status::Completed, Some(_)) | (Status::Queued, None) => (status, conclusion),
        (Status::InProgress, None) => {
            say(Rule::StuckRun, "in_progress becomes completed, stale".into());
            (Status::Completed, Some(Conclusion::Stale))
        }
        (Status::Completed, None) => {
            say(Rule::UnconcludedRun, "completed becomes completed, stale".into());
            (Status::Completed, Some(Conclusion::Stale))
        }
        (Status::Queued | Status::InProgress, Some(known)) => {
            let (was, known) = (status.as_str(), known.as_str());
            say(Rule::UnclosedRun, format!("{was} with conclusion {known} becomes completed, {known}"));
            (Status::Completed, conclusion)
        }
    }
}

/// Reads one of a few words, or says that it is none of them.
fn known_word<T>(
    column: &str,
    word: &str,
    parse: impl Fn(&str) -> Option<T>,
    say: &mut impl FnMut(Rule, String),
) -> Option<T> {
    let known = parse(word);
    if known.is_none() {
        say(Rule::UnknownWord, format!("{column} `{}`", shown(word)));
    }
    known
}

fn odd_bakery(bakery: &Bakery, findings: &mut Vec<Finding>) {
    let mut say = |rule, said| findings.push(Finding::of(rule, Table::Bakery, bakery.id.0, said));
    name_length("name", &bakery.name, &mut say);
    for (column, text) in [("region", &bakery.region), ("description", &bakery.description)] {
        message_length(column, text, &mut say);
    }
}

/// `alike` is the first feedstock whose spec differs from this one's by capitals at most.
fn odd_feedstock(feedstock: &Feedstock, alike: FeedstockId, findings: &mut Vec<Finding>) {
    let mut say = |rule, said| findings.push(Finding::of(rule, Table::Feedstock, feedstock.id.0, said));
    name_length("spec", &feedstock.spec, &mut say);
    if RepoName::parse(&feedstock.spec).is_none() {
        say(Rule::SpecIsNoRepository, format!("`{}`", shown(&feedstock.spec)));
    }
    if alike != feedstock.id {
        say(
            Rule::SpecsDifferByCase,
            format!("`{}` is feedstock {alike} but for capitals", shown(&feedstock.spec)),
        );
    }
    if feedstock.provider != "github" {
        say(Rule::UnknownWord, format!("provider `{}`", shown(&feedstock.provider)));
    }
}

fn odd_run(old: &OldRun, say: &mut impl FnMut(Rule, String)) {
    name_length("recipe_id", &old.recipe_id, say);
    name_length("head_sha", &old.head_sha, say);
    name_length("version", &old.version, say);
    if let Some(url) = &old.dataset_public_url {
        name_length("dataset_public_url", url, say);
    }
    if let Err(why) = RecipeId::parse(&old.recipe_id) {
        say(Rule::RecipeIdNotAllowed, format!("`{}` {why}", shown(&old.recipe_id)));
    }
    let is_commit =
        old.head_sha.len() == 40 && old.head_sha.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if !is_commit {
        say(Rule::HeadIsNoCommit, format!("head_sha `{}`", shown(&old.head_sha)));
    }
    let completed = old.status == Status::Completed.as_str();
    match (old.started_at, old.completed_at) {
        (Some(start), Some(end)) if end < start => {
            say(Rule::EndsBeforeItBegins, format!("begins {start}, ends {end}"));
        }
        (_, None) if completed && old.unusable_time.is_none() => {
            say(Rule::NoEndTime, "completed_at is null".into());
        }
        (_, Some(end)) if !completed && old.conclusion.is_none() => {
            say(Rule::EndTimeWithoutEnd, format!("{} with completed_at {end}", shown(&old.status)));
        }
        _ => {}
    }
    if let Some(message) = &old.message {
        message_length("message", message, say);
        if serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(message).is_err() {
            say(Rule::MessageIsNoObject, format!("`{}`", shown(message)));
        }
    }
}

fn name_length(column: &str, text: &str, say: &mut impl FnMut(Rule, String)) {
    if text.len() > INDEXED_AT_MOST {
        say(Rule::TooLong, format!("{column} has {} bytes; {INDEXED_AT_MOST} can be kept", text.len()));
    } else if text.chars().count() > LONG_NAME {
        say(Rule::LongText, format!("{column} has {} characters", text.chars().count()));
    }
}

fn message_length(column: &str, text: &str, say: &mut impl FnMut(Rule, String)) {
    let characters = text.chars().count();
    if characters > LONG_MESSAGE {
        say(Rule::LongText, format!("{column} has {characters} characters"));
    }
}

/// A text of the old database as it can be put on a line: without control characters, and not all of a long one.
fn shown(text: &str) -> String {
    const AT_MOST: usize = 80;
    let mut line = String::new();
    for c in text.chars().take(AT_MOST) {
        match c {
            '"' | '\'' => line.push(c),
            _ => line.extend(c.escape_debug()),
        }
    }
    if text.chars().nth(AT_MOST).is_some() {
        line.push('…');
    }
    line
}

/// What is to be said of runs of one recipe at one commit.
pub fn repeated(runs: &Repeated) -> Option<Finding> {
    let (first, others) = runs.ids.split_first()?;
    let others: Vec<String> = others.iter().map(i64::to_string).collect();
    let said =
        format!("`{}` at {} again as {}", shown(&runs.recipe_id), shown(&runs.head_sha), others.join(", "));
    Some(Finding::of(Rule::RepeatedRun, Table::Reciperun, *first, said))
}
