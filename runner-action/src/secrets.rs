//! The secret arguments of a bakery: from the input, or from the workspace's own file, decrypted in memory.
//!
//! They are read for `bake` alone. Nothing decrypted is written here, and no value stands in an error.

use std::io::ErrorKind;
use std::path::Path;

use chrono::{SecondsFormat, Utc};
use runner_sops::sources::{AGE_KEY, KeySources};
use runner_sops::{Shape, SopsError, is_encrypted};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::bakery::BakeryError;
use crate::inputs::Run;

/// The arguments in clear, YAML or JSON; nothing where the bakery has none.
///
/// The input comes first, and may be in clear, since GitHub keeps it encrypted. Without it there is
/// `secrets/bakery-args.<bakery>.yaml`, which lies in a repository and so has to be encrypted.
pub async fn arguments(run: &Run, workspace: &Path) -> Result<Option<Zeroizing<String>>, BakeryError> {
    if let Some(text) = &run.bakery_args {
        let text = Zeroizing::new(text.clone());
        return if is_encrypted(&text) {
            decrypted(&text, &run.keys)
                .await
                .map(Some)
                .map_err(|error| BakeryError::Secret(format!("cannot be decrypted: {error}{}", fix(&error))))
        } else {
            Ok(Some(text))
        };
    }
    let file = format!("secrets/bakery-args.{}.yaml", run.request.bakery);
    let refused = |problem: String| BakeryError::Public { file: file.clone(), problem };
    let text = match std::fs::read_to_string(workspace.join(&file)) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused(error.to_string())),
    };
    if !is_encrypted(&text) {
        return Err(refused("its secrets are in clear; `pfo secrets encrypt` encrypts them".into()));
    }
    let opened = decrypted(&text, &run.keys).await;
    opened.map(Some).map_err(|error| {
        let place = error.line().map_or_else(String::new, |line| format!("line {line}: "));
        refused(format!("{place}cannot be decrypted: {error}{}", fix(&error)))
    })
}

/// Credentials for Google from a file of the workspace, as the action `google-github-actions/auth` leaves them, with what has to be hidden of
/// them. `path` is as that action tells it: of the machine around this container, so that only its last part holds here.
pub fn google_credentials(path: &str, workspace: &Path) -> Result<(String, Vec<String>), BakeryError> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let refused = |problem: &str| BakeryError::Public { file: name.to_owned(), problem: problem.to_owned() };
    let text = std::fs::read_to_string(workspace.join(name))
        .map_err(|error| refused(&format!("the input google_credentials_file names it: {error}")))?;
    // What the parser would say could quote the text.
    let file: Value = serde_json::from_str(&text).map_err(|_| refused("not credentials: not JSON"))?;
    let mut hidden = Vec::new();
    if let Some(key) = file["private_key"].as_str() {
        hidden.push(key.to_owned());
    }
    // `Authorization: bearer …`, with which GitHub is asked for the job's token.
    let headers = file["credential_source"]["headers"].as_object();
    for value in headers.into_iter().flat_map(serde_json::Map::values).filter_map(Value::as_str) {
        hidden.extend(value.rsplit(' ').next().map(ToOwned::to_owned));
    }
    Ok((text, hidden))
}

/// Each key in the input, for redaction.
pub fn keys(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(ToOwned::to_owned).collect()
}

async fn decrypted(text: &str, keys: &KeySources) -> Result<Zeroizing<String>, SopsError> {
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
    keys.keys()?.decrypt(text, Shape::SameLines, &now).await
}

fn fix(error: &SopsError) -> String {
    match error {
        SopsError::NoKey(_) => {
            format!("; give the action the input {}, or credentials for AWS KMS", AGE_KEY.to_lowercase())
        }
        _ => String::new(),
    }
}
