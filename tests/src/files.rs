//! The files of the deployment that tests and plays have.

use std::path::Path;

use crate::github::PRIVATE_KEY;
use crate::google::FakeGoogle;
use crate::world::{self, API_KEY, DEPLOYMENT, WEBHOOK_SECRET};

/// Adds to the files of a deployment what leads to a stand-in for Google.
pub fn lead_to(directory: &Path, google: &FakeGoogle) {
    let secrets = directory.join("secrets");
    let key = google.key_file().to_string();
    std::fs::write(secrets.join("dataflow-key.json"), key).expect("a file can be written");
    let path = secrets.join(format!("config.{DEPLOYMENT}.yaml"));
    let config = std::fs::read_to_string(&path).expect("the file is there");
    std::fs::write(&path, config + &google.settings("dataflow-key.json")).expect("a file can be written");
}

/// Writes the files that a deployment has: the App's secrets, and two bakeries that keep their data below `data`.
pub fn write_config(directory: &Path, data: &str) {
    write_config_with(directory, data, "");
}

pub(crate) fn write_config_with(directory: &Path, data: &str, github_app: &str) {
    let github_app = github_app.lines().fold(String::new(), |text, line| text + "  " + line + "\n");
    let key = PRIVATE_KEY.lines().collect::<Vec<_>>().join("\n    ");
    let app_id = crate::github::APP_ID;
    let config = format!(
        "fastapi:\n  PANGEO_FORGE_API_KEY: '{API_KEY}'\ngithub_app:\n  id: {app_id}\n  app_name: pangeo-forge\n  webhook_secret: '{WEBHOOK_SECRET}'\n  private_key: |\n    {key}\n{github_app}\
         hub:\n  repository: {}\npublic_url: http://127.0.0.1:8000\n",
        world::HUB
    );
    let bakery = |class: &str| {
        format!(
            "description: Keeps its data in a directory\nregion: local\nBake:\n  bakery_class: {class}\n\
             TargetStorage:\n  fsspec_class: fsspec.implementations.local.LocalFileSystem\n  fsspec_args: {{}}\n  \
             root_path: {data}/{{subpath}}\n  public_url: 'https://data.example.org{{root_path}}'\n\
             InputCacheStorage:\n  fsspec_class: fsspec.implementations.local.LocalFileSystem\n  fsspec_args: {{}}\n  \
             root_path: {data}/cache\n"
        )
    };
    let files = [
        (format!("secrets/config.{DEPLOYMENT}.yaml"), config),
        (
            format!("bakeries/local-direct.{DEPLOYMENT}.yaml"),
            bakery("pangeo_forge_runner.bakery.local.LocalDirectBakery"),
        ),
        (
            format!("bakeries/far-away.{DEPLOYMENT}.yaml"),
            bakery("pangeo_forge_runner.bakery.dataflow.DataflowBakery")
                + "DataflowBakery:\n  project_id: far-away\n  temp_gcs_location: gs://far-away/temp\n",
        ),
    ];
    for (name, text) in files {
        let path = directory.join(name);
        let parent = path.parent().expect("every file lies in a directory");
        std::fs::create_dir_all(parent).expect("a directory can be made");
        std::fs::write(path, text).expect("a file can be written");
    }
}

/// Gives the production of the bakery `local-direct` a layout of its own.
pub(crate) fn lay_out_production(directory: &Path, layout: &str) {
    let path = directory.join(format!("bakeries/local-direct.{DEPLOYMENT}.yaml"));
    let bakery = std::fs::read_to_string(&path).expect("the file is there");
    std::fs::write(&path, format!("production_path: '{layout}'\n{bakery}")).expect("a file can be written");
}

/// Switches the limit of requests per address off, for a client that asks as fast as it can.
pub(crate) fn unlimit(directory: &Path) {
    let path = directory.join(format!("secrets/config.{DEPLOYMENT}.yaml"));
    let config = std::fs::read_to_string(&path).expect("the file is there");
    let unlimited = config + "operating:\n  rate_limit:\n    enabled: false\n";
    std::fs::write(&path, unlimited).expect("a file can be written");
}

/// Lets the bakery `local-direct` publish below an address.
pub(crate) fn publish_at(directory: &Path, url: &str) {
    let path = directory.join(format!("bakeries/local-direct.{DEPLOYMENT}.yaml"));
    let bakery = std::fs::read_to_string(&path).expect("the file is there");
    std::fs::write(&path, bakery.replace("https://data.example.org", url)).expect("a file can be written");
}
