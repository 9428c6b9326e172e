//! A server with one repository, a workspace with bakeries, and a Python environment: what the binary needs around it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use runner_contract::{Failure, Outcome, RunResult};
use tempfile::TempDir;

/// One run's surroundings. Everything lies in a folder that other accounts can enter, since recipe code runs as one.
pub(crate) struct World {
    folder: TempDir,
    pub(crate) inputs: BTreeMap<String, String>,
    pub(crate) variables: BTreeMap<String, OsString>,
}

/// What the binary left behind.
pub(crate) struct Ran {
    pub(crate) outcome: Outcome,
    pub(crate) log: String,
    pub(crate) outputs: String,
    pub(crate) summary: String,
    pub(crate) status: i32,
}

impl Ran {
    pub(crate) fn failure(&self) -> &Failure {
        match &self.outcome.result {
            RunResult::Failed(failure) => failure,
            other => panic!("it did not fail: {other:?}\n{}", self.log),
        }
    }

    /// The lines that a recipe wrote, as the job log shows them.
    pub(crate) fn recipe_lines(&self) -> Vec<&str> {
        let start = self.log.find("::stop-commands::").expect("the runner was started");
        let token = self.log[start..].lines().next().unwrap().trim_start_matches("::stop-commands::");
        let closing = format!("::{token}::");
        self.log[start..].lines().skip(1).take_while(|line| **line != closing).collect()
    }
}

/// The bakery file of the tests, in the layout of the original service.
pub(crate) const LOCAL_BAKERY: &str = r#"
Bake: {bakery_class: pangeo_forge_runner.bakery.local.LocalDirectBakery}
LocalDirectBakery: {num_workers: 1}
TargetStorage:
  fsspec_class: fsspec.implementations.local.LocalFileSystem
  fsspec_args: {}
  root_path: "TARGET/{subpath}"
  public_url: "https://data.example.org/{root_path}"
InputCacheStorage:
  fsspec_class: fsspec.implementations.local.LocalFileSystem
  root_path: CACHE
MetadataCacheStorage:
  fsspec_class: fsspec.implementations.local.LocalFileSystem
  root_path: "CACHE/metadata/{subpath}"
"#;

impl World {
    /// A world whose repository `owner/name` holds the files of `make`, in one commit on `main`.
    pub(crate) fn with(make: impl FnOnce(&Path)) -> Self {
        let folder = TempDir::new().unwrap();
        let world = Self { folder, inputs: BTreeMap::new(), variables: BTreeMap::new() };
        let path = world.path();
        for name in ["", "tmp", "target", "cache", "workspace", "workspace/bakeries", "server/owner/name"] {
            fs::create_dir_all(path.join(name)).unwrap();
            // Recipe code, another account when the tests run as root, writes into target, cache and tmp.
            fs::set_permissions(path.join(name), fs::Permissions::from_mode(0o777)).unwrap();
        }
        let repository = path.join("server/owner/name");
        make(&repository);
        let git = |args: &[&str]| git(&repository, args);
        git(&["init", "-q", "-b", "main"]);
        git(&["add", "-A"]);
        git(&["commit", "-q", "-m", "recipes"]);
        let sha = git(&["rev-parse", "HEAD"]);
        let bakery = LOCAL_BAKERY
            .replace("TARGET", &path.join("target").display().to_string())
            .replace("CACHE", &path.join("cache").display().to_string());
        let mut world = world;
        world.bakery("local", &bakery);
        for (name, value) in [
            ("command", "bake"),
            ("dispatch_id", "dispatch-1"),
            ("repository", "owner/name"),
            ("git_ref", "refs/heads/main"),
            ("sha", sha.trim()),
            ("feedstock_subdir", "feedstock"),
            ("recipe_id", "tiny-daily"),
            ("bakery", "local"),
            ("deployment", "test"),
            ("job_name", "job-1"),
            ("subpath", "app/run-1"),
            ("prune", "false"),
            ("time_limit_minutes", "5"),
        ] {
            world.input(name, value);
        }
        world
    }

