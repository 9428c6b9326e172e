//! `.sops.yaml`: for whom a file of secrets is encrypted. The first rule whose pattern fits the file's path decides.
//! <https://getsops.io/docs/#using-sops-yaml-conf-to-select-kms-pgp-and-age-for-new-files>
//!
//! ```yaml
//! creation_rules:
//!   - path_regex: ^secrets/config\.pangeo-forge\.yaml$    # from the folder of this file on; without it, every file
//!     age: age1…,age1…                                   # a list, too
//!     kms: arn:aws:kms:us-east-1:111122223333:key/…      # several, separated by commas or as a list
//! ```

use std::path::Path;

use regex::bytes::RegexBuilder;
use runner_sops::age::AgeRecipient;

use super::{ConfigError, Problem};
use crate::domain::yaml::finding::Findings;
use crate::domain::yaml::form::{Form, Told};
use crate::domain::yaml::node::Kind;
use crate::domain::yaml::tree;

const NAME: &str = ".sops.yaml";

/// Who can read a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipients {
    /// age keys.
    pub age: Vec<AgeRecipient>,
    /// Keys of AWS KMS, by their names.
    pub kms: Vec<String>,
}

impl Recipients {
    /// Whom the rules name for a file. They are looked for beside the file and in each folder above it.
    pub fn of(file: &Path) -> Result<Self, ConfigError> {
        let one = |subject: &Path, what: String| ConfigError::new(vec![Problem::of(subject.display(), what)]);
        let file = std::path::absolute(file).map_err(|error| one(file, error.to_string()))?;
        let rules = file.ancestors().skip(1).map(|folder| folder.join(NAME)).find(|path| path.is_file());
        let rules = rules.ok_or_else(|| {
            one(&file, format!("there is no `{NAME}` beside it or above that says for whom it is encrypted"))
        })?;
        let text = std::fs::read_to_string(&rules).map_err(|error| one(&rules, error.to_string()))?;
        let folder = rules.parent().unwrap_or(&rules);
        let relative = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().into_owned();
        let mut said = Findings::new(rules.display().to_string());
        let found = first_that_fits(&text, &relative, &mut said);
        if said.failed() {
            return Err(ConfigError::new(said.into_list().into_iter().map(Problem::from).collect()));
        }
        found.ok_or_else(|| {
            one(&rules, format!("no rule fits `{relative}`, or the one that does names nobody"))
        })
    }

    /// Nobody can read it.
    pub fn is_empty(&self) -> bool {
        self.age.is_empty() && self.kms.is_empty()
    }
}

/// Every rule is read, so that a mistake is found before the day when its file is written.
fn first_that_fits(text: &str, relative: &str, said: &mut Findings) -> Option<Recipients> {
    let root = tree::read(text, said);
    let form = Form::of_file(root.as_ref(), said)?;
    let rules = form.sections("creation_rules", said).unwrap_or_default();
    form.close(said);
    let mut found = None;
    for rule in rules {
        let fits = match rule.text("path_regex", said) {
            None => true,
            Some(told) => {
                let pattern = RegexBuilder::new(told.value).unicode(false).build();
                if pattern.is_err() {
                    told.is_wrong("is not a regular expression", said);
                }
                pattern.is_ok_and(|pattern| pattern.is_match(relative.as_bytes()))
            }
        };
        let recipients = recipients(rule, said);
        if fits && found.is_none() {
            found = Some(recipients);
        }
    }
    found.filter(|recipients| !recipients.is_empty())
}

fn recipients(rule: Form<'_>, said: &mut Findings) -> Recipients {
    let mut recipients = Recipients::default();
    for told in words(&rule, "age", said) {
        match AgeRecipient::parse(told.value) {
            Ok(recipient) => recipients.age.push(recipient),
            Err(_) => told.is_wrong(format!("has {:?}, which is not `age1…`", told.value), said),
        }
    }
    for told in words(&rule, "kms", said) {
        if told.value.starts_with("arn:aws") && told.value.contains(":kms:") && !told.value.contains('+') {
            recipients.kms.push(told.value.to_owned());
        } else {
            told.is_wrong(
                format!(
                    "has {:?}, which is not `arn:aws:kms:<region>:…`; roles cannot be taken on",
                    told.value
                ),
                said,
            );
        }
    }
    rule.close(said);
    recipients
}

/// The words of a text that commas separate, or of a list.
fn words<'n>(rule: &Form<'n>, key: &'static str, said: &mut Findings) -> Vec<Told<&'n str>> {
    let told = match rule.value(key).map(|node| &node.kind) {
        None => return Vec::new(),
        Some(Kind::Sequence(_)) => rule.texts(key, said).map(|told| told.value).unwrap_or_default(),
        Some(_) => rule.text(key, said).into_iter().collect(),
    };
    let split = told.into_iter().flat_map(|told| {
        let words: Vec<&str> = told.value.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
        words.into_iter().map(move |value| Told { value, place: told.place, path: told.path.clone() })
    });
    split.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "age1dvrpla9v0p7qa833k9ryqzl20ez7srrgf7hgwc28al7ffr9tlutqrh5lat";
    const ARN: &str = "arn:aws:kms:us-east-1:111122223333:key/x";

    fn read(text: &str, file: &str) -> Result<Option<Recipients>, String> {
        let mut said = Findings::new("rules".to_owned());
        let found = first_that_fits(text, file, &mut said);
        let failed = said.failed();
        let words: Vec<String> = said.into_list().into_iter().map(|finding| finding.message).collect();
        if failed { Err(words.join("\n")) } else { Ok(found) }
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let text = format!(
            "creation_rules:\n  - path_regex: ^secrets/config\\.a.*yaml$\n    kms: '{ARN},{ARN}'\n  - age: [{ONE}]\n"
        );
        let found = read(&text, "secrets/config.a.yaml").expect("rules").expect("a rule");
        assert_eq!((found.kms.len(), found.age.len()), (2, 0));
        let found = read(&text, "secrets/configxa.yaml").expect("rules").expect("the rest");
        assert_eq!((found.kms.len(), found.age.len()), (0, 1));
        assert_eq!(read("creation_rules: []", "x"), Ok(None));
    }

    #[test]
    fn what_would_encrypt_for_nobody_or_otherwise_is_refused() {
        for (rule, expected) in [
            ("{age: agent}", "which is not `age1…`"),
            ("{kms: 'arn:aws:kms:x:1:key/y+arn:aws:iam::1:role/z'}", "roles cannot be taken on"),
            ("{path_regex: '(', age: []}", "is not a regular expression"),
            ("{pgp: ABCD}", "`pgp` is not a key"),
            ("{key_groups: []}", "`key_groups` is not a key"),
            ("{unencrypted_suffix: _x}", "is not a key"),
        ] {
            let said = read(&format!("creation_rules: [{rule}]"), "x").expect_err(rule);
            assert!(said.contains(expected), "{rule}: {said}");
        }
    }
}
