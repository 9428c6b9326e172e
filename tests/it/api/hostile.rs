//! Two thousand strings that were never meant for us, in every place that takes one. None may be our own mistake.

use std::fmt::Write;

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request};
use harness::stories;
use harness::world::API_KEY;
use orchestrator::http::list_routes;
use serde_json::{Value, json};

use super::writes::{a_bakery, a_feedstock, a_run};

/// Strings of many kinds; the numbers make them many.
fn strings() -> Vec<String> {
    let seeds = [
        "' OR 1=1 --",
        "\"; DROP TABLE recipe_run; --",
        "1); SELECT pg_sleep(9); --",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "../../etc/passwd",
        "..\\..\\x",
        "%2e%2e%2f",
        "\0",
        "a\0b",
        "\u{202e}txt",
        "\u{feff}",
        "\u{1f4a5}",
        "<script>alert(1)</script>",
        "NaN",
        "Infinity",
        "-0",
        "1e309",
        "0x10",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999999999",
        "1_000",
        "٣",
        "true",
        "null",
        "None",
        "[]",
        "{}",
        "[1,2]",
        "{\"a\":{\"b\":[]}}",
        "\"",
        "\\",
        "\r\nX-Injected: 1",
        "\n",
        "\t",
        " ",
        "%",
        "%zz",
        "%00",
        "%ff",
        "+",
        "&",
        "=",
        "?",
        "#",
        ";",
        "a;b",
        "a,b",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999-14:00",
        "10000-01-01T00:00:00Z",
        "2022-02-30T00:00:00",
        "2022-09-19T16:31:43+99:99",
        "1e18",
        "-62135596800",
        "20000000000",
        "http://169.254.169.254/",
        "file:///etc/passwd",
    ];
    let mut all = Vec::new();
    for round in 0.. {
        for seed in seeds {
            if all.len() == 2000 {
                return all;
            }
            all.push(match round {
                0 => seed.to_owned(),
                1 => format!("{seed}{seed}"),
                2 => format!(" {seed} "),
                3 => seed.repeat(50),
                4 => format!("pangeo-forge/{seed}"),
                5 => seed.chars().rev().collect(),
                _ => format!("{seed}{round}"),
            });
        }
    }
    all
}

/// Every byte that could mean something in a URL, as a percent-encoded one.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut url, byte| {
        if byte.is_ascii_alphanumeric() {
            url.push(char::from(byte));
        } else {
            write!(url, "%{byte:02X}").unwrap();
        }
        url
    })
}

const PARAMETERS: [&str; 24] = [
    "offset",
    "limit",
    "order_by",
    "sort",
    "cursor",
    "count",
    "recipe_id",
    "bakery_id",
    "feedstock_id",
    "head_sha",
    "version",
    "started_at",
    "completed_at",
    "conclusion",
    "status",
    "is_test",
    "dataset_type",
    "dataset_public_url",
    "message",
    "id",
    "type",
    "exclude_test_runs",
    "started_at_since",
    "id_before",
];
const FIELDS: [&str; 18] = [
    "spec",
    "provider",
    "region",
    "name",
    "description",
    "recipe_id",
    "bakery_id",
    "feedstock_id",
    "head_sha",
    "version",
    "started_at",
    "completed_at",
    "conclusion",
    "status",
    "is_test",
    "dataset_type",
    "dataset_public_url",
    "message",
];

stories! {
    async fn s27_two_thousand_hostile_strings_meet_no_mistake_of_ours(app: &mut TestApp) {
        let (bakery, feedstock) = (a_bakery(app, "one").await, a_feedstock(app, "a/b-feedstock").await);
        a_run(app, bakery, feedstock, &json!({})).await;
        let routes: Vec<_> = list_routes().into_iter().filter(|route| !route.path.contains("/hooks") && !route.path.contains("/dataflow")).collect();
        for (number, text) in strings().into_iter().enumerate() {
            let route = &routes[number % routes.len()];
            let path = route.path.split('/').map(|part| if part.starts_with('{') { encoded(&text) } else { part.to_owned() });
            let mut path = path.collect::<Vec<_>>().join("/");
            if route.method == Method::GET {
                let value = encoded(&text);
                let names = [PARAMETERS[number % PARAMETERS.len()], PARAMETERS[(number / 7) % PARAMETERS.len()]];
                path = format!("{path}?{}={value}&{}={value}", names[0], names[1]);
            }
            let value = match number % 4 {
                0 => json!(text),
                1 => json!([text]),
                2 => json!({ (text.clone()): text }),
                _ => text.parse::<f64>().map_or(json!(text), |number| json!(number)),
            };
            let body: Value = json!({ FIELDS[number % FIELDS.len()]: value, FIELDS[(number / 5) % FIELDS.len()]: text });
            let body = if number % 9 == 0 { text.clone() } else { body.to_string() };
            let mut request = Request::builder().method(route.method.clone()).uri(&path).header("X-API-Key", API_KEY);
            if let Ok(value) = HeaderValue::from_str(&text) {
                let name = ["if-none-match", "origin", "accept", "accept-encoding", "x-request-id", "last-event-id"][number % 6];
                request = request.header(name, value);
            }
            let answer = app.ask(request.body(Body::from(body)).unwrap()).await;
            let is_upstream = answer.status.as_u16() == 502;
            assert!(!answer.status.is_server_error() || is_upstream, "{} {path}: {} {}", route.method, answer.status, answer.text());
            assert!(!answer.headers.contains_key("x-injected"), "{path}");
        }
    }
}
