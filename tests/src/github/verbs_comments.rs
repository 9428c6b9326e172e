//! What people say: they open issues, comment, edit and delete, and press the buttons beside checks.
//!
//! As in [`super::verbs`], every verb changes the world, leaves its webhooks in the queue, and panics over what is not there.

use serde_json::json;

use super::FakeGithub;
use super::records_talk::{Comment, Issue};
use super::world::World;

impl FakeGithub {
    /// Opens an issue that is no pull request, and returns its number.
    pub fn open_issue(&self, repo: &str, login: &str, title: &str) -> u64 {
        self.change(|world| {
            world.ensure_user(login, "User");
            let (id, created_at) = (world.ids.next("issue"), world.now());
            let number = world.repo(repo).next_number();
            let issue = Issue { id, number, author: login.to_owned(), title: title.to_owned(), created_at };
            let shown = world.issue_json(world.repo(repo), &issue);
            world.repo_mut(repo).issues.insert(number, issue);
            world.emit("issues", repo, login, json!({"action": "opened", "issue": shown}));
            number
        })
    }

    /// Comments on a pull request or an issue and returns the comment's id.
    pub fn comment(&self, repo: &str, number: u64, login: &str, body: &str) -> u64 {
        self.change(|world| {
            world.ensure_user(login, "User");
            world.add_comment(repo, number, login, body, false)
        })
    }

    /// Edits a comment.
    pub fn edit_comment(&self, repo: &str, id: u64, login: &str, body: &str) {
        self.change(|world| world.edit_comment(repo, id, body, login));
    }

    /// Deletes a comment.
    pub fn delete_comment(&self, repo: &str, id: u64, login: &str) {
        self.change(|world| world.delete_comment(repo, id, login));
    }

    /// Asks for a check run once more, as the button beside it does.
    pub fn rerequest_check_run(&self, repo: &str, id: u64, login: &str) {
        self.change(|world| {
            world.ensure_user(login, "User");
            world.emit_check_run(repo, id, "rerequested", login);
        });
    }

    /// Asks for all check runs of a commit once more, as the button above them does.
    pub fn rerequest_check_suite(&self, repo: &str, sha: &str, login: &str) {
        self.change(|world| {
            world.ensure_user(login, "User");
            world.emit_check_suite(repo, sha, "rerequested", login);
        });
    }
}

impl World {
    pub(super) fn add_comment(
        &mut self,
        repo: &str,
        number: u64,
        login: &str,
        body: &str,
        by_app: bool,
    ) -> u64 {
        assert!(self.repo(repo).has_conversation(number), "{repo} has no pull request or issue {number}");
        let now = self.now();
        let id = self.ids.next("comment");
        let comment = Comment {
            id,
            number,
            author: login.to_owned(),
            body: body.to_owned(),
            by_app,
            created_at: now,
            updated_at: now,
            reactions: Vec::new(),
        };
        self.repo_mut(repo).comments.insert(id, comment);
        self.emit_comment(repo, id, "created", login, json!({}));
        id
    }

    pub(super) fn edit_comment(&mut self, repo: &str, id: u64, body: &str, login: &str) {
        let now = self.now();
        let Some(comment) = self.repo_mut(repo).comments.get_mut(&id) else {
            panic!("{repo} has no comment {id}");
        };
        let before = std::mem::replace(&mut comment.body, body.to_owned());
        comment.updated_at = now;
        self.emit_comment(repo, id, "edited", login, json!({"changes": {"body": {"from": before}}}));
    }

    pub(super) fn delete_comment(&mut self, repo: &str, id: u64, login: &str) {
        // The webhook shows the comment that is going.
        self.emit_comment(repo, id, "deleted", login, json!({}));
        assert!(self.repo_mut(repo).comments.remove(&id).is_some(), "{repo} has no comment {id}");
    }
}
