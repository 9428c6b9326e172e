//! The order of one run: fetch, prepare, look at the target, call the runner, look again, decide.
//!
//! Everything that can go wrong ends as a [`Failure`] with the side it lies on. What the steps do is in their own rooms.

use std::io::Write;
use std::path::Path;

use runner_contract::{Command, Failure, FailureClass, RunResult, Store};
use serde_json::{Value, json};

use crate::bakery::{self, Bakery, BakeryError};
use crate::fetch::{self, Commit, FetchError};
use crate::inputs::Run;
use crate::lines::Line;
use crate::log::JobLog;
use crate::meta;
use crate::process::{Ending, Limits, Stream};
use crate::python::Environment;
use crate::requirements::{self, Packages};
use crate::runner::Call;
use crate::secrets;
use crate::surroundings::Surroundings;
use crate::target::{self, Listing};
use crate::transcript::Transcript;
use crate::user::User;
use crate::verdict::{Evidence, verdict};
use runner_redact::Redactor;

/// Does what was asked and says what came of it.
pub async fn perform<W: Write + Send>(run: &Run, around: &Surroundings, log: &mut JobLog<W>) -> RunResult {
    let result = attempt(run, around, log).await.unwrap_or_else(RunResult::Failed);
    log.close();
    result
}

async fn attempt<W: Write + Send>(
    run: &Run,
    around: &Surroundings,
    log: &mut JobLog<W>,
) -> Result<RunResult, Failure> {
    let request = &run.request;
    let bakery = match request.command {
        Command::ExpandMeta => None,
        Command::Bake => {
            let loaded = load(run, &around.workspace).await;
            Some(loaded.map_err(|error| failure(FailureClass::Bakery, &error))?)
        }
    };
    if let Some(bakery) = &bakery {
        let secrets: Vec<String> = bakery.secrets.iter().chain(&run.key_texts).cloned().collect();
        log.hide(Redactor::new(&secrets), around.log_is_masked);
        if !bakery.left_out.is_empty() {
            log.note(&format!(
                "Not for the runner, left out of its configuration: {}",
                bakery.left_out.join(", ")
            ));
        }
    }
    let user = User::choose().map_err(|error| failure(FailureClass::Service, &error))?;
    log.note(&format!("Recipe code runs as {}.", user.description));
    let private = tempfile::Builder::new()
        .prefix("pangeo-forge-")
        .tempdir_in(&around.temp)
        .map_err(|error| disk(&around.temp, &error))?;
    user.seal_dir(private.path()).map_err(|error| disk(private.path(), &error))?;
    let environment = Environment::open(around, &user, private.path())
        .await
        .map_err(|error| failure(FailureClass::Service, &error))?;

    log.note(&format!("Fetching {} of {} ({}).", request.sha, request.repository, request.git_ref));
    let commit = Commit { repository: &request.repository, git_ref: &request.git_ref, sha: &request.sha };
    let checkout =
        fetch::fetch(commit, around, &user, private.path()).await.map_err(|error| fetch_failure(&error))?;
    let feedstock = checkout.join(&request.feedstock_subdir);
    if !feedstock.join("meta.yaml").is_file() {
        let error =
            format!("{}/meta.yaml does not exist at commit {}", request.feedstock_subdir, request.sha);
        return Err(failure(FailureClass::Recipe, &error));
    }
    let workshop = Workshop { run, user: &user, environment: &environment, private: private.path() };
    match bakery {
        None => workshop.expand(&checkout, &feedstock, log).await,
        Some(bakery) => workshop.bake(&bakery, &checkout, &feedstock, log).await,
    }
}

/// The bakery with everything secret that belongs to it.
async fn load(run: &Run, workspace: &Path) -> Result<Bakery, BakeryError> {
    let secret = secrets::arguments(run, workspace).await?;
    let mut bakery = bakery::load(workspace, &run.request, secret.as_ref().map(|text| text.as_str()))?;
    if let (None, Some(path)) = (&bakery.google_credentials, &run.google_credentials_file) {
        let (credentials, hidden) = secrets::google_credentials(path, workspace)?;
        bakery.google_credentials = Some(credentials);
        bakery.secrets.extend(hidden);
    }
    Ok(bakery)
}

/// What every step after the fetch needs.
struct Workshop<'a> {
    run: &'a Run,
    user: &'a User,
    environment: &'a Environment,
    private: &'a Path,
}

