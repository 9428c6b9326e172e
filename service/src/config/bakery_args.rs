//! `secrets/bakery-args.<bakery>.yaml`: the secret arguments that go over a bakery's public ones. The service never needs them, only
//! where recipes run are they merged; here is looked whether that will work. No value is ever repeated.

use std::path::Path;

use super::deployment::bakery_args_file;
use super::{Bakeries, Problem};
use crate::domain::bakery::Bakery;
use crate::domain::yaml::finding::Findings;
use crate::domain::yaml::form::Form;
use crate::domain::yaml::tree;

/// Everything that is wrong with the secret arguments of these bakeries. A bakery may have none.
pub fn check(root: &Path, bakeries: &Bakeries) -> Vec<Problem> {
    let mut problems = Vec::new();
    for bakery in bakeries.iter() {
        let path = bakery_args_file(root, &bakery.name);
        match std::fs::read_to_string(&path) {
            Ok(text) => problems.extend(check_one(&path, &text, bakery)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => problems.push(Problem::of(path.display(), format!("cannot be read: {error}"))),
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
