//! Jobs, and the messages about them as the subscription would push them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::{FakeGoogle, LOCATION, PROJECT, SUBSCRIPTION};

/// A job on Dataflow.
#[derive(Debug, Clone)]
pub struct Job {
    /// The project.
    pub project: String,
    /// The region.
    pub location: String,
    /// Dataflow's id.
    pub id: String,
    /// The name.
    pub name: String,
    /// How it stands.
    pub state: String,
    /// Since when.
    pub state_at: DateTime<Utc>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The job that it goes on as.
    pub replaced_by: Option<String>,
}

impl Job {
    /// Whether it stays as it is for ever.
    pub fn has_ended(&self) -> bool {
        let end = ["DONE", "FAILED", "CANCELLED", "UPDATED", "DRAINED"];
        end.iter().any(|word| self.state == format!("JOB_STATE_{word}"))
    }

    /// The job as the API writes it.
    pub fn json(&self) -> Value {
        let mut job = json!({
            "id": self.id, "projectId": self.project, "name": self.name, "location": self.location, "type": "JOB_TYPE_BATCH",
            "currentState": self.state, "currentStateTime": time(self.state_at), "createTime": time(self.created_at),
        });
        if let Some(next) = &self.replaced_by {
            job["replacedByJobId"] = json!(next);
        }
        job
    }
}

/// A message about a job, as our relay writes it.
#[derive(Debug, Clone)]
pub struct JobStatus {
    /// The event's own id.
    pub event_id: String,
    /// The project, by name or number.
    pub project: String,
    /// The region.
    pub location: String,
    /// Dataflow's id of the job.
    pub job_id: String,
    /// The job's name.
    pub job_name: String,
    /// The state, with its prefix.
    pub state: String,
    /// Since when.
    pub at: DateTime<Utc>,
    /// The job that it goes on as.
    pub replaced_by: Option<String>,
}

impl JobStatus {
    /// The data of the message.
    pub fn data(&self) -> Value {
        let mut data = json!({
            "schema": "dataflow-job-status/1", "event_id": self.event_id, "project_id": self.project, "location": self.location,
            "job_id": self.job_id, "job_name": self.job_name, "state": self.state, "state_time": time(self.at), "labels": {},
        });
        if let Some(next) = &self.replaced_by {
            data["replaced_by"] = json!(next);
        }
        data
    }

    /// The attributes of the message.
    pub fn attributes(&self) -> Value {
        json!({"job_id": self.job_id, "state": self.state, "location": self.location})
    }

    /// The body that is pushed.
    pub fn push(&self) -> Value {
        let data = STANDARD.encode(self.data().to_string());
        push(&format!("9{}", self.event_id), &data, &self.attributes(), self.at)
    }
}

/// The body of a push with any data.
fn push(message_id: &str, data: &str, attributes: &Value, at: DateTime<Utc>) -> Value {
    json!({
        "message": {
            "data": data, "attributes": attributes, "messageId": message_id, "message_id": message_id,
            "publishTime": time(at), "publish_time": time(at),
        },
        "subscription": SUBSCRIPTION,
    })
}

impl FakeGoogle {
    /// Puts a running job of that name and id into the far-away project.
    pub fn start_job(&self, name: &str, id: &str) {
        let now = self.now();
        self.lock().jobs.push(Job {
            project: PROJECT.into(),
            location: LOCATION.into(),
            id: id.into(),
            name: name.into(),
            state: "JOB_STATE_RUNNING".into(),
            state_at: now,
            created_at: now,
            replaced_by: None,
        });
    }

    /// Puts a job into a state (`DONE`), as of now. Nobody is told.
    pub fn set_state(&self, id: &str, state: &str) {
        let now = self.now();
        self.change_job(id, |job| (job.state, job.state_at) = (format!("JOB_STATE_{state}"), now));
    }

    /// Lets a job go on as another one, which has to be started too. Nobody is told.
    pub fn replace_job(&self, id: &str, next: &str) {
        self.set_state(id, "UPDATED");
        self.change_job(id, |job| job.replaced_by = Some(next.to_owned()));
    }

    /// Forgets a job.
    pub fn forget_job(&self, id: &str) {
        self.lock().jobs.retain(|job| job.id != id);
    }

    /// The job of that id.
    pub fn job(&self, id: &str) -> Job {
        self.lock().jobs.iter().find(|job| job.id == id).expect("the job exists").clone()
    }

    fn change_job(&self, id: &str, change: impl FnOnce(&mut Job)) {
        change(self.lock().jobs.iter_mut().find(|job| job.id == id).expect("the job exists"));
    }

    /// A message that a job of the far-away project is in a state (`DONE`) as of now, with an id that no other one has.
    pub fn status(&self, name: &str, id: &str, state: &str) -> JobStatus {
        let at = self.now();
        let mut world = self.lock();
        world.statuses += 1;
        JobStatus {
            event_id: format!("event-{}", world.statuses),
            project: PROJECT.into(),
            location: LOCATION.into(),
            job_id: id.into(),
            job_name: name.into(),
            state: format!("JOB_STATE_{state}"),
            at,
            replaced_by: None,
        }
    }

    /// The body of a push with this data, or none, and no attributes.
    pub fn push_of(&self, message_id: &str, data: Option<&str>) -> Value {
        let data = data.map(|data| STANDARD.encode(data)).unwrap_or_default();
        push(message_id, &data, &json!({}), self.now())
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}
