//! `…/logs`: what a run wrote, for whoever has a key; `…/logs/trace`: why it failed, for everybody. Runs are addressed by their id, or by
//! repository, commit and recipe, whose id may hold slashes.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::log_query::{LogParameters, answer, path_integer, text};
use super::resource::IdText;
use crate::domain::id::{RecipeRunId, RepoName, Sha};
use crate::http::Shared;
use crate::http::access::Caller;
use crate::http::problem::{Issue, Problem};
use crate::lookup;
use crate::lookup::logs::{Subject, Wanted};
use crate::store::log_access::LogAccess;
use crate::store::recipe_run::RecipeRun;
use crate::store::{self, Tx};

/// The query as it came, or why it could not be read.
type Asked = Result<Query<Vec<(String, String)>>, QueryRejection>;
/// Owner, repository, commit, and the recipe's id with what stands behind it.
type RecipePath = Path<(String, String, String, String)>;

/// A run by its id.
struct ById(String);

/// A run by what it is a run of.
struct ByRecipe {
    owner: String,
    repository: String,
    commit: String,
    recipe_id: String,
}

impl ByRecipe {
    fn new(Path((owner, repository, commit, rest)): RecipePath, ending: &str) -> Self {
        let recipe_id = rest.strip_suffix(ending).unwrap_or(&rest).to_owned();
        Self { owner, repository, commit, recipe_id }
    }
}

trait Address {
    /// The run, if there is one.
    async fn find(&self, tx: &mut Tx) -> Result<Option<RecipeRun>, Problem>;
    /// What to say when there is none.
    fn missing(&self) -> Problem;
}

impl Address for ById {
    async fn find(&self, tx: &mut Tx) -> Result<Option<RecipeRun>, Problem> {
        let id = path_integer("id", &self.0).map_err(|issue| Problem::Invalid(vec![issue]))?;
        store::recipe_run::find(tx, RecipeRunId(id)).await.map_err(|error| Problem::database(&error))
    }

    fn missing(&self) -> Problem {
        Problem::Missing("recipe run not found".into())
    }
}

impl Address for ByRecipe {
    async fn find(&self, tx: &mut Tx) -> Result<Option<RecipeRun>, Problem> {
        let Some(spec) = RepoName::parse(&format!("{}/{}", self.owner, self.repository)) else {
            return Ok(None);
        };
        let database = |error| Problem::database(&error);
        let Some(feedstock) = store::feedstock::find(tx, &spec).await.map_err(database)? else {
            return Ok(None);
        };
        let commit = Sha(self.commit.clone());
        store::recipe_run::find_by_commit(tx, feedstock, &commit, &self.recipe_id).await.map_err(database)
    }

    fn missing(&self) -> Problem {
        let Self { owner, repository, commit, recipe_id } = self;
        Problem::Missing(format!(
            "There is no run of recipe '{recipe_id}' of {owner}/{repository} at commit '{commit}'."
        ))
    }
}

/// The log of a run: its newest lines, in the order of time.
///
/// Without `source`, Dataflow's word about the job once there is one, and the log of the workflow run before. Secrets are taken out.
#[utoipa::path(get, path = "/recipe_runs/{id}/logs", operation_id = "get_logs_recipe_runs__id__logs_get", tag = "logs",
    params(
        ("id" = i64, Path, description = "The run."),
        ("source" = Option<String>, Query, description = "Whose lines: `actions`, or a log of the Dataflow job: `job-message`, `worker`, `kubelet`, `shuffler`, `harness`, `harness-startup`, `vm-health`, `vm-monitor`, `resource`, `agent`, `docker`, `system`, `shuffler-startup`, `launcher`."),
        ("severity" = Option<String>, Query, description = "Lines of this severity at least, in Cloud Logging's words."),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 1000, description = "The newest so many lines; 1000 when not told."),
        ("format" = Option<String>, Query, description = "`text` or `json`; without it, what `Accept` asks for."),
    ),
    responses(
        (status = 200, description = "The lines.", content_type = "text/plain", body = String),
        (status = 404, description = "There is no such run, or no such log of it."),
        (status = 422, description = "A parameter cannot be used."),
        (status = 502, description = "GitHub or Google did not answer."),
        (status = 503, description = "GitHub wants no requests at present."),
    ))]
pub(in crate::http) async fn of_run(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    IdText(id): IdText,
    query: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    read(&shared, &caller, &ById(id), query, &headers).await
}

