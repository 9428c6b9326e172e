//! `secrets/config.<deployment>.yaml`: the old service's file, with a few keys more. A local deployment needs none of it.
//!
//! ```yaml
//! fastapi:
//!   PANGEO_FORGE_API_KEY: …
//! api:
//!   origins: [https://admin.example.org]   # pages of other sites that may use the API with a key
//! github_app:
//!   id: 1234
//!   app_name: pangeo-forge
//!   webhook_secret: …            # or a list of two during a rotation
//!   private_key: |
//!     -----BEGIN RSA PRIVATE KEY-----
//!   run_only_on: [staging]       # where several Apps share an organisation: only on what carries one of these labels
//!   not_on: [review]             # never on what carries one of these
//!   repositories: [pangeo-forge/*]   # and only there; without it, wherever the App is installed
//! hub:                           # where recipes run
//!   repository: pangeo-forge/pangeo-forge-orchestrator
//!   workflow: run-recipe.yaml
//!   ref: main
//! commands:
//!   minimum_role: write
//! dashboard_url: https://pangeo-forge.org
//! public_url: https://api.pangeo-forge.org
//! dataflow:                      # only where a bakery uses Dataflow; without it Google is never asked
//!   # Whose status messages are believed at /dataflow/status: all three, or none and none are.
//!   audience: https://api.pangeo-forge.org/dataflow/status
//!   service_account: prod-df-push@my-project.iam.gserviceaccount.com
//!   subscription: projects/my-project/subscriptions/prod-dataflow-status-push
//!   # The service account whose key asks the Dataflow API, a file beside this one, as Google writes it or encrypted as YAML; without it
//!   # the machine's own.
//!   credentials_file: dataflow-key.yaml
//!   # The old monitoring function's messages at /github/hooks/, while it still runs.
//!   accept_form_events: false
//!   # Whose tokens and API they are; Google's when not told.
//!   issuer: https://accounts.google.com
//!   jwks_url: https://www.googleapis.com/oauth2/v3/certs
//!   api_url: https://dataflow.googleapis.com
//!   logging_url: https://logging.googleapis.com
//! operating:                     # nothing of it is needed
//!   metrics_token: …             # who has it may read /metrics; without it only --metrics-listen has that page
//!   trusted_proxies: [10.0.0.0/8]   # whose X-Forwarded-For and X-Request-Id are believed; nobody's without it
//!   rate_limit:                  # token buckets: requests that come back each second, and the most that may be left
//!     enabled: true
//!     per_second: 20             # an address, for public pages
//!     burst: 100
//!     per_key_per_second: 50     # a key, for pages that need one
//!     per_key_burst: 500
//! ```

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::dataflow::{self, DataflowConfig};
use super::deployment::Deployment;
use super::github_app::{self, GithubApp};
use super::operating::{self, OperatingConfig};
use super::secrets::KeyText;
use super::{Hub, Problem, Role};
use crate::domain::id::RepoName;
use crate::domain::links::Links;
use crate::domain::yaml::finding::Findings;
use crate::domain::yaml::form::{Form, Told};
use crate::domain::yaml::tree;

/// The API that the dashboard calls when a link names none.
pub(super) const DEFAULT_ENDPOINT: &str = "api.pangeo-forge.org";
const DEFAULT_DASHBOARD: &str = "https://pangeo-forge.org";
const DEFAULT_HUB: &str = "pangeo-forge/pangeo-forge-orchestrator";
const DEFAULT_WORKFLOW: &str = "run-recipe.yaml";
const DEFAULT_REF: &str = "main";

/// What the file says.
#[derive(Debug)]
pub(super) struct File {
    pub(super) api_key: Option<SecretString>,
    pub(super) origins: Vec<String>,
    pub(super) github_app: Option<GithubApp>,
    pub(super) hub: Hub,
    pub(super) minimum_role: Role,
    pub(super) links: Links,
    pub(super) dataflow: Option<DataflowConfig>,
    pub(super) operating: OperatingConfig,
}

/// The file beside this one that holds a key for Google, where a name is told.
pub(super) fn key_file(path: &Path, text: &str) -> Option<PathBuf> {
    // What is wrong is said by `read`.
    let mut unsaid = Findings::new(String::new());
    let root = tree::read_secret(text, &mut unsaid);
    let form = Form::of_file(root.as_ref(), &mut unsaid)?;
    let section = form.section("dataflow", &mut unsaid)?;
    Some(dataflow::beside(path, &section.text("credentials_file", &mut unsaid)?))
}

/// Reads the file of the deployment from `text`; an empty text says nothing. What is wrong goes to `problems`, and then there may be no
/// answer. `path` is where it was, for messages; `key` is what the file of [`key_file`] holds.
pub(super) fn read(
    path: &Path,
    text: &str,
    key: &KeyText,
    deployment: &Deployment,
    problems: &mut Vec<Problem>,
) -> Option<File> {
    let mut said = Findings::new(path.display().to_string());
    let root = tree::read_secret(text.trim_start_matches('\u{feff}'), &mut said);
    let is_read = !said.failed();
    let file = Form::of_file(root.as_ref(), &mut said).filter(|_| is_read).and_then(|form| {
        let file = whole(path, &form, key, deployment, &mut said);
        form.close(&mut said);
        file
    });
    problems.extend(said.into_list().into_iter().map(Problem::from));
    file
}

