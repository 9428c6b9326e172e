//! Finds the first real error in a Python traceback, and the line of the feedstock that it comes from.
//!
//! Beam wraps an error of a worker several times, and the last line is then the wrapper's. The error that matters is the one whose
//! frames reach into the feedstock's own files; without such frames it is the last of the chain. Pure text work.

use std::path::Path;

use runner_contract::Location;

use crate::log::cut_at_word;

/// What a traceback tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `ValueError: no data for day 1`, on one line.
    pub error: String,
    /// The innermost line in the feedstock's own files.
    pub location: Option<Location>,
}

/// The longest error that is told, in bytes.
pub const ERROR_MAX_BYTES: usize = 500;

/// One exception with the frames above it.
#[derive(Default)]
struct Block<'a> {
    location: Option<Location>,
    error: Vec<&'a str>,
}

/// Reads a traceback. `feedstock` is the directory of `meta.yaml`.
pub fn read(text: &str, feedstock: &Path) -> Option<Finding> {
    let blocks = blocks(text, feedstock);
    let chosen = blocks
        .iter()
        .find(|block| block.location.is_some() && !block.error.is_empty())
        .or_else(|| blocks.iter().rev().find(|block| !block.error.is_empty()))?;
    let joined = chosen.error.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    // Where a file of the feedstock is named, its place on our disk helps nobody.
    let error = joined.replace(&format!("{}/", feedstock.display()), "");
    let location = chosen.location.clone().or_else(|| yaml_location(&chosen.error, feedstock));
    Some(Finding { error: cut_at_word(&error, ERROR_MAX_BYTES).to_owned(), location })
}

fn blocks<'a>(text: &'a str, feedstock: &Path) -> Vec<Block<'a>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut in_frames = false;
    let mut in_error = false;
    for line in text.lines() {
        // `RuntimeError: Traceback (most recent call last):` is a wrapper: its own words say nothing.
        if line.ends_with("Traceback (most recent call last):") {
            blocks.push(Block::default());
            (in_frames, in_error) = (true, false);
            continue;
        }
        let Some(block) = blocks.last_mut() else { continue };
        let indented = line.starts_with(' ');
        if in_frames && indented {
            if let Some(location) = frame(line, feedstock) {
                block.location = Some(location);
            }
        } else if in_frames {
            (in_frames, in_error) = (false, true);
            block.error.push(line);
        } else if in_error {
            // A message goes on until the first empty line.
            in_error = !line.trim().is_empty();
            if in_error {
                block.error.push(line);
            }
        }
    }
    blocks
}

/// `  File "<feedstock>/recipe.py", line 22, in synthesize`, and the same without a function for a syntax error.
fn frame(line: &str, feedstock: &Path) -> Option<Location> {
    let rest = line.trim_start().strip_prefix("File \"")?;
    let (path, rest) = rest.split_once("\", line ")?;
    let digits = rest.split(|next: char| !next.is_ascii_digit()).next()?;
    location(path, digits, feedstock)
}

/// `  in "<feedstock>/meta.yaml", line 4, column 11`, the last of them.
fn yaml_location(error: &[&str], feedstock: &Path) -> Option<Location> {
    error.iter().rev().find_map(|line| {
        let (path, rest) = line.trim_start().strip_prefix("in \"")?.split_once("\", line ")?;
        location(path, rest.split(',').next()?, feedstock)
    })
}

fn location(path: &str, line: &str, feedstock: &Path) -> Option<Location> {
    let file = Path::new(path).strip_prefix(feedstock).ok()?.to_str()?.to_owned();
    // A path that climbs could be printed by a recipe; it is no file of the feedstock.
    let plain = !file.is_empty() && !file.split('/').any(|part| part == "..");
    plain.then_some(Location { file, line: line.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syntax_error_has_its_line_though_it_has_no_frame() {
        let text = "Traceback (most recent call last):\n  File \"/opt/x.py\", line 1, in parse\n    return compile()\n  \
                    File \"/w/feedstock/recipe.py\", line 7\n    def f(:\n          ^\nSyntaxError: invalid syntax\n";
        let finding = read(text, Path::new("/w/feedstock")).expect("there is a traceback");
        assert_eq!(finding.error, "SyntaxError: invalid syntax");
        assert_eq!(finding.location, Some(Location { file: "recipe.py".into(), line: 7 }));
    }

    #[test]
    fn a_printed_path_that_climbs_is_no_file_of_the_feedstock() {
        let text = "Traceback (most recent call last):\n  File \"/w/feedstock/../../etc/passwd\", line 1, in x\nE: x\n";
        assert_eq!(read(text, Path::new("/w/feedstock")).expect("there is a traceback").location, None);
    }

    #[test]
    fn text_without_a_traceback_tells_nothing() {
        assert_eq!(read("all is well", Path::new("/w")), None);
    }
}
