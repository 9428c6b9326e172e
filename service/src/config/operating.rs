//! What is told about operating: who may read the figures, which proxies are believed, and how often somebody may ask.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{ConfigError, wrong};
use crate::domain::network::Network;

/// Short ones can be guessed.
const SHORTEST_TOKEN: usize = 16;
/// More than this a second is no limit, and less than one cannot be told.
const MOST: u32 = 1_000_000;

/// What is told about operating.
#[derive(Debug, Clone)]
pub struct OperatingConfig {
    /// The token that opens `/metrics` among the public pages; without one it is not there.
    pub metrics_token: Option<SecretString>,
    /// The proxies whose word on who asks is believed.
    pub trusted_proxies: Vec<Network>,
    /// How often somebody may ask; none where nobody is limited.
    pub rate_limit: Option<RateLimit>,
}

/// Two token buckets: so many requests at once, and so many more each second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests for public pages that come back to an address each second.
    pub per_second: u32,
    /// The most that an address may have left.
    pub burst: u32,
    /// The same for a key, and pages that need one.
    pub per_key_per_second: u32,
    /// The most that a key may have left.
    pub per_key_burst: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct OperatingFile {
    metrics_token: Option<SecretString>,
    trusted_proxies: Vec<String>,
    rate_limit: RateLimitFile,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RateLimitFile {
    enabled: bool,
    per_second: u32,
    burst: u32,
    per_key_per_second: u32,
    per_key_burst: u32,
}

impl Default for RateLimitFile {
    fn default() -> Self {
        Self { enabled: true, per_second: 20, burst: 100, per_key_per_second: 50, per_key_burst: 500 }
    }
}

impl OperatingFile {
    /// Checks what was told in the file at `path`.
    pub(super) fn into_config(self, path: &Path) -> Result<OperatingConfig, ConfigError> {
        if let Some(token) = &self.metrics_token {
            let token = token.expose_secret();
            if token.len() < SHORTEST_TOKEN || !token.bytes().all(|b| b.is_ascii_graphic()) {
                let what =
                    format!("operating.metrics_token: not {SHORTEST_TOKEN} or more visible ASCII characters");
                return Err(wrong(path, what));
            }
        }
        let trusted_proxies = self.trusted_proxies.iter().map(|text| Network::parse(text));
        Ok(OperatingConfig {
            metrics_token: self.metrics_token,
            trusted_proxies: trusted_proxies
                .collect::<Result<_, _>>()
                .map_err(|error| wrong(path, format!("operating.trusted_proxies: {error}")))?,
            rate_limit: self.rate_limit.into_config(path)?,
        })
    }
}

impl RateLimitFile {
    fn into_config(self, path: &Path) -> Result<Option<RateLimit>, ConfigError> {
        let Self { enabled, per_second, burst, per_key_per_second, per_key_burst } = self;
        for (key, value) in [
            ("per_second", per_second),
            ("burst", burst),
            ("per_key_per_second", per_key_per_second),
            ("per_key_burst", per_key_burst),
        ] {
            if !(1..=MOST).contains(&value) {
                let what = format!(
                    "operating.rate_limit.{key}: {value}, and 1 to {MOST} are allowed; `enabled: false` switches the limit off"
                );
                return Err(wrong(path, what));
            }
        }
        Ok(enabled.then_some(RateLimit { per_second, burst, per_key_per_second, per_key_burst }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Result<OperatingConfig, String> {
        let file: OperatingFile = serde_yaml::from_str(yaml).map_err(|error| error.to_string())?;
        file.into_config(Path::new("secrets/config.x.yaml")).map_err(|error| error.to_string())
    }

    #[test]
    fn with_nothing_told_addresses_are_limited_and_nobody_is_believed() {
        let config = read("{}").expect("an empty section");
        assert!(config.metrics_token.is_none() && config.trusted_proxies.is_empty());
        let limit = config.rate_limit.expect("a limit");
        assert_eq!((limit.per_second, limit.burst), (20, 100));
        assert_eq!(read("{rate_limit: {enabled: false}}").expect("a section").rate_limit, None);
        let told = read("{rate_limit: {per_second: 3}}").expect("a section").rate_limit.expect("a limit");
        assert_eq!((told.per_second, told.burst), (3, 100));
    }

    #[test]
    fn u16_a_mistake_is_told_with_its_place_and_what_is_allowed() {
        for (yaml, said) in [
            (
                "{trusted_proxies: [10.0.0.0/40]}",
                "operating.trusted_proxies: `10.0.0.0/40` is neither an address",
            ),
            ("{trusted_proxies: [localhost]}", "`localhost` is neither"),
            ("{rate_limit: {burst: 0}}", "operating.rate_limit.burst: 0, and 1 to 1000000 are allowed"),
            ("{rate_limit: {bursts: 1}}", "unknown field `bursts`"),
            ("{metric_token: x}", "unknown field `metric_token`"),
        ] {
            let error = read(yaml).expect_err(yaml);
            assert!(error.contains(said), "{yaml}: {error}");
        }
    }

    #[test]
    fn s19_a_token_that_is_refused_is_not_quoted() {
        let error = read("{metrics_token: hush-hush}").expect_err("too short");
        assert!(error.contains("operating.metrics_token") && !error.contains("hush"), "{error}");
        assert!(read("{metrics_token: 'with a blank in the middle'}").is_err());
    }
}