fn whole(
    path: &Path,
    form: &Form<'_>,
    key: &KeyText,
    deployment: &Deployment,
    said: &mut Findings,
) -> Option<File> {
    let api_key = form.section("fastapi", said).map(|section| {
        let key =
            section.required_text("PANGEO_FORGE_API_KEY", said).map(|told| SecretString::from(told.value));
        section.close(said);
        key
    });
    let origins = form.section("api", said).map(|section| origins(section, said)).unwrap_or_default();
    let github_app = if deployment.may_have_no_file() {
        form.section("github_app", said)
    } else {
        form.required_section("github_app", said)
    };
    let is_told = github_app.is_some();
    let github_app = github_app.and_then(|section| github_app::read(section, said));
    let hub = hub(form.section("hub", said), said);
    let minimum_role = form.section("commands", said).and_then(|section| commands(section, said));
    let links = links(form, deployment, said);
    let dataflow =
        form.section("dataflow", said).and_then(|section| dataflow::read(path, section, key, said));
    let operating = operating::read(form.section("operating", said), said);
    (github_app.is_some() || !is_told).then_some(File {
        api_key: api_key.flatten(),
        origins,
        github_app,
        hub: hub?,
        minimum_role: minimum_role.unwrap_or(Role::Write),
        links,
        dataflow,
        operating,
    })
}

fn origins(form: Form<'_>, said: &mut Findings) -> Vec<String> {
    let origins = form.texts("origins", said);
    form.close(said);
    let mut good = Vec::new();
    for origin in origins.map(|told| told.value).unwrap_or_default() {
        if is_origin(origin.value) {
            good.push(origin.value.to_owned());
        } else {
            origin.is_wrong(
                format!("is {:?}; it must be `https://host[:port]`, without a path", origin.value),
                said,
            );
        }
    }
    good
}

fn hub(form: Option<Form<'_>>, said: &mut Findings) -> Option<Hub> {
    let (repository, workflow, git_ref) = match &form {
        None => (None, None, None),
        Some(form) => (form.text("repository", said), form.text("workflow", said), form.text("ref", said)),
    };
    let name = repository.as_ref().map_or(DEFAULT_HUB, |told| told.value);
    let parsed = RepoName::parse(name);
    if let (None, Some(told)) = (&parsed, &repository) {
        told.is_wrong(format!("is {:?}; it must be `owner/name`", told.value), said);
    }
    let is_file = |name: &str| {
        Path::new(name).extension().is_some_and(|end| end == "yaml" || end == "yml") && !name.contains('/')
    };
    if let Some(told) = workflow.as_ref().filter(|told| !is_file(told.value)) {
        let problem =
            format!("is {:?}; it must be the name of a `.yaml` file in `.github/workflows`", told.value);
        told.is_wrong(problem, said);
    }
    if let Some(told) =
        git_ref.as_ref().filter(|told| told.value.is_empty() || told.value.contains(char::is_whitespace))
    {
        told.is_wrong(format!("is {:?}; it must be the name of a branch or tag", told.value), said);
    }
    if let Some(form) = form {
        form.close(said);
    }
    let told_or =
        |told: Option<Told<&str>>, default: &str| told.map_or(default, |told| told.value).to_owned();
    Some(Hub {
        repository: parsed?,
        workflow: told_or(workflow, DEFAULT_WORKFLOW),
        git_ref: told_or(git_ref, DEFAULT_REF),
    })
}

fn commands(form: Form<'_>, said: &mut Findings) -> Option<Role> {
    let told = form.text("minimum_role", said);
    form.close(said);
    let told = told?;
    let role = Role::ALL.into_iter().find(|role| role.as_str() == told.value);
    if role.is_none() {
        let words = Role::ALL.map(|role| format!("`{}`", role.as_str())).join(", ");
        told.is_wrong(format!("is {:?}; it must be one of {words}", told.value), said);
    }
    role
}

fn links(form: &Form<'_>, deployment: &Deployment, said: &mut Findings) -> Links {
    let mut address = |key| {
        let told = form.text(key, said)?;
        let host = told.value.strip_prefix("https://").or_else(|| told.value.strip_prefix("http://"));
        if host.is_none_or(|host| host.is_empty() || host.contains(char::is_whitespace)) {
            told.is_wrong(
                format!("is {:?}; it must be the address of a site: `https://host`", told.value),
                said,
            );
            return None;
        }
        if deployment.is_public() && told.value.starts_with("http://") {
            told.is_wrong(format!("is {:?}; only https:// is allowed for {deployment}", told.value), said);
        }
        Some(told.value.trim_end_matches('/').to_owned())
    };
    let (dashboard, public) = (address("dashboard_url"), address("public_url"));
    let endpoint = public.as_deref().and_then(|url| url.split("://").nth(1)).map(ToOwned::to_owned);
    Links {
        dashboard: dashboard.unwrap_or_else(|| DEFAULT_DASHBOARD.to_owned()),
        endpoint: endpoint.filter(|endpoint| endpoint != DEFAULT_ENDPOINT),
    }
}

/// Whether a browser would name a page's site so: <https://www.rfc-editor.org/rfc/rfc6454#section-6.2>
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
    })
}