impl Workshop<'_> {
    async fn expand<W: Write + Send>(
        &self,
        checkout: &Path,
        feedstock: &Path,
        log: &mut JobLog<W>,
    ) -> Result<RunResult, Failure> {
        let (ending, transcript) = self.call(checkout, &json!({}), None, Packages::Here, log).await?;
        Ok(self.weigh(feedstock, None, ending, &transcript, &[], &[]))
    }

    async fn bake<W: Write + Send>(
        &self,
        bakery: &Bakery,
        checkout: &Path,
        feedstock: &Path,
        log: &mut JobLog<W>,
    ) -> Result<RunResult, Failure> {
        // Read before recipe code had a chance to change it.
        let named = self.named_stores(bakery, feedstock, log).await;
        let packages =
            requirements::prepare(feedstock, bakery.local, self.environment, self.user, self.private)
                .await
                .map_err(|error| failure(FailureClass::Service, &error))?;
        log.note(match packages {
            Packages::Here => "All that requirements.txt asks for is installed already.",
            Packages::Install => "pip installs requirements.txt, within the pinned set.",
        });
        let before = self.list(bakery).await?;
        let credentials = bakery.google_credentials.as_deref();
        let (ending, transcript) = self.call(checkout, &bakery.config, credentials, packages, log).await?;
        // A bake that failed is not looked at: half a dataset is none.
        let written = match ending {
            Ending::Exited(0) => self.list(bakery).await?.since(&before),
            _ => Vec::new(),
        };
        Ok(self.weigh(feedstock, bakery.blocking, ending, &transcript, &written, &named))
    }

    async fn call<W: Write + Send>(
        &self,
        checkout: &Path,
        config: &Value,
        google_credentials: Option<&str>,
        packages: Packages,
        log: &mut JobLog<W>,
    ) -> Result<(Ending, Transcript), Failure> {
        let constraints = requirements::write_constraints(self.private, self.user)
            .map_err(|error| disk(self.private, &error))?;
        let call = Call {
            private: self.private,
            checkout,
            user: self.user,
            environment: self.environment,
            request: &self.run.request,
            config,
            google_credentials,
            packages,
            constraints: &constraints,
            limits: Limits { time: self.run.time_limit, silence: self.run.silence_limit },
        };
        let mut transcript = Transcript::default();
        log.open(&format!("pangeo-forge-runner {}", self.run.request.command.as_str()));
        let ending = call
            .run(&mut |stream, text| {
                match stream {
                    Stream::Out => Line::parse(&text).text().into_iter().for_each(|shown| log.line(shown)),
                    Stream::Err => log.line(&text),
                }
                transcript.hear(stream, &text)
            })
            .await;
        log.close();
        let ending = ending.map_err(|error| {
            let runner = self.environment.runner.display();
            failure(FailureClass::Service, &format!("{runner} could not be run: {error}"))
        })?;
        log.note(&format!("The runner ended: {}.", describe(ending)));
        Ok((ending, transcript))
    }

    fn weigh(
        &self,
        feedstock: &Path,
        blocking: Option<bool>,
        ending: Ending,
        transcript: &Transcript,
        written: &[Store],
        named: &[Store],
    ) -> RunResult {
        let siblings = meta::modules(feedstock);
        let request = &self.run.request;
        verdict(Evidence {
            request,
            blocking,
            feedstock,
            siblings: &siblings,
            ending,
            transcript,
            written,
            named,
        })
    }

    /// The target as it is; empty for a bakery that does not wait, where there is nothing to see yet.
    async fn list(&self, bakery: &Bakery) -> Result<Listing, Failure> {
        if bakery.blocking == Some(false) {
            return Ok(Listing::default());
        }
        let storage = &bakery.config["TargetStorage"];
        Listing::take(storage, self.environment, self.user, self.private).await.map_err(|error| {
            failure(FailureClass::Bakery, &format!("the bakery's target cannot be listed: {error}"))
        })
    }

    async fn named_stores<W: Write>(
        &self,
        bakery: &Bakery,
        feedstock: &Path,
        log: &mut JobLog<W>,
    ) -> Vec<Store> {
        if bakery.blocking == Some(true) {
            return Vec::new();
        }
        let Some(definition) = meta::find(feedstock, &self.run.request.recipe_id) else { return Vec::new() };
        let Ok(source) = std::fs::read_to_string(&definition.file) else { return Vec::new() };
        match target::named(source, &definition.object, self.environment, self.user, self.private).await {
            Ok(stores) => stores,
            Err(error) => {
                // The job can run without; only its dataset will have no address.
                log.note(&format!("The recipe's stores could not be read from its text: {error}"));
                Vec::new()
            }
        }
    }
}

fn describe(ending: Ending) -> String {
    match ending {
        Ending::Exited(status) => format!("exit status {status}"),
        Ending::Signalled(signal) => format!("killed by signal {signal}"),
        Ending::Stopped(stop) => format!("ended by the action ({stop:?})"),
    }
}

/// A failure that no output of the runner tells about.
pub fn failure(class: FailureClass, error: &impl ToString) -> Failure {
    Failure { class, error: error.to_string(), explanation: None, location: None, trace: None }
}

fn disk(place: &Path, error: &std::io::Error) -> Failure {
    failure(FailureClass::Service, &format!("{}: {error}", place.display()))
}

fn fetch_failure(error: &FetchError) -> Failure {
    let class = match error {
        FetchError::Link(_) => FailureClass::Recipe,
        _ => FailureClass::Service,
    };
    failure(class, error)
}
