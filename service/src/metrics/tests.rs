use super::*;
use crate::github::call::{ALL, GET_PULL};

/// The table in the documentation.
fn table() -> String {
    let row = |entry: Entry| {
        let labels: Vec<String> = entry.labels.iter().map(|label| format!("`{label}`")).collect();
        format!("| `{}` | {} | {} | {} |\n", entry.name, entry.kind, labels.join(", "), entry.help)
    };
    Metrics::new().entries().into_iter().map(row).collect()
}

#[test]
fn u16d_the_documentation_lists_every_metric() {
    let documented = include_str!("../../../docs/operations.md");
    assert!(documented.contains(&table()), "docs/operations.md must hold this table:\n{}", table());
}

#[test]
fn u16d_the_example_alerts_name_only_metrics_that_exist() {
    let rules = include_str!("../../../docs/alerts.yaml");
    let entries = Metrics::new().entries();
    let exists = |word: &str| {
        entries.iter().any(|entry| {
            let parts = ["_bucket", "_sum", "_count"].iter().filter(|_| entry.kind == "histogram");
            word == entry.name || parts.into_iter().any(|part| word == format!("{}{part}", entry.name))
        })
    };
    let words = rules.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let named: Vec<&str> = words.filter(|word| word.starts_with("pfo_")).collect();
    assert!(named.len() > 8, "{named:?}");
    for word in named {
        assert!(exists(word), "docs/alerts.yaml names {word}");
    }
    let parsed: serde_json::Value = serde_yaml::from_str(rules).expect("YAML");
    let rules = parsed["groups"][0]["rules"].as_array().expect("rules");
    for rule in rules {
        for key in ["alert", "expr", "annotations"] {
            assert!(!rule[key].is_null(), "{key} of {rule}");
        }
    }
}

#[test]
fn u16d_there_is_an_end_to_the_series_whatever_happens() {
    let metrics = Metrics::new();
    let installations = 0..500_u64;
    for (n, call) in installations.flat_map(|n| ALL.iter().map(move |call| (n, *call))) {
        let id = InstallationId(i64::try_from(n).expect("small"));
        metrics.answered(call, id, Some(200), Some(4_000));
    }
    for call in ALL {
        for status in [None, Some(404), Some(502)] {
            metrics.answered(call, InstallationId(1), status, None);
        }
    }
    for event in 0..1_000 {
        metrics.delivery(&format!("made-up-{event}"), "refused", Duration::ZERO);
    }
    for route in 0..50 {
        metrics.route(&format!("/page/{route}"), "GET").answered(200, Duration::ZERO);
    }
    let page = metrics.page(Some(&[]), DateTime::UNIX_EPOCH);
    let series = page.lines().filter(|line| !line.starts_with('#')).count();
    assert!(series <= 2_000, "{series} series");
    assert!(page.contains("pfo_deliveries_total{event=\"other\",result=\"refused\"} 1000"), "{page}");
}

#[test]
fn what_was_counted_is_on_the_page() {
    let metrics = Metrics::new();
    metrics.answered(GET_PULL, InstallationId(7), Some(200), Some(4_999));
    metrics.answered(GET_PULL, InstallationId(7), None, None);
    metrics.run_ended("test", "success", Some(Duration::from_secs(90)));
    let since = DateTime::UNIX_EPOCH;
    let waiting = Waiting { kind: "synchronize".into(), state: "ready".into(), jobs: 3, first_due: since };
    let page = metrics.page(Some(&[waiting]), since + chrono::TimeDelta::seconds(40));
    for line in [
        "pfo_github_rate_limit_remaining{installation=\"7\"} 4999",
        "pfo_runs_ended_total{stage=\"test\",conclusion=\"success\"} 1",
        "pfo_run_seconds_bucket{stage=\"test\",le=\"600\"} 1",
        "pfo_queue_jobs{kind=\"synchronize\",state=\"ready\"} 3",
        "pfo_queue_oldest_seconds{kind=\"synchronize\"} 40",
        "pfo_database_up 1",
    ] {
        assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
    }
    let calls = page.lines().filter(|line| line.starts_with("pfo_github_calls_total{"));
    assert_eq!(calls.count(), 2, "{page}");
    metrics.forget_installation(InstallationId(7));
    let page = metrics.page(None, since);
    assert!(page.contains("pfo_database_up 0") && !page.contains("rate_limit_remaining{"), "{page}");
}
