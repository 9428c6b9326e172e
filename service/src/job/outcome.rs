//! Reading the outcome that a workflow run left behind. It was written next to code that nobody has reviewed: everything about it
//! is checked against what we asked for, and what does not fit is a fault, never an error.

use std::io::{Cursor, Read};

use runner_contract::{
    Command, Failure, OUTCOME_FILE, OUTCOME_MAX_BYTES, OUTCOME_SCHEMA, Outcome, Request, RunResult, Store,
};
use runner_redact::Redactor;

use crate::domain::fault::Fault;
use crate::domain::meta::RecipeId;

/// No archive with an outcome in it is larger.
pub(super) const MAX_ARCHIVE_BYTES: usize = 1024 * 1024;
/// No `meta.yaml` that anybody can read lists more.
const MAX_RECIPES: usize = 1_000;

/// The bytes of a zip archive.
pub(super) struct Archive(pub(super) Vec<u8>);

/// The outcome of `request`, given how GitHub says that the run ended.
pub(super) fn read(archive: &Archive, request: &Request, conclusion: &str) -> Result<Outcome, Fault> {
    let bad = |why: &str| Fault::BadOutcome { why: why.to_owned() };
    let text = unpack(archive).map_err(|why| bad(&why))?;
    let mut outcome: Outcome =
        serde_json::from_slice(&text).map_err(|error| bad(&format!("not an outcome: {error}")))?;
    if outcome.schema != OUTCOME_SCHEMA {
        return Err(bad("of another schema"));
    }
    if outcome.dispatch_id != request.dispatch_id {
        return Err(bad("for another run"));
    }
    if outcome.sha != request.sha {
        return Err(bad("for another commit"));
    }
    if let RunResult::Failed(failure) = &mut outcome.result {
        clean(failure);
        return Ok(outcome);
    }
    let fits = match (&outcome.result, request.command) {
        (RunResult::Expanded { recipe_ids }, Command::ExpandMeta) => are_recipes(recipe_ids),
        (RunResult::Baked { recipe_id, stores }, Command::Bake) => {
            *recipe_id == request.recipe_id && !stores.is_empty() && are_paths(stores)
        }
        (RunResult::Submitted { recipe_id, job_name, job_id, stores }, Command::Bake) => {
            let is_name = |text: &str| {
                !text.is_empty()
                    && text.len() <= 128
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
            };
            *recipe_id == request.recipe_id
                && *job_name == request.job_name
                && is_name(job_id)
                && are_paths(stores)
        }
        _ => false,
    };
    if !fits {
        return Err(bad("not an answer to what was asked"));
    }
    // A success that the run itself does not claim was written by something else.
    if conclusion != "success" {
        return Err(bad(&format!("a success, though the run ended with `{conclusion}`")));
    }
    Ok(outcome)
}

fn unpack(archive: &Archive) -> Result<Vec<u8>, String> {
    let mut zip = zip::ZipArchive::new(Cursor::new(&archive.0))
        .map_err(|error| format!("not a zip archive: {error}"))?;
    let file = zip.by_name(OUTCOME_FILE).map_err(|_| format!("no `{OUTCOME_FILE}` in the archive"))?;
    let mut text = Vec::new();
    let limit = OUTCOME_MAX_BYTES as u64 + 1;
    file.take(limit)
        .read_to_end(&mut text)
        .map_err(|error| format!("an archive that cannot be read: {error}"))?;
    if text.len() > OUTCOME_MAX_BYTES {
        return Err(format!("more than {OUTCOME_MAX_BYTES} bytes"));
    }
    Ok(text)
}

fn are_recipes(ids: &[String]) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    !ids.is_empty()
        && ids.len() <= MAX_RECIPES
        && ids.iter().all(|id| RecipeId::parse(id).is_ok() && seen.insert(id))
}

/// Takes secrets out of what an outcome tells, before anything of it is kept.
pub(super) fn redacted(mut outcome: Outcome, redactor: &Redactor) -> Outcome {
    if let RunResult::Failed(failure) = &mut outcome.result {
        let texts = [Some(&mut failure.error), failure.explanation.as_mut(), failure.trace.as_mut()];
        for text in texts.into_iter().flatten() {
            *text = redactor.clean(text);
        }
    }
    outcome
}

