//! `secrets/bakery-args.<bakery>.yaml`: the secret arguments that go over a bakery's public ones. The service never needs them, only
//! where recipes run are they merged; here is looked whether that will work. No value is ever repeated.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::deployment::bakery_args_file;
use super::secrets::SecretFiles;
use super::{Config, Problem, Sources};
use crate::domain::bakery::Bakery;
use crate::domain::yaml::finding::Findings;
use crate::domain::yaml::form::Form;
use crate::domain::yaml::tree;

/// Everything that is wrong with the secret arguments of these bakeries. A bakery may have none.
pub async fn check(sources: &Sources, config: &Config, now: DateTime<Utc>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let files = SecretFiles::new(&sources.keys, &config.deployment, now, &mut problems);
    for bakery in config.bakeries.iter() {
        let path = bakery_args_file(&sources.config_dir, &bakery.name);
        match files.read(&path, &mut problems).await {
            Ok(Some(text)) => problems.extend(check_one(&path, &text, bakery)),
            Ok(None) => {}
            Err(problem) => problems.push(problem),
        }
    }
    problems
}

fn check_one(path: &Path, text: &str, bakery: &Bakery) -> Vec<Problem> {
    let mut said = Findings::new(path.display().to_string());
    let root = tree::read_secret(text, &mut said);
    if let Some(form) = Form::of_file(root.as_ref(), &mut said) {
        arguments(&form, "TargetStorage", true, bakery, &mut said);
        arguments(&form, "InputCacheStorage", bakery.config.input_cache.is_some(), bakery, &mut said);
        arguments(&form, "MetadataCacheStorage", bakery.config.metadata_cache.is_some(), bakery, &mut said);
        // A key file of Google's, as one text or as a mapping; what is in it is Google's business.
        form.value("GoogleCredentials");
        form.close(&mut said);
    }
    said.into_list().into_iter().map(Problem::from).collect()
}

fn arguments(form: &Form<'_>, section: &'static str, is_public: bool, bakery: &Bakery, said: &mut Findings) {
    let Some(inner) = form.section(section, said) else { return };
    if !is_public {
        let message = format!(
            "`{section}` is not in the public file of the bakery `{}`, so there is nothing that these arguments could go over",
            bakery.name
        );
        said.failure(inner.place().start(), "No such section", message);
    }
    inner.section("fsspec_args", said);
    inner.close(said);
}