    /// A world whose repository is a copy of one of the project's feedstocks.
    pub(crate) fn of(feedstock: &str) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/feedstocks").join(feedstock);
        Self::with(|repository| copy(&source, repository))
    }

    /// A world with one recipe file, whose `meta.yaml` names it as `entry` says.
    pub(crate) fn of_recipe(entry: &str, recipe: &str) -> Self {
        Self::with(|repository| {
            let feedstock = repository.join("feedstock");
            fs::create_dir(&feedstock).unwrap();
            fs::write(feedstock.join("meta.yaml"), format!("recipes:\n  - {entry}\n")).unwrap();
            fs::write(feedstock.join("recipe.py"), recipe).unwrap();
            fs::write(feedstock.join("requirements.txt"), "# nothing\n").unwrap();
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn input(&mut self, name: &str, value: &str) -> &mut Self {
        self.inputs.insert(name.into(), value.into());
        self
    }

    /// Asks for the list of recipes.
    pub(crate) fn expand(&mut self) -> &mut Self {
        for name in ["recipe_id", "bakery", "job_name", "subpath"] {
            self.input(name, "");
        }
        self.input("command", "expand-meta")
    }

    pub(crate) fn bakery(&self, name: &str, text: &str) {
        self.workspace_file(&format!("bakeries/{name}.test.yaml"), text);
    }

    /// Puts the secret arguments of a bakery where the workspace has them.
    pub(crate) fn secret(&self, bakery: &str, text: &str) {
        self.workspace_file(&format!("secrets/bakery-args.{bakery}.yaml"), text);
    }

    pub(crate) fn workspace_file(&self, name: &str, text: &str) {
        let path = self.path().join("workspace").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Puts a shell script in the runner's place, and an interpreter that answers our own scripts as an empty target would, and
    /// with one new store when the script has made the file `$done`.
    pub(crate) fn stand_in(&mut self, script: &str) -> &mut Self {
        let environment = self.path().join("environment");
        let done = self.path().join("target/done");
        let header = format!("#!/bin/sh\ndone={}\n", done.display());
        let python = format!(
            r#"{header}
case "$*" in
  *sysconfig*) echo '"/nowhere/site-packages"' ;;
  *fsspec_class*) if [ -e "$done" ]; then echo '[{{"path": "x.zarr", "dataset_type": "zarr", "mark": "1"}}]'; else echo '[]'; fi ;;
  *store_name*) echo '[{{"path": "named.zarr", "dataset_type": "zarr"}}]' ;;
  *) echo '"empty"' ;;
esac
cat > /dev/null
"#
        );
        fs::create_dir_all(environment.join("bin")).unwrap();
        executable(&environment.join("bin/python"), &python);
        executable(&environment.join("bin/pangeo-forge-runner"), &format!("{header}{script}\n"));
        self.variables.insert("PFR_ENVIRONMENT".into(), environment.into());
        self
    }

    /// Runs the binary, with nothing in its environment but what a container action gets.
    pub(crate) fn run(&self) -> Ran {
        let output = self.output();
        let log =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let read = |name: &str| fs::read_to_string(self.path().join(name)).unwrap_or_default();
        let outcome = serde_json::from_str(&read("workspace/outcome.json"))
            .unwrap_or_else(|error| panic!("no outcome: {error}\n{log}"));
        let left: Vec<_> = fs::read_dir(self.path().join("tmp")).unwrap().flatten().collect();
        assert!(left.is_empty(), "the private folder is still there: {left:?}");
        let status = output.status.code().expect("it was not killed");
        Ran { outcome, log, outputs: read("outputs"), summary: read("summary"), status }
    }

    pub(crate) fn output(&self) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runner-action"));
        command.env_clear().current_dir(self.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let place = |name: &str| self.path().join(name);
        command
            .env("GITHUB_WORKSPACE", place("workspace"))
            .env("GITHUB_SERVER_URL", format!("file://{}", place("server").display()))
            .env("GITHUB_OUTPUT", place("outputs"))
            .env("GITHUB_STEP_SUMMARY", place("summary"))
            .env("RUNNER_TEMP", place("tmp"));
        for (name, value) in &self.inputs {
            command.env(format!("INPUT_{}", name.to_uppercase()), value);
        }
        command.envs(&self.variables).output().unwrap()
    }
}

/// The Python environment of the tests with the real runner.
pub(crate) fn real_environment() -> PathBuf {
    std::env::var_os("PFR_ENVIRONMENT").map(PathBuf::from).expect(
        "PFR_ENVIRONMENT is not set: make an environment with `/usr/bin/python3 -m venv DIR && DIR/bin/pip install -r \
         runner-action/requirements.txt` (Python 3.11) and set PFR_ENVIRONMENT=DIR; `cargo xtask test` does so",
    )
}

pub(crate) fn executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

pub(crate) fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=A Tester", "-c", "user.email=tester@example.org"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            // The content without the permissions, which may keep even the owner from changing a copy.
            fs::write(target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}
