//! Putting text that we did not write into Markdown, so that it stays text: no mention, no link, no image, no HTML, no way out of
//! its code block.

/// GitHub's limit for a check run's summary and text, in characters.
pub const MAX_TEXT: usize = 65_535;
/// The most that is shown of one foreign text.
const MAX_BLOCK: usize = 20_000;
/// The most that is shown of one foreign word, and of some sentences.
const MAX_SPAN: usize = 300;
const MAX_SENTENCE: usize = 2_000;
/// GitHub's lists show a title on one line; longer ones are cut there anyway.
const MAX_TITLE: usize = 200;

/// Foreign text as a code block. The fence is longer than any run of back-ticks inside.
pub fn block(text: &str) -> String {
    let text = visible(text, true);
    let text = cut(text.trim_end(), MAX_BLOCK);
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    format!("{fence}text\n{text}\n{fence}")
}

/// A foreign word as a code span, on one line.
pub fn span(text: &str) -> String {
    span_up_to(text, MAX_SPAN)
}

/// A foreign word as a code span in a cell of a table, which a bare `|` would end even there.
pub fn cell(text: &str) -> String {
    span(text).replace('|', "\\|")
}

/// Foreign sentences as a code span: nothing less keeps GitHub from seeing mentions and links in them.
pub fn sentence(text: &str) -> String {
    span_up_to(text, MAX_SENTENCE)
}

fn span_up_to(text: &str, limit: usize) -> String {
    let text = visible(text, false);
    let text = cut(&text, limit);
    let fence = "`".repeat(longest_run(&text) + 1);
    // A space at each end keeps a leading or trailing back-tick apart from the fence; GitHub strips it again.
    if text.is_empty() {
        "(nothing)".into()
    } else if text.starts_with('`') || text.ends_with('`') {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}

/// Foreign text for a place where GitHub reads no Markdown, such as a title: one line, no control characters.
pub fn line(text: &str) -> String {
    cut(&visible(text, false), MAX_TITLE)
}

/// Folds a part away under a heading of our own.
pub fn fold(heading: &str, body: &str) -> String {
    format!("<details><summary>{heading}</summary>\n\n{body}\n\n</details>")
}

/// Cuts to `limit` characters, and says so.
pub fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit.saturating_sub(1)).collect();
    format!("{kept}…")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Removes what would not be seen or would reorder what is: control characters, and the marks that turn the direction of text.
fn visible(text: &str, keep_lines: bool) -> String {
    let is_bidi = |c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    text.chars()
        .filter(|c| !is_bidi(*c))
        .filter_map(|c| match c {
            '\n' | '\t' if keep_lines => Some(c),
            c if c.is_control() => (!keep_lines).then_some(' ').filter(|_| c.is_whitespace()),
            c => Some(c),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s18_a_fence_is_longer_than_any_inside() {
        for text in [
            "plain",
            "```\n@everyone\n```",
            "`````` and ```",
            "<img src=x>",
            "\u{202e}evil\u{0}\u{1b}[31m",
            "```text\n",
        ] {
            let shown = block(text);
            let fence = shown.lines().next().expect("a block has lines").trim_end_matches("text");
            let body: Vec<&str> = shown.lines().skip(1).collect();
            let (last, inside) = body.split_last().expect("a block has an end");
            assert_eq!(*last, fence);
            assert!(inside.iter().all(|line| !line.contains(fence)), "{shown}");
            assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}') && !shown.contains('\u{0}'));
        }
    }

    #[test]
    fn s18_a_span_stays_on_one_line_and_in_its_ticks() {
        assert_eq!(span("a`b"), "``a`b``");
        assert_eq!(span("`"), "`` ` ``");
        assert_eq!(span("a\nb"), "`a b`");
        assert_eq!(span(""), "(nothing)");
    }

    #[test]
    fn a_cut_text_says_so() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("äöü", 3), "äöü");
    }
}