/// Takes out of a failure what the database or GitHub would refuse: the rest of it is still worth telling.
fn clean(failure: &mut Failure) {
    let texts = [Some(&mut failure.error), failure.explanation.as_mut(), failure.trace.as_mut()];
    for text in texts.into_iter().flatten() {
        // Postgres keeps no NUL.
        text.retain(|c| c != '\0');
    }
    failure.location = failure.location.take().filter(|at| at.line > 0 && is_path(&at.file));
}

fn is_path(path: &str) -> bool {
    !path.is_empty()
        && path.len() <= 512
        && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
        && path.chars().all(|c| c.is_ascii_graphic() && !"\"'<>`\\?#".contains(c))
}

fn are_paths(stores: &[Store]) -> bool {
    // A dataset at the root itself is `.`.
    stores.iter().all(|store| store.path == "." || is_path(&store.path))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use runner_contract::DatasetType;

    use super::*;

    fn request() -> Request {
        Request {
            dispatch_id: "pfo-1".into(),
            command: Command::Bake,
            repository: "o/x-feedstock".into(),
            git_ref: "refs/pull/1/head".into(),
            sha: "a".repeat(40),
            feedstock_subdir: "feedstock".into(),
            recipe_id: "x".into(),
            bakery: "b".into(),
            deployment: "d".into(),
            job_name: "pf-d-1-1".into(),
            subpath: "s".into(),
            prune: true,
        }
    }

    fn outcome(stores: &[&str]) -> Outcome {
        let stores = stores
            .iter()
            .map(|path| Store { path: (*path).into(), dataset_type: DatasetType::Zarr })
            .collect();
        Outcome {
            schema: OUTCOME_SCHEMA.into(),
            dispatch_id: "pfo-1".into(),
            sha: "a".repeat(40),
            seconds: 1.0,
            result: RunResult::Baked { recipe_id: "x".into(), stores },
        }
    }

    fn pack(name: &str, text: &[u8]) -> Archive {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("a zip in memory");
        zip.write_all(text).expect("a zip in memory");
        Archive(zip.finish().expect("a zip in memory").into_inner())
    }

    fn why(archive: &Archive, conclusion: &str) -> String {
        match read(archive, &request(), conclusion) {
            Err(Fault::BadOutcome { why }) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn s17_only_an_answer_to_what_was_asked_is_believed() {
        let json = |outcome: &Outcome| serde_json::to_vec(outcome).expect("plain data");
        let good = pack(OUTCOME_FILE, &json(&outcome(&["tiny.zarr"])));
        assert!(read(&good, &request(), "success").is_ok());
        assert!(why(&good, "failure").contains("though the run ended"));
        assert!(why(&Archive(b"PK not a zip".to_vec()), "success").contains("not a zip"));
        assert!(why(&pack("../outcome.json", b"{}"), "success").contains("no `outcome.json`"));
        assert!(why(&pack(OUTCOME_FILE, b"{}"), "success").contains("not an outcome"));
        let bomb = vec![b' '; OUTCOME_MAX_BYTES * 64];
        assert!(why(&pack(OUTCOME_FILE, &bomb), "success").contains("more than"));
        for (path, expected) in [
            ("../../etc", false),
            ("a//b", false),
            ("/abs", false),
            ("a b", false),
            ("a/b.zarr", true),
            (".", true),
            ("./a", false),
        ] {
            let archive = pack(OUTCOME_FILE, &json(&outcome(&[path])));
            assert_eq!(read(&archive, &request(), "success").is_ok(), expected, "{path}");
        }
        let mut foreign = outcome(&["a"]);
        foreign.dispatch_id = "pfo-2".into();
        assert!(why(&pack(OUTCOME_FILE, &json(&foreign)), "success").contains("another run"));
        foreign = outcome(&["a"]);
        foreign.sha = "b".repeat(40);
        assert!(why(&pack(OUTCOME_FILE, &json(&foreign)), "success").contains("another commit"));
        foreign = outcome(&["a"]);
        foreign.result = RunResult::Expanded { recipe_ids: vec!["x".into()] };
        assert!(why(&pack(OUTCOME_FILE, &json(&foreign)), "success").contains("not an answer"));
    }
}
