//! What owners do with their installation of the App, and what happens to webhooks on their way.
//!
//! As in [`super::verbs`], every verb changes the world, leaves its webhooks in the queue, and panics over what is not there.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::FakeGithub;
use super::world::World;

impl FakeGithub {
    /// Suspends the App on an account: it may do nothing there, and is told nothing of what happens.
    pub fn suspend(&self, account: &str) {
        self.change(|world| {
            let now = world.now();
            world.set_suspended(account, Some(now), "suspend");
        });
    }

    /// Takes that back.
    pub fn unsuspend(&self, account: &str) {
        self.change(|world| world.set_suspended(account, None, "unsuspend"));
    }

    /// Takes the App off an account.
    pub fn delete_installation(&self, account: &str) {
        self.change(|world| {
            let id = world.installation_on(account);
            world.emit_installation("installation", id, json!({"action": "deleted"}));
            world.installations.remove(&id);
        });
    }

    /// Takes a repository out of the App's installation.
    pub fn remove_from_installation(&self, full_name: &str) {
        self.change(|world| world.select(full_name, false));
    }

    /// Puts a repository into the installation on its owner's account.
    pub fn add_to_installation(&self, full_name: &str) {
        self.change(|world| world.select(full_name, true));
    }

    /// Anything that happens in a repository and changes nothing else here, told as a webhook.
    pub fn announce(&self, full_name: &str, event: &str, sender: &str, payload: Value) {
        self.change(|world| world.emit(event, full_name, sender, payload));
    }

    /// Lets the next webhook, and with it the next entry of the delivery log, have this number; the others follow.
    pub fn number_deliveries_from(&self, id: u64) {
        self.change(|world| world.ids.begin_at("delivery", id));
    }

    /// Notes in the delivery log that GitHub held a webhook back and did not send it.
    pub fn throttled(&self, delivery: &str) {
        self.change(|world| {
            let now = world.now();
            let mut attempts = world.deliveries.iter_mut().rev();
            match attempts.find(|attempt| attempt.hook.delivery == delivery) {
                Some(attempt) => attempt.throttled_at = Some(now),
                None => panic!("there is no delivery {delivery}"),
            }
        });
    }

    /// Lets the mark of a page of the delivery log be refused as too old, once, after so many were taken.
    pub fn expire_a_cursor_after(&self, uses: u32) {
        self.change(|world| world.cursor_uses = Some(uses));
    }
}

impl World {
    /// The id of the installation on an account.
    ///
    /// # Panics
    /// If there is none.
    fn installation_on(&self, account: &str) -> u64 {
        let found = self.installations.values().find(|installation| installation.account == account);
        match found {
            Some(installation) => installation.id,
            None => panic!("the App is not installed on {account}"),
        }
    }

    fn set_suspended(&mut self, account: &str, at: Option<DateTime<Utc>>, action: &str) {
        let id = self.installation_on(account);
        if let Some(installation) = self.installations.get_mut(&id) {
            installation.suspended_at = at;
        }
        self.emit_installation("installation", id, json!({ "action": action }));
    }

    fn select(&mut self, full_name: &str, covered: bool) {
        let repo = self.repo(full_name);
        let small = json!({
            "id": repo.id,
            "node_id": format!("R_{}", repo.id),
            "name": repo.name,
            "full_name": full_name,
            "private": repo.private,
        });
        let id = self.installation_on(&repo.owner.clone());
        if let Some(installation) = self.installations.get_mut(&id) {
            if covered {
                installation.repositories.insert(full_name.to_owned());
            } else {
                installation.repositories.remove(full_name);
            }
        }
        let (action, added, removed) =
            if covered { ("added", vec![small], vec![]) } else { ("removed", vec![], vec![small]) };
        let body = json!({
            "action": action,
            "repository_selection": "selected",
            "repositories_added": added,
            "repositories_removed": removed,
        });
        self.emit_installation("installation_repositories", id, body);
    }
}
