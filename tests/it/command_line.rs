//! The command line explains itself: the help of every command is kept in `command_line.txt`; with `PFO_WRITE_SNAPSHOTS=1` it is written
//! anew, to be read before it is committed.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use clap::CommandFactory as _;
use harness::world::root;
use orchestrator::cli::Cli;

/// The built program, told nothing by the environment.
pub(crate) fn pfo() -> Command {
    let mut pfo = Command::new(std::env::var_os("PFO_BIN").expect("PFO_BIN names the built program"));
    pfo.env_clear();
    pfo
}

/// Every command, by the words that call it; `help` itself is left out.
fn commands() -> Vec<Vec<String>> {
    fn below(command: &clap::Command, words: &[String], found: &mut Vec<Vec<String>>) {
        found.push(words.to_vec());
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            let words: Vec<String> = words.iter().cloned().chain([inner.get_name().to_owned()]).collect();
            below(inner, &words, found);
        }
    }
    let mut found = Vec::new();
    below(&Cli::command(), &[], &mut found);
    found
}

fn help(words: &[String]) -> String {
    // Without the environment, whose values help would show.
    let output = pfo().args(words).arg("--help").output().unwrap();
    assert!(output.status.success(), "{words:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_help_of_every_command_stands_alone() {
    let mut said = String::new();
    for words in commands() {
        let help = help(&words);
        // What is behind an option without a word about it, nobody can know.
        let undocumented = help.lines().zip(help.lines().skip(1)).find(|(option, text)| {
            option.trim_start().starts_with("--") && text.trim().is_empty() && !option.contains("  ")
        });
        assert_eq!(undocumented, None, "pfo {}", words.join(" "));
        let _ = writeln!(said, "## pfo {}\n\n{help}", words.join(" "));
    }
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/command_line.txt");
    if std::env::var_os("PFO_WRITE_SNAPSHOTS").is_some() {
        fs::write(&kept, &said).unwrap();
    }
    let expected = fs::read_to_string(&kept).unwrap_or_default();
    assert!(said == expected, "the help has changed; if it is meant, write command_line.txt anew:\n{said}");
}

/// Those whose answer is in a form that others gave it, and the one that goes on until it is stopped.
const OF_ANOTHER_FORM: [&str; 4] = ["serve", "openapi", "completions", "man"];

#[test]
fn every_command_answers_programs_too() {
    for words in commands() {
        let command =
            words.iter().fold(Cli::command(), |outer, word| outer.find_subcommand(word).unwrap().clone());
        let is_whole = !command.has_subcommands() && !OF_ANOTHER_FORM.contains(&words[0].as_str());
        let takes_json = command.get_arguments().any(|argument| argument.get_long() == Some("json"));
        assert_eq!(takes_json, is_whole, "pfo {}", words.join(" "));
    }
}

#[test]
fn the_page_about_the_command_line_names_every_command() {
    let page = fs::read_to_string(root().join("docs/cli.md")).unwrap();
    for words in commands() {
        let Some(last) = words.last() else { continue };
        let is_named = page.lines().any(|line| {
            line.contains(&format!("`pfo {}`", words.join(" ")))
                || (line.contains(&format!("`pfo {}", words[0])) && line.contains(&format!("`{last}`")))
                || (words.len() == 1 && line.contains(&format!("`pfo {last} ")))
        });
        assert!(is_named, "docs/cli.md does not name `pfo {}`", words.join(" "));
    }
}