/// The log of the newest run of a recipe at a commit.
///
/// The recipe's id may hold slashes. Otherwise as the log of a run by its id.
#[utoipa::path(get, path = "/feedstocks/{owner}/{repo}/{commit}/{recipe_id}/logs", tag = "logs",
    operation_id = "get_logs_feedstocks__owner___repo___commit___recipe_id__logs_get",
    params(
        ("owner" = String, Path, description = "Who owns the feedstock's repository."),
        ("repo" = String, Path, description = "The repository."),
        ("commit" = String, Path, description = "The commit's full sha."),
        ("recipe_id" = String, Path, description = "The recipe's id in meta.yaml, with its slashes."),
        ("source" = Option<String>, Query, description = "Whose lines: `actions`, or a log of the Dataflow job."),
        ("severity" = Option<String>, Query, description = "Lines of this severity at least, in Cloud Logging's words."),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 1000, description = "The newest so many lines; 1000 when not told."),
        ("format" = Option<String>, Query, description = "`text` or `json`; without it, what `Accept` asks for."),
    ),
    responses(
        (status = 200, description = "The lines.", content_type = "text/plain", body = String),
        (status = 404, description = "There is no such run, or no such log of it."),
        (status = 422, description = "A parameter cannot be used."),
        (status = 502, description = "GitHub or Google did not answer."),
        (status = 503, description = "GitHub wants no requests at present."),
    ))]
pub(in crate::http) async fn of_recipe(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    path: RecipePath,
    query: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    read(&shared, &caller, &ByRecipe::new(path, "/logs"), query, &headers).await
}

/// Why a run failed: its first error, without secrets.
///
/// Of a run that has not ended, or did not fail, there is none.
#[utoipa::path(get, path = "/recipe_runs/{id}/logs/trace", operation_id = "get_trace_recipe_runs__id__logs_trace_get", tag = "logs",
    params(("id" = i64, Path, description = "The run.")),
    responses(
        (status = 200, description = "The first error.", content_type = "text/plain", body = String),
        (status = 204, description = "The run has not ended, or did not fail."),
        (status = 404, description = "There is no such run, or nothing was kept of why it failed."),
        (status = 422, description = "A parameter cannot be used."),
        (status = 502, description = "GitHub or Google did not answer."),
        (status = 503, description = "Too much was looked up in the last minute."),
    ))]
pub(in crate::http) async fn trace_of_run(
    State(shared): State<Shared>,
    IdText(id): IdText,
) -> Result<Response, Problem> {
    trace(&shared, &ById(id)).await
}

/// Why the newest run of a recipe at a commit failed.
///
/// The recipe's id may hold slashes. Otherwise as the trace of a run by its id.
#[utoipa::path(get, path = "/feedstocks/{owner}/{repo}/{commit}/{recipe_id}/logs/trace", tag = "logs",
    operation_id = "get_trace_feedstocks__owner___repo___commit___recipe_id__logs_trace_get",
    params(
        ("owner" = String, Path, description = "Who owns the feedstock's repository."),
        ("repo" = String, Path, description = "The repository."),
        ("commit" = String, Path, description = "The commit's full sha."),
        ("recipe_id" = String, Path, description = "The recipe's id in meta.yaml, with its slashes."),
    ),
    responses(
        (status = 200, description = "The first error.", content_type = "text/plain", body = String),
        (status = 204, description = "The run has not ended, or did not fail."),
        (status = 404, description = "There is no such run, or nothing was kept of why it failed."),
        (status = 502, description = "GitHub or Google did not answer."),
        (status = 503, description = "Too much was looked up in the last minute."),
    ))]
pub(in crate::http) async fn trace_of_recipe(
    State(shared): State<Shared>,
    path: RecipePath,
) -> Result<Response, Problem> {
    trace(&shared, &ByRecipe::new(path, "/logs/trace")).await
}

async fn read(
    shared: &Shared,
    caller: &Caller,
    address: &impl Address,
    query: Asked,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let app = &shared.app;
    let unreadable =
        |_| Problem::Invalid(vec![Issue::new(["query", ""], "the query cannot be read", "value_error")]);
    let Query(query) = query.map_err(unreadable)?;
    let asked = LogParameters::read(&query, headers).map_err(Problem::Invalid)?;
    let database = |error| Problem::database(&error);
    let mut tx = app.store.write().await.map_err(database)?;
    let run = address.find(&mut tx).await?.filter(|run| caller.may_touch(run.bakery_id, run.feedstock_id));
    let run = run.ok_or_else(|| address.missing())?;
    let subject = Subject::load(&mut tx, run).await.map_err(database)?;
    let source = asked.source.unwrap_or_else(|| subject.usual_source());
    let noted = LogAccess {
        at: app.clock.now(),
        api_key: caller.name.clone(),
        recipe_run_id: subject.run.id,
        source: source.as_str().to_owned(),
    };
    store::log_access::insert(&mut tx, &noted).await.map_err(database)?;
    // Who was to be shown it is on record before anything is read.
    tx.commit().await.map_err(database)?;
    let wanted = Wanted { source, severity: asked.severity, limit: asked.limit };
    let lines = lookup::logs::read(app, &subject, wanted).await?;
    Ok(answer(&lines, asked.form))
}

async fn trace(shared: &Shared, address: &impl Address) -> Result<Response, Problem> {
    let app = &shared.app;
    let database = |error| Problem::database(&error);
    let mut tx = app.store.read().await.map_err(database)?;
    let run = address.find(&mut tx).await?.ok_or_else(|| address.missing())?;
    let subject = Subject::load(&mut tx, run).await.map_err(database)?;
    drop(tx);
    match lookup::trace::of(app, &subject).await? {
        Some(trace) => Ok(text(trace)),
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}
