//! The form that each input must have, as small predicates.
//!
//! They keep out what could climb a path, pass for an option, or end a line. They do not look anything up.

fn all_in(text: &str, longest: usize, others: &str) -> bool {
    let fits = |character: char| character.is_ascii_alphanumeric() || others.contains(character);
    (1..=longest).contains(&text.len()) && text.chars().all(fits)
}

/// Our own name of a dispatch.
pub fn is_dispatch_id(text: &str) -> bool {
    all_in(text, 64, "_.-")
}

/// The name of a bakery or of a deployment; no dots, since they part its file name.
pub fn is_word(text: &str) -> bool {
    all_in(text, 64, "_-")
}

/// One part of a path that cannot climb, hide or pass for an option.
pub fn is_name(text: &str) -> bool {
    all_in(text, 100, "_.-") && !text.starts_with(['.', '-'])
}

/// `owner/name`.
pub fn is_repository(text: &str) -> bool {
    // A repository may be called `.github`, so only the two names that climb are refused.
    let fits = |part: &str| all_in(part, 100, "_.-") && part != "." && part != ".." && !part.starts_with('-');
    text.split_once('/').is_some_and(|(owner, name)| fits(owner) && fits(name))
}

/// A branch or tag, by the rules of git that matter for safety.
pub fn is_branch(text: &str) -> bool {
    let refused = |character: char| character.is_control() || " ~^:?*[\\".contains(character);
    (1..=255).contains(&text.len())
        && !text.contains(refused)
        && !text.contains("..")
        && !text.contains("@{")
        && !text.ends_with(['/', '.'])
        && !text.starts_with(['/', '-'])
}

/// A branch or a pull request by its full name.
pub fn is_git_ref(text: &str) -> bool {
    (text.starts_with("refs/heads/") || text.starts_with("refs/pull/")) && is_branch(text)
}

/// A commit.
pub fn is_sha(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The directory of `meta.yaml`.
pub fn is_subdir(text: &str) -> bool {
    text == "feedstock" || text.strip_prefix("recipes/").is_some_and(is_name)
}

/// A recipe id; those in the wild hold slashes, dots and capitals.
pub fn is_recipe_id(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= 128 && !text.contains(char::is_control)
}

/// A job name that the runner and Dataflow accept.
pub fn is_job_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    (1..=63).contains(&text.len()) && text.as_bytes()[0].is_ascii_lowercase() && text.bytes().all(fits)
}

/// A path below a storage root.
pub fn is_subpath(text: &str) -> bool {
    let refused = |character: char| character.is_control() || "{}\\".contains(character);
    text.chars().count() <= 512
        && !text.contains(refused)
        && text.split('/').all(|part| !["", ".", ".."].contains(&part))
}
