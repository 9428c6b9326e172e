//! `pfo completions` and `pfo man`: what a shell and `man` know of the command line, made from the command line itself.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, print};

/// Print what a shell needs to complete commands and options.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pfo completions bash > ~/.local/share/bash-completion/completions/pfo
  pfo completions zsh > ~/.zfunc/_pfo
  pfo completions fish > ~/.config/fish/completions/pfo.fish
")]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "pfo", &mut text);
        print(String::from_utf8(text).context("the shell's words are no text")?.trim_end());
        Ok(ExitCode::SUCCESS)
    }
}

/// Write the manual: a page for `man` for each command.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  pfo man ~/.local/share/man/man1 && man pfo-check
")]
pub(super) struct Man {
    /// The folder for the pages, `pfo.1` and so on. It is made where it is not there.
    folder: PathBuf,
}

impl Man {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let folder = self.folder.display();
        std::fs::create_dir_all(&self.folder).with_context(|| format!("{folder} cannot be made"))?;
        clap_mangen::generate_to(Cli::command(), &self.folder)
            .with_context(|| format!("the pages cannot be written to {folder}"))?;
        print(format_args!("the pages are in {folder}; `man {folder}/pfo.1` shows the first"));
        Ok(ExitCode::SUCCESS)
    }
}
