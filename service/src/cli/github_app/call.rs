//! `pfo github-app call`

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Map, Value, json};

use super::super::print;
use super::{Client, Of, repository};
use crate::domain::id::RepoName;
use crate::github::Speaker;
use crate::github::call::{self, CREATE_TOKEN, Call, Grant};

/// Make one of the calls that the service makes, and print GitHub's answer.
///
/// docs/github.md lists the calls; others are refused here, because the App was not given the permission for them. Whether it is made as the App itself or
/// with a token of an installation follows from the call, and the token holds no more than the service's own would. Fields are the query
/// of a GET, and the JSON body of anything else.
///
/// Exits with 0 for a status below 400, and with 1 for any other and when nothing was sent.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pfo github-app call GET /app
  pfo github-app call GET repos/pangeo-forge/staged-recipes/pulls -f state=all -F per_page=5
  pfo github-app call PATCH /app/hook/config -f content_type=json
  pfo github-app call GET /installation/repositories --repo pangeo-forge/staged-recipes
")]
pub(in crate::cli) struct FreeCall {
    #[command(flatten)]
    of: Of,
    /// GET, POST, PATCH, PUT or DELETE.
    method: String,
    /// The path, from the root of the API.
    path: String,
    /// A field, whose value is a text.
    #[arg(short = 'f', long = "field", value_name = "KEY=VALUE", value_parser = text_field)]
    fields: Vec<(String, Value)>,
    /// A field, whose value is JSON: a number, `true`, a list.
    #[arg(short = 'F', long = "json-field", value_name = "KEY=JSON", value_parser = json_field)]
    json_fields: Vec<(String, Value)>,
    /// Speak through the installation on this repository, where the path names none.
    #[arg(long, value_name = "OWNER/NAME", value_parser = repository)]
    repo: Option<RepoName>,
}

fn text_field(text: &str) -> Result<(String, Value), String> {
    let (key, value) =
        text.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or("a field is KEY=VALUE")?;
    Ok((key.to_owned(), value.into()))
}

fn json_field(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text_field(text)?;
    let read = serde_json::from_str(value.as_str().unwrap_or_default());
    Ok((key, read.map_err(|error| format!("the value is not JSON: {error}"))?))
}

impl FreeCall {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let known = match call::find(&self.method, &self.path) {
            Ok(known) => known,
            Err(meant) => {
                let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
                bail!(
                    "the service makes no call `{} {}`{meant} docs/github.md lists them",
                    self.method,
                    self.path
                );
            }
        };
        if known == CREATE_TOKEN {
            bail!("a token is a secret: `pfo github-app token` makes one and prints nothing else");
        }
        let (path, body) = self.request(known)?;
        let client = Client::open(&self.of.sources).await?;
        let named = in_path(known, &self.path);
        let repository = self.repo.as_ref().or(named.as_ref());
        let speaker = match known.grant {
            Grant::App | Grant::Nobody => Speaker::App,
            Grant::Survey => Speaker::Installation(client.installation(repository).await?, None),
            _ => Speaker::Installation(client.installation(repository).await?, repository),
        };
        let answer = client.github.call(known, &path, body.as_ref(), speaker, client.now).await?;
        if self.of.json {
            let call = format!("{} {}", known.method, path);
            print(json!({ "call": call, "status": answer.status, "body": answer.body }));
        } else if answer.body.is_null() {
            print(format_args!("{} without a body", answer.status));
        } else {
            print(serde_json::to_string_pretty(&answer.body).context("the answer cannot be written")?);
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The path with its query, and the body.
    fn request(&self, known: &Call) -> anyhow::Result<(String, Option<Value>)> {
        let mut path = format!("/{}", self.path.strip_prefix('/').unwrap_or(&self.path));
        let fields = self.fields.iter().chain(&self.json_fields);
        if known.method != "GET" {
            let body: Map<String, Value> = fields.cloned().collect();
            return Ok((path, (!body.is_empty()).then_some(body.into())));
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (key, value) in fields {
            match value {
                Value::String(text) => query.append_pair(key, text),
                Value::Number(_) | Value::Bool(_) => query.append_pair(key, &value.to_string()),
                _ => bail!("`{key}` goes into the query, which takes no lists and no objects"),
            };
        }
        let query = query.finish();
        if !query.is_empty() {
            path.push(if path.contains('?') { '&' } else { '?' });
            path.push_str(&query);
        }
        Ok((path, None))
    }
}

/// The repository that a path names where the call has one.
fn in_path(known: &Call, path: &str) -> Option<RepoName> {
    let segments = |path: &'static str| path.split('/').skip(1).take(3).collect::<Vec<_>>();
    if segments(known.path).get(1..3) != Some(&["{owner}", "{repo}"]) {
        return None;
    }
    let path = path.strip_prefix('/').unwrap_or(path);
    let mut parts = path.split(['/', '?']).skip(1);
    RepoName::parse(&format!("{}/{}", parts.next()?, parts.next()?))
}
