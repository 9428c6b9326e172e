//! Whom this App serves, where several Apps are installed on one organisation: a staging deployment beside production, say. Each is told
//! its labels and its repositories, and is silent everywhere else.
//!
//! GitHub tells labels apart, and repositories, without regard to case; so do we.

use super::id::RepoName;

/// Which conversations are ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audience {
    only_on: Vec<String>,
    not_on: Vec<String>,
    /// None for every repository.
    repositories: Option<Vec<Pattern>>,
}

/// `owner/name`, or `owner/*` for all that an owner has.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    owner: String,
    /// None for every name.
    name: Option<String>,
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is neither `owner/name` nor `owner/*`");
        let (owner, name) = text.split_once('/').ok_or_else(wrong)?;
        // A star is no legal letter of a name: what is left of the pattern is held to the rules of a repository's name.
        let whole = if name == "*" { format!("{owner}/any") } else { text.to_owned() };
        RepoName::parse(&whole).ok_or_else(wrong)?;
        Ok(Self { owner: owner.to_owned(), name: (name != "*").then(|| name.to_owned()) })
    }

    fn fits(&self, repository: &RepoName) -> bool {
        self.owner.eq_ignore_ascii_case(repository.owner())
            && self.name.as_ref().is_none_or(|name| name.eq_ignore_ascii_case(repository.name()))
    }
}

impl Audience {
    /// An audience by labels that are ours, labels that are others', and patterns of repositories; no list of patterns means every
    /// repository. Fails over a pattern that cannot be read, a label without a letter, and one that is ours and others' at once.
    pub fn new(
        only_on: Vec<String>,
        not_on: Vec<String>,
        repositories: Option<&[String]>,
    ) -> Result<Self, String> {
        if only_on.iter().chain(&not_on).any(|label| label.trim().is_empty()) {
            return Err("a label without a letter".into());
        }
        if let Some(label) = only_on.iter().find(|label| holds(&not_on, label)) {
            return Err(format!("the label `{label}` cannot be ours and left to others at once"));
        }
        let patterns = repositories.map(|all| all.iter().map(|text| Pattern::parse(text)).collect());
        Ok(Self { only_on, not_on, repositories: patterns.transpose()? })
    }

    /// Whether we act in a repository at all.
    pub fn covers(&self, repository: &RepoName) -> bool {
        self.repositories.as_ref().is_none_or(|all| all.iter().any(|pattern| pattern.fits(repository)))
    }

    /// Whether labels decide anything; where they do not, nobody need ask for them.
    pub fn asks_for_labels(&self) -> bool {
        !self.only_on.is_empty() || !self.not_on.is_empty()
    }

    /// Whether a conversation with or without this label may be another's.
    pub fn turns_on(&self, label: &str) -> bool {
        holds(&self.only_on, label) || holds(&self.not_on, label)
    }

    /// Whether a pull request or issue with these labels is ours. A label that is left to others wins over one that is ours.
    pub fn takes(&self, labels: &[String]) -> bool {
        let is_ours = self.only_on.is_empty() || labels.iter().any(|label| holds(&self.only_on, label));
        is_ours && !labels.iter().any(|label| holds(&self.not_on, label))
    }
}

fn holds(labels: &[String], label: &str) -> bool {
    labels.iter().any(|known| known.to_lowercase() == label.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn audience(only_on: &[&str], not_on: &[&str]) -> Audience {
        Audience::new(words(only_on), words(not_on), None).expect("legal labels")
    }

    #[test]
    fn r25_labels_decide_who_acts_and_no_two_do() {
        let everyone = Audience::default();
        let staging = audience(&["staging"], &[]);
        let review = audience(&["Review", "review-2"], &["staging"]);
        let production = audience(&[], &["STAGING", "review", "review-2"]);
        for (labels, expected) in [
            (words(&[]), [false, false, true]),
            (words(&["docs"]), [false, false, true]),
            (words(&["staging"]), [true, false, false]),
            (words(&["Staging", "docs"]), [true, false, false]),
            (words(&["review-2"]), [false, true, false]),
            (words(&["review", "staging"]), [true, false, false]),
        ] {
            let found = [&staging, &review, &production].map(|audience| audience.takes(&labels));
            assert_eq!(found, expected, "{labels:?}");
            assert!(everyone.takes(&labels));
        }
        assert!(!everyone.asks_for_labels() && staging.asks_for_labels() && production.asks_for_labels());
        assert!(review.turns_on("REVIEW") && review.turns_on("staging") && !review.turns_on("docs"));
    }

    #[test]
    fn r25_a_list_of_repositories_leaves_all_others_out() {
        let patterns = words(&["Pangeo-Forge/*", "pforgetest/test-staged-recipes"]);
        let audience = Audience::new(vec![], vec![], Some(&patterns)).expect("legal patterns");
        for (name, expected) in [
            ("pangeo-forge/staged-recipes", true),
            ("PANGEO-FORGE/x-feedstock", true),
            ("pforgetest/Test-Staged-Recipes", true),
            ("pforgetest/x-feedstock", false),
            ("pangeo-forge-2/staged-recipes", false),
        ] {
            let repository = RepoName::parse(name).expect("a name");
            assert_eq!(audience.covers(&repository), expected, "{name}");
            assert!(Audience::default().covers(&repository), "without a list every repository is ours");
        }
        let nowhere = Audience::new(vec![], vec![], Some(&[])).expect("an empty list");
        assert!(!nowhere.covers(&RepoName::parse("a/b").expect("a name")), "an empty list is a list");
    }

    #[test]
    fn mistakes_are_found_at_the_start() {
        for wrong in ["pangeo-forge", "a/b/c", "*/*", "a/b*", "", "/", "a/"] {
            let why = Audience::new(vec![], vec![], Some(&words(&[wrong]))).expect_err(wrong);
            assert!(why.contains("neither `owner/name` nor `owner/*`"), "{why}");
        }
        let why = Audience::new(words(&["a"]), words(&["A"]), None).expect_err("one label twice");
        assert!(why.contains("`a` cannot be ours"), "{why}");
        assert!(Audience::new(words(&[" "]), vec![], None).is_err());
    }
}
