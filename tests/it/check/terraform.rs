//! What `pfo check --terraform` says of a deployment that is told something else than Terraform made. The words are kept in
//! `terraform.txt`; with `PFO_WRITE_SNAPSHOTS=1` they are written anew, to be read before they are committed.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use harness::github::PRIVATE_KEY;
use harness::world::root;
use serde_json::{Value, json};

use super::{command, text};

const DEPLOYMENT: &str = "pforge-local-maintainer";
const CONFIG: &str = "secrets/config.pforge-local-maintainer.yaml";
const BAKERY: &str = "bakeries/gcs.pforge-local-maintainer.yaml";

const CONFIG_TEXT: &str = "\
github_app:
  id: 1234
  app_name: pforge-local-maintainer
  webhook_secret: canary-7d1f0c5b93ab-hook
  private_key: |
    @KEY@
public_url: https://api.example.org
dataflow:
  audience: https://api.example.org/dataflow/status
  service_account: dev-push@forge.iam.gserviceaccount.com
  subscription: projects/forge/subscriptions/pforge-local-maintainer-dataflow-status
";

const BAKERY_TEXT: &str = "\
Bake:
  bakery_class: pangeo_forge_runner.bakery.dataflow.DataflowBakery
DataflowBakery:
  project_id: forge
  region: us-central1
  temp_gcs_location: gs://forge-gcs-temp/temp
  service_account_email: gcs-worker@forge.iam.gserviceaccount.com
TargetStorage:
  fsspec_class: gcsfs.GCSFileSystem
  fsspec_args: {}
  root_path: forge-gcs-data/{subpath}
InputCacheStorage:
  fsspec_class: gcsfs.GCSFileSystem
  fsspec_args: {}
  root_path: gs://forge-gcs-temp/cache
";

/// As `terraform output -json` prints it, of the outputs that are read and one that is not.
fn outputs() -> Value {
    let output = |value: Value| json!({ "sensitive": false, "type": "dynamic", "value": value });
    json!({
        "dataflow": output(json!({ DEPLOYMENT: {
            "audience": "https://api.example.org/dataflow/status",
            "service_account": "dev-push@forge.iam.gserviceaccount.com",
            "subscription": "projects/forge/subscriptions/pforge-local-maintainer-dataflow-status",
        } })),
        "dataflow_regions": output(json!(["us-central1", "us-west1"])),
        "dead_letters": output(json!("dev-dataflow-status-dead")),
        "bakeries": output(json!({ "gcs": {
            "project_id": "forge",
            "data": "gs://forge-gcs-data",
            "temporary": "gs://forge-gcs-temp",
            "service_account_email": "gcs-worker@forge.iam.gserviceaccount.com",
            "launcher": "gcs-launcher@forge.iam.gserviceaccount.com",
        } })),
        "service_url": output(json!("https://api.example.org")),
    })
}

