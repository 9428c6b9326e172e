//! What is told about operating: who may read the figures, which proxies are believed, and how often somebody may ask.

use secrecy::SecretString;

use crate::domain::network::Network;
use crate::domain::yaml::finding::Findings;
use crate::domain::yaml::form::Form;

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

impl Default for RateLimit {
    fn default() -> Self {
        Self { per_second: 20, burst: 100, per_key_per_second: 50, per_key_burst: 500 }
    }
}

/// Reads the section `operating`, of which nothing is needed.
pub(super) fn read(form: Option<Form<'_>>, said: &mut Findings) -> OperatingConfig {
    let Some(form) = form else {
        let rate_limit = Some(RateLimit::default());
        return OperatingConfig { metrics_token: None, trusted_proxies: Vec::new(), rate_limit };
    };
    let token = form.text("metrics_token", said);
    let is_good = |token: &str| token.len() >= SHORTEST_TOKEN && token.bytes().all(|b| b.is_ascii_graphic());
    if let Some(told) = token.as_ref().filter(|told| !is_good(told.value)) {
        told.is_wrong(format!("is not {SHORTEST_TOKEN} or more visible ASCII characters"), said);
    }
    let mut trusted_proxies = Vec::new();
    for told in form.texts("trusted_proxies", said).map(|told| told.value).unwrap_or_default() {
        match Network::parse(told.value) {
            Ok(network) => trusted_proxies.push(network),
            Err(why) => told.is_wrong(format!("cannot be: {why}"), said),
        }
    }
    let rate_limit = match form.section("rate_limit", said) {
        None => Some(RateLimit::default()),
        Some(section) => rate_limit(section, said),
    };
    form.close(said);
    OperatingConfig {
        metrics_token: token.map(|told| SecretString::from(told.value)),
        trusted_proxies,
        rate_limit,
    }
}

fn rate_limit(form: Form<'_>, said: &mut Findings) -> Option<RateLimit> {
    let enabled = form.flag("enabled", said).is_none_or(|told| told.value);
    let mut number = |key, default| {
        let Some(told) = form.number::<u32>(key, said) else { return default };
        if !(1..=MOST).contains(&told.value) {
            let problem = format!(
                "is {}; 1 to {MOST} are allowed, and `enabled: false` switches the limit off",
                told.value
            );
            told.is_wrong(problem, said);
        }
        told.value
    };
    let default = RateLimit::default();
    let limit = RateLimit {
        per_second: number("per_second", default.per_second),
        burst: number("burst", default.burst),
        per_key_per_second: number("per_key_per_second", default.per_key_per_second),
        per_key_burst: number("per_key_burst", default.per_key_burst),
    };
    form.close(said);
    enabled.then_some(limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing;

    fn read(yaml: &str) -> Result<OperatingConfig, String> {
        testing::read(yaml, |form, said| Some(super::read(Some(form), said)))
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
                "`trusted_proxies[0]` cannot be: `10.0.0.0/40` is neither an address",
            ),
            ("{trusted_proxies: [localhost]}", "`localhost` is neither"),
            ("{rate_limit: {burst: 0}}", "`rate_limit.burst` is 0; 1 to 1000000 are allowed"),
            ("{rate_limit: {bursts: 1}}", "`bursts` is not a key in `rate_limit`"),
            ("{metric_token: x}", "Did you mean `metrics_token`?"),
        ] {
            let error = read(yaml).expect_err(yaml);
            assert!(error.contains(said), "{yaml}: {error}");
        }
    }

    #[test]
    fn s19_a_token_that_is_refused_is_not_quoted() {
        let error = read("{metrics_token: hush-hush}").expect_err("too short");
        assert!(error.contains("`metrics_token`") && !error.contains("hush"), "{error}");
        assert!(read("{metrics_token: 'with a blank in the middle'}").is_err());
    }
}
