//! A configuration in which nothing is wrong, and what can be wrong with it.

/// Where one file is changed: which, what is found in it and what stands there then.
pub(super) struct Change(pub(super) &'static str, pub(super) &'static str, pub(super) &'static str);

pub(super) const CONFIG: &str = "secrets/config.pangeo-forge-staging.yaml";
pub(super) const BAKERY: &str = "bakeries/osn.pangeo-forge-staging.yaml";
pub(super) const SHARED: &str = "bakeries/osn.yaml";
pub(super) const ARGS: &str = "secrets/bakery-args.osn.yaml";
/// Stands wherever a secret does, and may never be said.
pub(super) const CANARY: &str = "canary-7d1f0c5b93ab";

pub(super) const CONFIG_TEXT: &str = "\
fastapi:
  PANGEO_FORGE_API_KEY: canary-7d1f0c5b93ab-key
api:
  origins: [https://admin.example.org]
github_app:
  id: 1234
  app_name: pangeo-forge-staging
  webhook_secret: canary-7d1f0c5b93ab-hook
  private_key: |
    @KEY@
  run_only_on: [staging]
  not_on: [review]
  repositories: [pforgetest/*]
hub:
  repository: pforgetest/hub
  workflow: run-recipe.yaml
  ref: main
commands:
  minimum_role: write
dashboard_url: https://staging.pangeo-forge.org
public_url: https://api-staging.pangeo-forge.org
dataflow:
  audience: https://api-staging.pangeo-forge.org/dataflow/status
  service_account: push@project.iam.gserviceaccount.com
  subscription: projects/project/subscriptions/status
  credentials_file: dataflow-key.yaml
  accept_form_events: false
operating:
  metrics_token: canary-7d1f0c5b93ab-metrics
  trusted_proxies: [10.0.0.0/8]
  rate_limit:
    enabled: true
    burst: 100
";

pub(super) const SHARED_TEXT: &str = "\
description: Open Storage Network
Bake:
  bakery_class: pangeo_forge_runner.bakery.dataflow.DataflowBakery
DataflowBakery:
  temp_gcs_location: gs://forge/temp
  max_num_workers: 4
TargetStorage:
  fsspec_class: s3fs.S3FileSystem
  fsspec_args:
    client_kwargs:
      endpoint_url: https://ncsa.osn.xsede.org
  root_path: Pangeo/{subpath}
  public_url: https://ncsa.osn.xsede.org/{root_path}
";

pub(super) const BAKERY_TEXT: &str = "\
region: staging
TargetStorage:
  root_path: Staging/{subpath}
";

pub(super) const ARGS_TEXT: &str = "\
TargetStorage:
  fsspec_args:
    key: canary-7d1f0c5b93ab-id
    secret: canary-7d1f0c5b93ab-secret
";

pub(super) const KEY_FILE: &str =
    r#"{"type": "service_account", "client_email": "a@b", "private_key": "canary-7d1f0c5b93ab-google"}"#;

/// The name of each, and what is changed.
pub(super) const CASES: &[(&str, &[Change])] = &[
    ("nothing is wrong", &[]),
    // The file as a whole.
    ("not YAML", &[Change(CONFIG, "hub:\n", "hub\n")]),
    ("a secret on a line without a colon", &[Change(CONFIG, "  webhook_secret: ", "  webhook_secret ")]),
    (
        "an open quote before a secret",
        &[Change(CONFIG, "canary-7d1f0c5b93ab-hook", "\"canary-7d1f0c5b93ab-hook")],
    ),
    (
        "an open bracket",
        &[Change(CONFIG, "origins: [https://admin.example.org]", "origins: [https://admin.example.org")],
    ),
    ("a tab", &[Change(CONFIG, "  ref: main", "\tref: main")]),
    (
        "a list instead of a mapping",
        &[Change(CONFIG, "fastapi:\n  PANGEO_FORGE_API_KEY: canary-7d1f0c5b93ab-key\n", "- fastapi\n")],
    ),
    ("a key stands twice", &[Change(CONFIG, "  ref: main", "  ref: main\n  ref: other")]),
    ("two documents", &[Change(CONFIG, "hub:\n", "---\nhub:\n")]),
    ("a YAML tag", &[Change(CONFIG, "  id: 1234", "  id: !!int 1234")]),
    ("a section that nobody reads", &[Change(CONFIG, "dashboard_url:", "dashbord_url:")]),
    (
        "a secret in the place of a key",
        &[Change(CONFIG, "hub:\n", "canary-7d1f0c5b93ab-slipped-before-the-colon: 1\nhub:\n")],
    ),
    // The App.
    ("no App", &[Change(CONFIG, "github_app:", "github_apps:")]),
    (
        "the App is a text",
        &[
            Change(CONFIG, "hub:\n", "github_app: canary-7d1f0c5b93ab\nhub:\n"),
            Change(CONFIG, "github_app:\n", "other:\n"),
        ],
    ),
    ("no id", &[Change(CONFIG, "  id: 1234\n", "")]),
    ("an id between quotes", &[Change(CONFIG, "1234", "'1234'")]),
    ("a negative id", &[Change(CONFIG, "1234", "-5")]),
    ("an id of zero", &[Change(CONFIG, "1234", "0")]),
    (
        "an App's name with a blank",
        &[Change(CONFIG, "app_name: pangeo-forge-staging", "app_name: pangeo forge")],
    ),
    ("an App's name that is empty", &[Change(CONFIG, "app_name: pangeo-forge-staging", "app_name: ''")]),
    ("no webhook secret", &[Change(CONFIG, "  webhook_secret: canary-7d1f0c5b93ab-hook\n", "")]),
    ("an empty webhook secret", &[Change(CONFIG, "canary-7d1f0c5b93ab-hook", "''")]),
    ("an empty list of webhook secrets", &[Change(CONFIG, "canary-7d1f0c5b93ab-hook", "[]")]),
    (
        "three webhook secrets",
        &[Change(CONFIG, "canary-7d1f0c5b93ab-hook", "[a, b, canary-7d1f0c5b93ab-hook]")],
    ),
    ("a webhook secret that is a number", &[Change(CONFIG, "canary-7d1f0c5b93ab-hook", "12345678")]),
    ("no private key", &[Change(CONFIG, "  private_key: |\n    @KEY@\n", "")]),
    ("a label that is ours and others'", &[Change(CONFIG, "not_on: [review]", "not_on: [staging]")]),
    ("a label that is a number", &[Change(CONFIG, "not_on: [review]", "not_on: [1]")]),
    ("a pattern of repositories that cannot be", &[Change(CONFIG, "pforgetest/*", "pforgetest")]),
    // The rest of the secrets file.
    ("an empty API key", &[Change(CONFIG, "canary-7d1f0c5b93ab-key", "''")]),
    ("an old key in the wrong letters", &[Change(CONFIG, "PANGEO_FORGE_API_KEY", "pangeo_forge_api_key")]),
    ("an origin with a path", &[Change(CONFIG, "https://admin.example.org", "https://admin.example.org/x")]),
    (
        "origins that are a text",
        &[Change(CONFIG, "[https://admin.example.org]", "https://admin.example.org")],
    ),
    ("a hub without an owner", &[Change(CONFIG, "pforgetest/hub", "hub")]),
    (
        "a workflow that is a path",
        &[Change(CONFIG, "workflow: run-recipe.yaml", "workflow: .github/workflows/run-recipe.yaml")],
    ),
    ("a branch with a blank", &[Change(CONFIG, "ref: main", "ref: my main")]),
    ("a role that GitHub does not know", &[Change(CONFIG, "minimum_role: write", "minimum_role: owner")]),
    (
        "a public address without TLS",
        &[Change(CONFIG, "https://api-staging.pangeo-forge.org\n", "http://api-staging.pangeo-forge.org\n")],
    ),
    (
        "a dashboard that is no address",
        &[Change(CONFIG, "https://staging.pangeo-forge.org", "staging.pangeo-forge.org")],
    ),
    (
        "an audience alone",
        &[Change(
            CONFIG,
            "  service_account: push@project.iam.gserviceaccount.com\n  subscription: projects/project/subscriptions/status\n",
            "",
        )],
    ),
    ("an account that is no address", &[Change(CONFIG, "push@project.iam.gserviceaccount.com", "push")]),
    (
        "a subscription without its project",
        &[Change(CONFIG, "projects/project/subscriptions/status", "status")],
    ),
    ("a key file that is not there", &[Change(CONFIG, "dataflow-key.yaml", "missing.json")]),
    ("a key file that is none", &[Change("secrets/dataflow-key.yaml", "service_account", "authorized_user")]),
    (
        "keys from an address without TLS",
        &[Change(CONFIG, "  accept_form_events: false", "  jwks_url: http://keys.example.org")],
    ),
    ("a flag that is a text", &[Change(CONFIG, "accept_form_events: false", "accept_form_events: 'no'")]),
    ("a short metrics token", &[Change(CONFIG, "canary-7d1f0c5b93ab-metrics", "canary-7d1f0c5")]),
    ("a proxy by its name", &[Change(CONFIG, "10.0.0.0/8", "localhost")]),
    ("a burst of nothing", &[Change(CONFIG, "burst: 100", "burst: 0")]),
    ("a rate that is too large to be a number here", &[Change(CONFIG, "burst: 100", "burst: 5000000000")]),
    // Bakeries.
    (
        "a bakery's class without its module",
        &[Change(SHARED, "pangeo_forge_runner.bakery.dataflow.DataflowBakery", "DataflowBakery")],
    ),
    ("a misspelt section of a bakery", &[Change(SHARED, "TargetStorage:", "TargetStorge:")]),
    ("a setting that the runner does not have", &[Change(SHARED, "max_num_workers: 4", "num_workers: 4")]),
    ("workers in words", &[Change(SHARED, "max_num_workers: 4", "max_num_workers: four")]),
    (
        "a bakery without a class",
        &[Change(
            SHARED,
            "  bakery_class: pangeo_forge_runner.bakery.dataflow.DataflowBakery\n",
            "  container_image: x\n",
        )],
    ),
    ("temporary files on S3", &[Change(SHARED, "gs://forge/temp", "s3://forge/temp")]),
    ("all runs in one place", &[Change(BAKERY, "Staging/{subpath}", "Staging")]),
    (
        "a field that the runner does not fill",
        &[Change(BAKERY, "Staging/{subpath}", "Staging/{subpath}/{branch}")],
    ),
    (
        "a public address without the path",
        &[Change(SHARED, "https://ncsa.osn.xsede.org/{root_path}", "https://ncsa.osn.xsede.org/")],
    ),
    (
        "a public secret",
        &[Change(SHARED, "    client_kwargs:\n", "    secret: canary-7d1f0c5b93ab\n    client_kwargs:\n")],
    ),
    (
        "a public secret further down",
        &[Change(SHARED, "      endpoint_url:", "      password: canary-7d1f0c5b93ab\n      endpoint_url:")],
    ),
    ("a bakery's file that is a list", &[Change(BAKERY, BAKERY_TEXT, "- region\n")]),
    (
        "a mistake in either file",
        &[Change(SHARED, "description:", "descripton:"), Change(BAKERY, "region:", "regin:")],
    ),
    // Secret arguments.
    ("secret arguments in the wrong place", &[Change(ARGS, "  fsspec_args:\n", "  fspec_args:\n")]),
    (
        "secret arguments for a storage that is not there",
        &[Change(ARGS, "TargetStorage:", "InputCacheStorage:")],
    ),
    ("secret arguments that are not YAML", &[Change(ARGS, "    secret: canary", "    secret canary")]),
    ("a section of secret arguments that nobody reads", &[Change(ARGS, "TargetStorage:", "Bake:")]),
];
