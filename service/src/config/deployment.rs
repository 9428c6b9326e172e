//! The deployments that there may be, and every rule that follows from a deployment's name. Nobody else compares such names.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Problem;
use crate::domain::bakery::BakeryName;
use crate::domain::nearest::nearest;

const PROD: &str = "pangeo-forge";
const STAGING: &str = "pangeo-forge-staging";
const LOCAL_PREFIX: &str = "pforge-local-";
const REVIEW_PREFIX: &str = "pforge-pr-";
/// What an unknown name is compared with.
const WORDS: [&str; 4] = [PROD, STAGING, "prod", "staging"];
/// The longest name; Google takes no longer label.
const MAX_NAME: usize = 63;

/// What kind of deployment a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeploymentKind {
    /// On somebody's own machine: `pforge-local-<user>`.
    Local,
    /// For one pull request of this project: `pforge-pr-<number>`.
    Review,
    /// `pangeo-forge-staging`, or `staging`.
    Staging,
    /// `pangeo-forge`, or `prod`.
    Prod,
}

/// One deployment, by its full name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    name: String,
    kind: DeploymentKind,
}

/// A name that no deployment may have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no deployment {found:?}; a deployment is `pforge-local-<user>`, `pforge-pr-<number>`, \
     `pangeo-forge-staging` (or `staging`) or `pangeo-forge` (or `prod`){}",
    .meant.map(|word| format!("; did you mean `{word}`?")).unwrap_or_default()
)]
pub struct UnknownDeployment {
    found: String,
    meant: Option<&'static str>,
}

impl Deployment {
    /// The deployment that `name`, or the alias `name`, stands for. A user is letters, digits and `-`, as GitHub has them, or `_`.
    pub fn parse(name: &str) -> Result<Self, UnknownDeployment> {
        let is_user = |user: &str| {
            !user.is_empty() && user.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        };
        let is_number = |number: &str| {
            !number.is_empty() && !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit())
        };
        let (name, kind) = match name {
            "prod" | PROD => (PROD, DeploymentKind::Prod),
            "staging" | STAGING => (STAGING, DeploymentKind::Staging),
            _ if name.len() > MAX_NAME => return Err(unknown(name)),
            _ if name.strip_prefix(LOCAL_PREFIX).is_some_and(is_user) => (name, DeploymentKind::Local),
            _ if name.strip_prefix(REVIEW_PREFIX).is_some_and(is_number) => (name, DeploymentKind::Review),
            _ => return Err(unknown(name)),
        };
        Ok(Self { name: name.to_owned(), kind })
    }

    /// The full name: `pangeo-forge`, `pforge-local-alice`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The kind.
    pub fn kind(&self) -> DeploymentKind {
        self.kind
    }

    /// The GitHub organisation that its App belongs to.
    pub fn organisation(&self) -> &'static str {
        match self.kind {
            DeploymentKind::Prod => "pangeo-forge",
            _ => "pforgetest",
        }
    }

    /// The root below `terraform/` that makes its cloud resources.
    pub fn terraform_environment(&self) -> &'static str {
        match self.kind {
            DeploymentKind::Prod => PROD,
            DeploymentKind::Staging => STAGING,
            DeploymentKind::Local | DeploymentKind::Review => "dev",
        }
    }

    /// Whether others reach it: then its pages have https addresses, and its secrets files are encrypted.
    pub fn is_public(&self) -> bool {
        self.kind != DeploymentKind::Local
    }

    /// Whether it may have no file of its own, and then has no App: one that nobody else reaches, or one that lives for a pull request and
    /// shows what it was seeded with.
    pub fn may_have_no_file(&self) -> bool {
        matches!(self.kind, DeploymentKind::Local | DeploymentKind::Review)
    }

    /// What is wrong with this database for it, if anything: a file is lost with its container, and two revisions cannot share it.
    pub fn database_problem(&self, url: &str) -> Option<Problem> {
        let is_file = url.starts_with("sqlite:");
        (self.is_public() && is_file).then(|| {
            let what = format!("SQLite is for local deployments only; {self} needs `postgres://…`");
            Problem::of("DATABASE_URL", what)
        })
    }

    /// Below `root`: what it is told, secrets among it.
    pub fn config_file(&self, root: &Path) -> PathBuf {
        root.join("secrets").join(format!("config.{}.yaml", self.name))
    }

    /// Below `root`: what a bakery is here. It lies over [`shared_bakery_file`].
    pub fn bakery_file(&self, root: &Path, bakery: &BakeryName) -> PathBuf {
        root.join("bakeries").join(format!("{bakery}.{}.yaml", self.name))
    }
}

/// Below `root`: what a bakery is in every deployment that has a file for it.
pub fn shared_bakery_file(root: &Path, bakery: &BakeryName) -> PathBuf {
    root.join("bakeries").join(format!("{bakery}.yaml"))
}

/// Below `root`: the secret arguments of a bakery, which go over its public ones.
pub fn bakery_args_file(root: &Path, bakery: &BakeryName) -> PathBuf {
    root.join("secrets").join(format!("bakery-args.{bakery}.yaml"))
}

impl fmt::Display for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

fn unknown(name: &str) -> UnknownDeployment {
    const SHOWN: usize = 80;
    let meant = nearest(name, &WORDS).and_then(|near| WORDS.into_iter().find(|word| *word == near));
    UnknownDeployment { found: name.chars().take(SHOWN).collect(), meant }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_is_known_by_its_full_name_or_its_alias() {
        use DeploymentKind::{Local, Prod, Review, Staging};
        for (name, full, kind, organisation, environment) in [
            ("prod", PROD, Prod, "pangeo-forge", PROD),
            (PROD, PROD, Prod, "pangeo-forge", PROD),
            ("staging", STAGING, Staging, "pforgetest", STAGING),
            (STAGING, STAGING, Staging, "pforgetest", STAGING),
            ("pforge-local-alice", "pforge-local-alice", Local, "pforgetest", "dev"),
            ("pforge-pr-12", "pforge-pr-12", Review, "pforgetest", "dev"),
        ] {
            let deployment = Deployment::parse(name).expect(name);
            assert_eq!((deployment.name(), deployment.kind()), (full, kind));
            assert_eq!(deployment.organisation(), organisation);
            assert_eq!(deployment.terraform_environment(), environment);
            let root = Path::new("etc");
            assert_eq!(deployment.config_file(root), root.join(format!("secrets/config.{full}.yaml")));
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_list_and_the_nearest() {
        let long = format!("pforge-local-{}", "x".repeat(64));
        for name in
            ["", "dev-app-proxy", "pforge-local-", "pforge-local-a.b", "pforge-pr-x", "pforge-pr-0", &long]
        {
            let said = Deployment::parse(name).expect_err(name).to_string();
            assert!(said.contains("`pforge-local-<user>`") && said.contains("(or `prod`)"), "{said}");
        }
        let said = Deployment::parse("stagin").expect_err("a slip").to_string();
        assert!(said.ends_with("did you mean `staging`?"), "{said}");
    }

    #[test]
    fn only_a_local_deployment_keeps_its_data_in_a_file() {
        let problem = |name, url| Deployment::parse(name).expect("a name").database_problem(url);
        assert_eq!(problem("pforge-local-alice", "sqlite:x.sqlite"), None);
        assert_eq!(problem("staging", "postgres://db/x"), None);
        assert!(
            problem("pforge-pr-1", "sqlite:x.sqlite")
                .is_some_and(|problem| problem.subject == "DATABASE_URL")
        );
    }
}
