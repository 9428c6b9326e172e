//! The stand-in for GitHub is itself put to the test: what GitHub refuses it must refuse, and what it did it must not forget.
//!
//! The requests here are written by hand, since the service would never send most of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where it stopped")]

mod actions;
mod auth;
mod checks;
mod comments;
mod contract;
mod faults;
mod git;
mod hooks;
mod objects;
mod pulls;

use harness::github::{APP_ID, FakeGithub, NewPull, PRIVATE_KEY, Role};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const REPO: &str = "pangeo-forge/staged-recipes";
const WORKFLOW: &str = "\
name: run recipe
run-name: \"${{ inputs.command }} [${{ inputs.dispatch_id }}]\"
on:
  workflow_dispatch:
    inputs:
      dispatch_id: {required: true, type: string}
      command: {required: true, type: choice, options: [bake, expand-meta]}
      prune: {default: true, type: boolean}
";

/// A client with a token, and the world it talks to.
struct Caller {
    github: FakeGithub,
    http: reqwest::Client,
    token: String,
}

/// What came back.
struct Answer {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Caller {
    /// One repository with a workflow, one pull request, and a token for all of it.
    async fn new() -> Self {
        let github = FakeGithub::start().await.unwrap();
        github.add_repo(REPO);
        github.commit(REPO, "main", [(".github/workflows/run-recipe.yaml", WORKFLOW)], "Add the workflow");
        github.set_permission(REPO, "maria", Role::Write);
        github.open_pull_request(
            NewPull::new(REPO, "ada", "Add a recipe").files([("recipes/a/meta.yaml", "title: a\n")]),
        );
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mut caller = Self { github, http, token: String::new() };
        caller.use_token(json!({})).await;
        caller
    }

    /// Exchanges the App's token for one of the installation, narrowed as the body says.
    async fn use_token(&mut self, body: Value) {
        self.token = app_token(&self.github, 300);
        let answer = self.post("/app/installations/2001/access_tokens", body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["token"].as_str().unwrap().clone_into(&mut self.token);
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Result<Answer, reqwest::Error> {
        let mut request =
            self.http.request(method, format!("{}{path}", self.github.url())).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await?;
        Ok(Answer { status, headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await.unwrap()
    }

    async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await.unwrap()
    }

    /// The head of the pull request.
    fn head(&self) -> String {
        self.github.read(|world| world.repositories[REPO].pulls[&1].head_sha.clone())
    }
}

/// An App token that is issued now, by the world's clock, and good for so many seconds.
fn app_token(github: &FakeGithub, seconds: i64) -> String {
    let now = github.now().timestamp();
    let claims = json!({"iss": APP_ID.to_string(), "iat": now - 60, "exp": now + seconds});
    let key = EncodingKey::from_rsa_pem(PRIVATE_KEY.as_bytes()).unwrap();
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key).unwrap()
}

/// A path in the repository.
fn at(rest: &str) -> String {
    format!("/repos/{REPO}/{rest}")
}
