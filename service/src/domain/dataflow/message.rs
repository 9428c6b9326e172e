//! What a status message says: the JSON of our relay, a job as Eventarc writes it, or nothing but attributes. And the form of the old
//! monitoring function.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::names::is_job_id;
use super::{JobRecord, JobState, News};
use crate::domain::id::RecipeRunId;

/// The words for what our relay sends.
const SCHEMA: &str = "dataflow-job-status/1";
const MAX_NAME: usize = 200;
/// Databases keep no less, and a time that changed on its way through one would not be equal to itself.
const SUBSECOND_DIGITS: u16 = 6;

/// A message that can be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The event's own id, by which a second copy is known; none where it has none.
    pub event_id: Option<String>,
    /// The project, by name or number.
    pub project: String,
    /// The region.
    pub location: String,
    /// Dataflow's id of the job.
    pub job_id: String,
    /// The job's name; may be empty.
    pub job_name: String,
    /// What it tells.
    pub news: News,
}

/// Why a message says nothing that we could use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Not JSON, or not an object.
    #[error("its data is no JSON object")]
    NoObject,
    /// An object of another kind.
    #[error("its data is neither a job nor of the schema {SCHEMA}")]
    OtherKind,
    /// Neither data nor attributes.
    #[error("it has neither data nor the attributes job_id, state and location")]
    Empty,
    /// A word for a state that Dataflow does not have.
    #[error("its state is not one of Dataflow's")]
    State,
    /// Something that no id, name or region looks like.
    #[error("its id, name, project or region is not of the form that they have")]
    Form,
}

#[derive(Deserialize)]
struct Relayed {
    event_id: Option<String>,
    #[serde(default)]
    project_id: String,
    location: String,
    job_id: String,
    #[serde(default)]
    job_name: String,
    state: String,
    state_time: Option<DateTime<Utc>>,
    replaced_by: Option<String>,
}

impl From<Relayed> for JobRecord {
    fn from(relayed: Relayed) -> Self {
        Self {
            id: relayed.job_id,
            project_id: relayed.project_id,
            name: relayed.job_name,
            location: relayed.location,
            current_state: relayed.state,
            current_state_time: relayed.state_time,
            create_time: None,
            replaced_by_job_id: relayed.replaced_by,
        }
    }
}

/// Reads the data and the attributes of a message. `sent_at` counts where the message names no time, and `project` where it names none.
pub fn read_message(
    data: &[u8],
    attributes: &BTreeMap<String, String>,
    sent_at: DateTime<Utc>,
    project: &str,
) -> Result<Message, Unusable> {
    let (event_id, mut record) =
        if data.is_empty() { (None, from_attributes(attributes)?) } else { from_data(data)? };
    if record.project_id.is_empty() {
        project.clone_into(&mut record.project_id);
    }
    let mut news = record.news(sent_at).ok_or(Unusable::State)?;
    news.at = news.at.trunc_subsecs(SUBSECOND_DIGITS);
    let is_word = |text: &str| text.len() <= MAX_NAME && text.bytes().all(|b| b.is_ascii_graphic());
    let texts = [&record.project_id, &record.location, &record.name];
    let event_id = event_id.filter(|id| !id.is_empty());
    if !is_job_id(&record.id)
        || record.location.is_empty()
        || !texts.into_iter().chain(&event_id).all(|text| is_word(text))
    {
        return Err(Unusable::Form);
    }
    Ok(Message {
        event_id,
        project: record.project_id,
        location: record.location,
        job_id: record.id,
        job_name: record.name,
        news,
    })
}

fn from_data(data: &[u8]) -> Result<(Option<String>, JobRecord), Unusable> {
    let value: Value = serde_json::from_slice(data).map_err(|_| Unusable::NoObject)?;
    let object = value.as_object().ok_or(Unusable::NoObject)?;
    match object.get("schema") {
        Some(schema) if schema == SCHEMA => {
            let mut relayed = Relayed::deserialize(&value).map_err(|_| Unusable::Form)?;
            Ok((relayed.event_id.take(), relayed.into()))
        }
        None if object.contains_key("currentState") => {
            JobRecord::deserialize(&value).map(|record| (None, record)).map_err(|_| Unusable::Form)
        }
        _ => Err(Unusable::OtherKind),
    }
}

fn from_attributes(attributes: &BTreeMap<String, String>) -> Result<JobRecord, Unusable> {
    let get = |name: &str| attributes.get(name).cloned().ok_or(Unusable::Empty);
    Ok(JobRecord {
        id: get("job_id")?,
        project_id: String::new(),
        name: String::new(),
        location: get("location")?,
        current_state: get("state")?,
        current_state_time: None,
        create_time: None,
        replaced_by_job_id: None,
    })
}

/// Reads the old monitoring function's form: `action=completed&recipe_run_id=7&conclusion=success`. Nothing in it is ever encoded, since
/// it is made of words and digits; whatever else comes is not from there.
pub fn read_form(body: &[u8]) -> Option<(RecipeRunId, JobState)> {
    let body = std::str::from_utf8(body).ok()?;
    let mut fields = BTreeMap::new();
    for pair in body.trim_end().split('&') {
        let (name, value) = pair.split_once('=')?;
        if fields.insert(name, value).is_some() {
            return None;
        }
    }
    let is_whole = fields.len() == 3 && fields.get("action") == Some(&"completed");
    let id = fields.get("recipe_run_id").filter(|id| is_whole && id.bytes().all(|b| b.is_ascii_digit()))?;
    let state = match *fields.get("conclusion")? {
        "success" => JobState::Done,
        "failure" => JobState::Failed,
        _ => return None,
    };
    Some((RecipeRunId(id.parse().ok()?), state))
}
