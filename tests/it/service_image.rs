//! The service's image as a platform runs it: its file system read-only, without a capability, without root, beside a stand-in for GitHub.
//!
//! The image takes a quarter of an hour to build, so these are ignored by `cargo xtask test`; `cargo xtask images` builds it, names it in
//! `PFO_SERVICE_IMAGE`, and runs them.

use std::process::{Command, Output, Stdio};

use harness::files::write_config;
use harness::github::{FakeGithub, Hook, NewPull};
use harness::world::{CONTRIBUTOR, DEPLOYMENT, STAGED, WEBHOOK_SECRET, feedstock, furnish};
use reqwest::{Client, StatusCode};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command as AsyncCommand};

/// The largest image that is let through, in bytes: 40 MB.
const LARGEST: u64 = 40_000_000;
/// What a platform takes from a container that need not have it.
const CONFINED: [&str; 5] = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];

fn image() -> String {
    std::env::var("PFO_SERVICE_IMAGE").expect("PFO_SERVICE_IMAGE names no image: use `cargo xtask images`")
}

fn docker(arguments: &[&str]) -> Output {
    Command::new("docker").args(arguments).output().unwrap()
}

fn inspect(format: &str) -> String {
    let Output { status, stdout, stderr } = docker(&["image", "inspect", "--format", format, &image()]);
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap().trim().to_owned()
}

#[test]
#[ignore = "needs the service's image"]
fn the_service_image_is_small_and_says_what_it_is() {
    let size: u64 = inspect("{{.Size}}").parse().unwrap();
    println!("the service's image has {} kB", size / 1000);
    assert!(size <= LARGEST, "the image has {size} bytes, more than {LARGEST}");
    let labels: Value = serde_json::from_str(&inspect("{{json .Config.Labels}}")).unwrap();
    for label in ["title", "description", "source", "revision", "licenses"] {
        let value = labels[format!("org.opencontainers.image.{label}")].as_str().unwrap_or_default();
        assert!(!value.is_empty(), "the image has no label {label}: {labels}");
    }
}

#[test]
#[ignore = "needs the service's image"]
fn the_service_image_has_no_root_and_no_shell() {
    let user = inspect("{{.Config.User}}");
    let uid: u32 = user.split(':').next().unwrap().parse().expect("the user is a number");
    assert_ne!(uid, 0);
    for shell in ["/bin/sh", "/bin/bash", "/bin/dash", "/bin/busybox", "/busybox/sh", "sh"] {
        let output =
            docker(&["run", "--rm", "--network", "none", "--entrypoint", shell, &image(), "-c", "true"]);
        // 127: the engine has found no such program.
        assert_eq!(output.status.code(), Some(127), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// A container of the service that is ended with this value.
struct Container {
    name: String,
    run: Child,
}

impl Container {
    /// Starts it in the host's network, where the stand-in is, and waits until it says where it listens.
    async fn start(config: &str, github: &str) -> (Self, String) {
        let name = format!("pfo-image-test-{}", std::process::id());
        let mut run = AsyncCommand::new("docker");
        run.args(["run", "--rm", "--network", "host", "--name", &name]).args(CONFINED);
        // Nothing is named, so that it is gone with the container; its owner comes from the image.
        run.args(["--volume", "/data", "--volume"]).arg(format!("{config}:/etc/pangeo-forge:ro"));
        for (variable, value) in [
            ("PANGEO_FORGE_DEPLOYMENT", DEPLOYMENT),
            ("GITHUB_API_URL", github),
            ("DATABASE_URL", "sqlite:pangeo-forge.sqlite"),
            ("PFO_LISTEN", "127.0.0.1:0"),
        ] {
            run.arg("--env").arg(format!("{variable}={value}"));
        }
        run.arg(image()).stdin(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut container = Self { name, run: run.spawn().unwrap() };
        let mut log = BufReader::new(container.run.stderr.take().unwrap()).lines();
        let mut said = String::new();
        while let Some(line) = log.next_line().await.unwrap() {
            let fields: Value = serde_json::from_str(&line).unwrap_or_default();
            said = said + &line + "\n";
            if fields["message"] == "listening" {
                let url = format!("http://{}", fields["address"].as_str().unwrap());
                // Read on, or the container stops when the pipe is full.
                tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
                return (container, url);
            }
        }
        panic!("the container ended before it listened:\n{said}");
    }

    /// Tells it to stop, and demands that it ends in peace.
    async fn stop(mut self) {
        assert!(docker(&["stop", "--time", "25", &self.name]).status.success());
        let status = self.run.wait().await.unwrap();
        assert!(status.success(), "told to stop, it ended with {status}");
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        drop(docker(&["rm", "--force", "--volumes", &self.name]));
    }
}

async fn deliver(client: &Client, url: &str, hook: &Hook, secret: &str) -> StatusCode {
    let request = client.post(format!("{url}/github/hooks/")).body(hook.body.clone());
    let headers = hook.signed_headers(secret);
    let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    request.send().await.unwrap().status()
}

#[tokio::test]
#[ignore = "needs the service's image"]
async fn the_service_image_works_read_only_and_without_capabilities() {
    let github = FakeGithub::builder().without_contract().system_clock().start().await.unwrap();
    furnish(&github);
    let config = tempfile::tempdir().unwrap();
    write_config(config.path(), "/tmp/data");
    super::container::open_to_all(config.path());
    let (container, url) = Container::start(&config.path().display().to_string(), github.url()).await;
    let client = Client::builder().no_proxy().build().unwrap();

    for page in ["/livez", "/readyz"] {
        let answer = client.get(format!("{url}{page}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{page}");
    }
    let version = client.get(format!("{url}/version")).send().await.unwrap();
    let version: Value = serde_json::from_str(&version.text().await.unwrap()).unwrap();
    assert_eq!(version["commit"], inspect("{{index .Config.Labels \"org.opencontainers.image.revision\"}}"));

    let files = feedstock("tiny-success", "recipes/tiny");
    github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
    let hook = github.next_hook().await;
    assert_eq!(deliver(&client, &url, &hook, "another secret").await, StatusCode::UNAUTHORIZED);
    assert_eq!(deliver(&client, &url, &hook, WEBHOOK_SECRET).await, StatusCode::ACCEPTED);

    // What it makes of the pull request is seen on GitHub, and so a webhook follows from it.
    loop {
        let hook = github.next_hook().await;
        if hook.event == "check_run" && hook.json()["check_run"]["status"] == "completed" {
            assert_eq!(hook.json()["check_run"]["conclusion"], "success");
            break;
        }
        assert_eq!(deliver(&client, &url, &hook, WEBHOOK_SECRET).await, StatusCode::ACCEPTED);
    }
    assert!(github.unhandled().is_empty(), "{:?}", github.unhandled());
    container.stop().await;
}