/// Puts the two apart.
enum Mistake {
    /// In a file: what is found in it, and what stands there then.
    Told(&'static str, &'static str, &'static str),
    /// In the outputs: at this pointer (RFC 6901).
    Made(&'static str, fn() -> Value),
    /// Without this output.
    Without(&'static str),
    /// Something else than outputs.
    Text(&'static str),
}

use Mistake::{Made, Text, Told, Without};

const ALL_PUSH: &str = "\
dataflow:
  audience: https://api.example.org/dataflow/status
  service_account: dev-push@forge.iam.gserviceaccount.com
  subscription: projects/forge/subscriptions/pforge-local-maintainer-dataflow-status
";

const CASES: &[(&str, &[Mistake])] = &[
    ("nothing is wrong", &[]),
    ("no service of its own", &[Without("service_url")]),
    ("a service that is not made yet", &[Made("/service_url/value", || Value::Null)]),
    ("another audience", &[Told(CONFIG, "org/dataflow/status", "org/status")]),
    ("another account", &[Told(CONFIG, "dev-push@", "push@")]),
    ("another subscription", &[Told(CONFIG, "subscriptions/pforge-local-maintainer-", "subscriptions/")]),
    ("an app that Terraform does not know", &[Made("/dataflow/value", || json!({}))]),
    ("messages to somebody who listens to none", &[Told(CONFIG, ALL_PUSH, "dataflow: {}\n")]),
    (
        "neither sends nor listens",
        &[Told(CONFIG, ALL_PUSH, "dataflow: {}\n"), Made("/dataflow/value", || json!({}))],
    ),
    ("another address", &[Made("/service_url/value", || json!("https://x.run.app"))]),
    ("no address is told", &[Told(CONFIG, "public_url: https://api.example.org\n", "")]),
    ("another project", &[Told(BAKERY, "project_id: forge", "project_id: other")]),
    ("workers as another account", &[Told(BAKERY, "gcs-worker@", "worker@")]),
    (
        "workers as nobody in particular",
        &[Told(BAKERY, "  service_account_email: gcs-worker@forge.iam.gserviceaccount.com\n", "")],
    ),
    ("a region without a trigger", &[Told(BAKERY, "us-central1", "europe-west1")]),
    (
        "the runner's own region, without a trigger",
        &[
            Told(BAKERY, "  region: us-central1\n", ""),
            Made("/dataflow_regions/value", || json!(["us-west1"])),
        ],
    ),
    ("staged elsewhere", &[Told(BAKERY, "gs://forge-gcs-temp/temp", "gs://forge-gcs-temporary/temp")]),
    ("data elsewhere", &[Told(BAKERY, "forge-gcs-data/", "gs://forge-gcs-data-old/")]),
    (
        "data at another company",
        &[
            Told(BAKERY, "gcsfs.GCSFileSystem", "s3fs.S3FileSystem"),
            Told(BAKERY, "forge-gcs-data/", "elsewhere/"),
        ],
    ),
    ("copies elsewhere", &[Told(BAKERY, "gs://forge-gcs-temp/cache", "gcs://cache")]),
    (
        "a bakery without a file",
        &[Made("/bakeries/value/osn", || outputs()["bakeries"]["value"]["gcs"].clone())],
    ),
    ("a bakery that Terraform did not make", &[Made("/bakeries/value", || json!({}))]),
    ("outputs of another version", &[Without("dataflow_regions")]),
    ("an output of another form", &[Made("/dataflow/value", || json!(["canary-7d1f0c5b93ab"]))]),
    ("an empty state", &[Text("{}\n")]),
    ("no outputs at all", &[Text("canary-7d1f0c5b93ab\n")]),
    ("nothing", &[Text("")]),
];

#[test]
fn what_terraform_made_is_compared_with_what_is_told() {
    let mut said = String::new();
    for (name, mistakes) in CASES {
        let folder = tempfile::tempdir().unwrap();
        let (report, code) = checked(folder.path(), name, mistakes);
        assert!(!report.contains("canary-7d1f0c5b93ab"), "{name}: {report}");
        let errors = report.lines().filter(|line| line.starts_with("error: ")).count();
        assert_eq!(code, Some(i32::from(errors > 0)), "{name}: {report}");
        let _ = writeln!(said, "## {name}\n{report}");
    }
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/check/terraform.txt");
    if std::env::var_os("PFO_WRITE_SNAPSHOTS").is_some() {
        fs::write(&kept, &said).unwrap();
    }
    let expected = fs::read_to_string(&kept).unwrap_or_default();
    assert!(said == expected, "what is said has changed; if it is meant, write terraform.txt anew:\n{said}");
}

/// What the command prints about the two, given the outputs on its standard input, and its exit code.
fn checked(folder: &Path, name: &str, mistakes: &[Mistake]) -> (String, Option<i32>) {
    let (mut outputs, mut other) = (outputs(), None);
    let mut files = [(CONFIG, CONFIG_TEXT.to_owned()), (BAKERY, BAKERY_TEXT.to_owned())];
    for mistake in mistakes {
        match mistake {
            Told(path, find, replace) => {
                let (_, text) = files.iter_mut().find(|(file, _)| file == path).unwrap();
                assert!(text.contains(find), "{name}: {path} holds no {find:?}");
                *text = text.replace(find, replace);
            }
            Made(pointer, value) => {
                let (parent, key) = pointer.rsplit_once('/').unwrap();
                outputs.pointer_mut(parent).unwrap()[key] = value();
            }
            Without(output) => _ = outputs.as_object_mut().unwrap().remove(*output).unwrap(),
            Text(text) => other = Some((*text).to_owned()),
        }
    }
    for (path, text) in files {
        let text = text.replace("@KEY@", &PRIVATE_KEY.lines().collect::<Vec<_>>().join("\n    "));
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut child = command(folder, DEPLOYMENT, "sqlite:none.sqlite")
        .args(["--terraform", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text_of_outputs = other.unwrap_or_else(|| outputs.to_string());
    child.stdin.take().unwrap().write_all(text_of_outputs.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (text(&output).replace(&format!("{}/", folder.display()), ""), output.status.code())
}

#[test]
fn a_file_of_outputs_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let output = command(folder.path(), DEPLOYMENT, "sqlite:none.sqlite")
        .args(["--terraform", "outputs.json"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("outputs.json cannot be read"), "{said}");
}

/// The names that are read are the names that Terraform gives: in each environment, and in the modules whose values they pass on.
#[test]
fn every_environment_has_the_outputs_that_are_read() {
    let file = |path: &str| fs::read_to_string(root().join("terraform").join(path)).unwrap();
    let outputs = outputs();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for environment in ["dev", "pangeo-forge-staging", "pangeo-forge"] {
        let text = file(&format!("{environment}/outputs.tf"));
        for name in keys(&outputs) {
            assert!(text.contains(&format!("output \"{name}\" {{")), "{environment} has no output {name}");
        }
    }
    for (module, value) in [
        ("dataflow-status", &outputs["dataflow"]["value"][DEPLOYMENT]),
        ("bakery", &outputs["bakeries"]["value"]["gcs"]),
    ] {
        let text = file(&format!("modules/{module}/outputs.tf"));
        for key in keys(value) {
            let has = text
                .lines()
                .any(|line| line.trim_start().split_once('=').is_some_and(|(name, _)| name.trim() == key));
            assert!(has, "the outputs of {module} have no {key}");
        }
    }
}
