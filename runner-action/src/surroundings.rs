//! What the machine around the action offers: the folders, files and addresses that GitHub names in the environment.
//!
//! Reading them never fails, so that an outcome can be written whatever else is wrong. Inputs of the action do not enter here.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The environment variables of this process, by name. Text that is not UTF-8 is read with replacement characters.
pub type Variables = BTreeMap<String, String>;

/// All variables of this process.
pub fn variables() -> Variables {
    std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect()
}

/// Folders, files and addresses around the action.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// `GITHUB_WORKSPACE`: holds `bakeries/` and receives the outcome; the working directory when not set.
    pub workspace: PathBuf,
    /// `GITHUB_SERVER_URL` without a final slash: where repositories are fetched from. `file:///…` serves tests.
    pub server_url: String,
    /// `GITHUB_API_URL` without a final slash: where the `dispatch` command posts to.
    pub api_url: String,
    /// `GITHUB_REPOSITORY`: the repository whose workflow runs the action.
    pub repository: Option<String>,
    /// `RUNNER_TEMP`: where the private folder is made; the system's temporary folder when not set.
    pub temp: PathBuf,
    /// `PFR_ENVIRONMENT`: the Python environment that holds `pangeo-forge-runner`.
    pub environment: PathBuf,
    /// `GITHUB_OUTPUT`: the file for step outputs.
    pub output: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`: the file for the summary.
    pub summary: Option<PathBuf>,
    /// `GITHUB_ACTIONS`: whether the job log is read by something that hides what `::add-mask::` names.
    pub log_is_masked: bool,
    /// Certificates and proxies that `git` needs to reach the server on machines that have their own.
    pub network: Vec<(String, String)>,
}

impl Surroundings {
    /// Reads what GitHub set; an empty variable counts as not set.
    pub fn read(variables: &Variables) -> Self {
        let get = |name: &str| variables.get(name).filter(|value| !value.is_empty()).cloned();
        let address = |name: &str, otherwise: &str| match get(name)
            .unwrap_or_else(|| otherwise.to_owned())
            .trim_end_matches('/')
        {
            // `file:///` names the root folder; trimmed bare it would name nothing.
            "file:" => "file://".to_owned(),
            trimmed => trimmed.to_owned(),
        };
        Self {
            workspace: get("GITHUB_WORKSPACE").map_or_else(|| PathBuf::from("."), PathBuf::from),
            server_url: address("GITHUB_SERVER_URL", "https://github.com"),
            api_url: address("GITHUB_API_URL", "https://api.github.com"),
            repository: get("GITHUB_REPOSITORY"),
            temp: get("RUNNER_TEMP").map_or_else(std::env::temp_dir, PathBuf::from),
            environment: get("PFR_ENVIRONMENT").map_or_else(|| PathBuf::from("/opt/pfr"), PathBuf::from),
            output: get("GITHUB_OUTPUT").map(PathBuf::from),
            summary: get("GITHUB_STEP_SUMMARY").map(PathBuf::from),
            log_is_masked: get("GITHUB_ACTIONS").is_some_and(|value| value == "true"),
            network: NETWORK.iter().filter_map(|name| Some(((*name).to_owned(), get(name)?))).collect(),
        }
    }
}

/// The variables that `git` is given besides its own configuration.
const NETWORK: [&str; 9] = [
    "GIT_SSL_CAINFO",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "https_proxy",
    "http_proxy",
    "no_proxy",
];
