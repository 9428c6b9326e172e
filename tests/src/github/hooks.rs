//! The webhooks that GitHub would send for what happens in the world.
//!
//! A change appends its webhook to the outgoing queue and nothing more: whether, when, how often and in which order one is
//! delivered is the test's decision. Every one stays in the log that `GET /app/hook/deliveries` shows.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::render::time;
use super::world::World;

/// How long GitHub remembers a delivery.
const KEPT: TimeDelta = TimeDelta::days(3);

/// One webhook, ready to be delivered.
#[derive(Debug, Clone)]
pub struct Hook {
    /// The value of `X-GitHub-Delivery`; the same again when a delivery is repeated.
    pub delivery: String,
    /// The value of `X-GitHub-Event`.
    pub event: String,
    /// The field `action` of the body, empty where the event has none.
    pub action: String,
    /// The exact bytes, which the signature is over.
    pub body: Vec<u8>,
    /// All headers but the signature.
    pub headers: Vec<(String, String)>,
}

impl Hook {
    /// All headers, with the signature made by `secret`.
    pub fn signed_headers(&self, secret: &str) -> Vec<(String, String)> {
        let mut headers = self.headers.clone();
        headers.push(("x-hub-signature-256".to_owned(), sign(secret, &self.body)));
        headers
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// The value of `X-Hub-Signature-256` for a body: `sha256=` and the HMAC-SHA256 in hexadecimal.
pub fn sign(secret: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        unreachable!("HMAC takes a key of any length");
    };
    mac.update(body);
    mac.finalize().into_bytes().iter().fold("sha256=".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// What the delivery log remembers of one attempt.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The id of the attempt.
    pub id: u64,
    /// The webhook.
    pub hook: Hook,
    /// When it was sent.
    pub at: DateTime<Utc>,
    /// A repetition that was asked for.
    pub redelivery: bool,
    /// The answer of the receiver; none as long as the test has not told.
    pub status: Option<u16>,
    /// When GitHub held it back, because there was too much at once.
    pub throttled_at: Option<DateTime<Utc>>,
    /// The installation and, unless it is about that alone, the repository it is about.
    pub about: (u64, Option<u64>),
}

impl World {
    /// Queues the webhook `event` about a repository, if the App is installed there and wants such events.
    pub(super) fn emit(&mut self, event: &str, full_name: &str, sender: &str, payload: Value) {
        let (Some(installation), Some(repo)) =
            (self.installation_of(full_name), self.repositories.get(full_name))
        else {
            return;
        };
        if !self.app.events.contains(event) || installation.suspended_at.is_some() {
            return;
        }
        let about = (installation.id, Some(repo.id));
        let mut body = match payload {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let mut shown = self.repository_json(repo);
        if event == "push" {
            // Of all events, this one counts seconds.
            for field in ["created_at", "pushed_at"] {
                shown[field] = json!(repo.created_at.timestamp());
            }
        }
        body.insert("repository".to_owned(), shown);
        body.insert("installation".to_owned(), json!({"id": installation.id, "node_id": "I_1"}));
        body.insert("sender".to_owned(), self.user_json(sender));
        self.send(event, about, &Value::Object(body));
    }

    /// Queues a webhook about an installation. Every App gets these, subscribed or not, and a suspended one too.
    pub(super) fn emit_installation(&mut self, event: &str, id: u64, mut body: Value) {
        let Some(installation) = self.installations.get(&id) else { return };
        body["installation"] = self.installation_json(installation);
        body["sender"] = self.user_json(&installation.account);
        self.send(event, (id, None), &body);
    }

    fn send(&mut self, event: &str, about: (u64, Option<u64>), body: &Value) {
        let action = body.get("action").and_then(Value::as_str).unwrap_or_default().to_owned();
        let body = body.to_string().into_bytes();
        let serial = self.ids.next("delivery");
        let delivery = format!("00000000-0000-4000-8000-{serial:012x}");
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("user-agent", "GitHub-Hookshot/0000000".to_owned()),
            ("x-github-delivery", delivery.clone()),
            ("x-github-event", event.to_owned()),
            ("x-github-hook-id", "1".to_owned()),
            ("x-github-hook-installation-target-id", self.app.id.to_string()),
            ("x-github-hook-installation-target-type", "integration".to_owned()),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).into();
        let hook = Hook { delivery, event: event.to_owned(), action, body, headers };
        let at = self.now();
        let entry = Delivery {
            id: serial,
            hook: hook.clone(),
            at,
            redelivery: false,
            status: None,
            throttled_at: None,
            about,
        };
        self.deliveries.push(entry);
        self.outgoing.push_back(hook);
    }

    /// Queues a webhook of the log once more. Returns whether the log has the id, which it forgets after three days.
    pub(super) fn redeliver(&mut self, id: u64) -> bool {
        let Some(delivery) = self.log().find(|delivery| delivery.id == id).cloned() else {
            return false;
        };
        let id = self.ids.next("delivery");
        self.outgoing.push_back(delivery.hook.clone());
        let at = self.now();
        let again = Delivery { id, at, redelivery: true, status: None, throttled_at: None, ..delivery };
        self.deliveries.push(again);
        true
    }

    /// The log as GitHub shows it, newest first: the last three days, and nothing that still waits to be sent.
    pub(super) fn log(&self) -> impl Iterator<Item = &Delivery> {
        let oldest = self.now() - KEPT;
        let waiting: std::collections::BTreeSet<&str> =
            self.outgoing.iter().map(|hook| hook.delivery.as_str()).collect();
        self.deliveries.iter().rev().filter(move |entry| {
            let waits = entry.status.is_none() && waiting.contains(entry.hook.delivery.as_str());
            entry.at >= oldest && !waits
        })
    }

    /// Queues a `pull_request` webhook; `extra` joins the body.
    pub(super) fn emit_pull(
        &mut self,
        full_name: &str,
        number: u64,
        action: &str,
        sender: &str,
        extra: Value,
    ) {
        let Some(repo) = self.repositories.get(full_name) else { return };
        let Some(pull) = repo.pulls.get(&number) else { return };
        let mut payload =
            json!({"action": action, "number": number, "pull_request": self.pull_json(repo, pull)});
        if let (Value::Object(fields), Value::Object(extra)) = (&mut payload, extra) {
            fields.extend(extra);
        }
        self.emit("pull_request", full_name, sender, payload);
    }

    /// Queues an `issue_comment` webhook; `extra` joins the body.
    pub(super) fn emit_comment(
        &mut self,
        full_name: &str,
        id: u64,
        action: &str,
        sender: &str,
        extra: Value,
    ) {
        let Some(repo) = self.repositories.get(full_name) else { return };
        let Some(comment) = repo.comments.get(&id) else { return };
        let issue = match (repo.pulls.get(&comment.number), repo.issues.get(&comment.number)) {
            (Some(pull), _) => self.pull_as_issue_json(repo, pull),
            (None, Some(issue)) => self.issue_json(repo, issue),
            (None, None) => return,
        };
        let mut payload = json!({
            "action": action,
            "issue": issue,
            "comment": self.comment_json(repo, comment),
        });
        if let (Value::Object(fields), Value::Object(extra)) = (&mut payload, extra) {
            fields.extend(extra);
        }
        self.emit("issue_comment", full_name, sender, payload);
    }

    /// Queues a `check_run` webhook.
    pub(super) fn emit_check_run(&mut self, full_name: &str, id: u64, action: &str, sender: &str) {
        let Some(repo) = self.repositories.get(full_name) else { return };
        let Some(run) = repo.check_runs.get(&id) else { return };
        let payload = json!({"action": action, "check_run": self.check_run_json(repo, run)});
        self.emit("check_run", full_name, sender, payload);
    }

    /// Queues a `check_suite` webhook about all checks of a commit.
    pub(super) fn emit_check_suite(&mut self, full_name: &str, sha: &str, action: &str, sender: &str) {
        let Some(repo) = self.repositories.get(full_name) else { return };
        let headed = repo.pulls.values().find(|pull| pull.head_sha == sha);
        let branch = headed.map_or(&repo.default_branch, |pull| &pull.head_branch);
        let suite = self.check_suite_json(repo, branch, sha, sha);
        self.emit("check_suite", full_name, sender, json!({"action": action, "check_suite": suite}));
    }

    /// Queues a `workflow_run` webhook.
    pub(super) fn emit_workflow_run(&mut self, full_name: &str, id: u64, action: &str) {
        let Some(repo) = self.repositories.get(full_name) else { return };
        let Some(run) = repo.workflow_runs.get(&id) else { return };
        let sender = run.actor.clone();
        let payload = json!({
            "action": action,
            "workflow_run": self.workflow_run_json(repo, run),
            "workflow": {"id": run.workflow_id(), "name": run.workflow_name, "path": run.path, "state": "active"},
        });
        self.emit("workflow_run", full_name, &sender, payload);
    }

    /// Queues what GitHub sends when a branch moves: `push`, and `check_suite` for every App that may write checks.
    pub(super) fn emit_push(
        &mut self,
        full_name: &str,
        branch: &str,
        before: &str,
        after: &str,
        sender: &str,
    ) {
        let Some(repo) = self.repositories.get(full_name) else { return };
        let suite = self.check_suite_json(repo, branch, before, after);
        let commit = self.commits.get(after).map(|commit| {
            let person = json!({
                "name": commit.author,
                "email": format!("{}@users.noreply.github.com", commit.author),
                "username": commit.author,
            });
            json!({
                "id": commit.sha,
                "tree_id": commit.tree_sha,
                "message": commit.message,
                "timestamp": time(commit.at),
                "url": format!("https://github.com/{full_name}/commit/{}", commit.sha),
                "author": person,
                "committer": person,
                "distinct": true,
            })
        });
        let push = json!({"ref": format!("refs/heads/{branch}"), "before": before, "after": after, "head_commit": commit});
        self.emit("push", full_name, sender, push);
        self.emit("check_suite", full_name, sender, json!({"action": "requested", "check_suite": suite}));
    }
}
