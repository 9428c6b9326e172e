//! Which of the calls a method and a path mean.

use super::{ALL, Call};
use crate::domain::nearest::nearest;

/// The call that a method and a path mean, with or without a query; without it, the one that was most likely meant.
pub fn find(method: &str, path: &str) -> Result<&'static Call, Option<&'static Call>> {
    let path = path.split('?').next().unwrap_or_default();
    let given: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    let named = ALL.iter().filter(|call| call.method.eq_ignore_ascii_case(method));
    // Of several, the one with the most words of its own: `issues/comments` is no issue.
    let fits = named.filter_map(|call| Some((call.literals_in(&given)?, *call)));
    if let Some((_, call)) = fits.max_by_key(|(literals, _)| *literals) {
        return Ok(call);
    }
    let word = |method: &str, path: &str| format!("{} {path}", method.to_ascii_uppercase());
    let wanted = word(method, &given.join("/"));
    let known: Vec<String> = ALL.iter().map(|call| word(call.method, &call.filled_with(&given))).collect();
    let meant = nearest(&wanted, &known);
    Err(meant.and_then(|meant| known.iter().position(|word| word == meant)).map(|index| ALL[index]))
}

impl Call {
    fn segments(&self) -> impl Iterator<Item = &'static str> {
        self.path.trim_start_matches('/').split('/')
    }

    /// How many words of the path are the call's own, if the path is one of its. Paths and references may have slashes in them.
    fn literals_in(&self, given: &[&str]) -> Option<usize> {
        let mut literals = 0;
        let mut rest = given;
        let mut segments = self.segments().peekable();
        while let Some(segment) = segments.next() {
            let (first, after) = rest.split_first()?;
            match segment {
                "{path}" | "{ref}" if segments.peek().is_none() => {
                    return (!first.is_empty()).then_some(literals);
                }
                placeholder if placeholder.starts_with('{') => {
                    if first.is_empty() {
                        return None;
                    }
                }
                literal if literal == *first => literals += 1,
                _ => return None,
            }
            rest = after;
        }
        rest.is_empty().then_some(literals)
    }

    /// Its path with the words that were given in the places of its own placeholders.
    fn filled_with(&self, given: &[&str]) -> String {
        let words = self.segments().enumerate().map(|(index, segment)| {
            given.get(index).filter(|_| segment.starts_with('{')).copied().unwrap_or(segment)
        });
        words.collect::<Vec<_>>().join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;

    #[test]
    fn a_call_is_found_by_its_method_and_path_and_a_stranger_by_what_was_meant() {
        for (method, path, call) in [
            ("get", "/app", GET_APP),
            ("GET", "app/installations/12", GET_INSTALLATION_BY_ID),
            ("GET", "/repos/o/r/issues/comments", LIST_ALL_COMMENTS),
            ("GET", "/repos/o/r/issues/12?x=/y", GET_ISSUE),
            ("GET", "/repos/o/r/contents/recipes/tiny/meta.yaml?ref=main", GET_CONTENT),
            ("GET", "/repos/o/r/git/ref/heads/a/b", GET_REF),
            ("DELETE", "/repos/o/r/git/refs/heads/a", DELETE_REF),
            ("PATCH", "/app/hook/config", UPDATE_HOOK_CONFIG),
        ] {
            assert_eq!(find(method, path), Ok(call), "{method} {path}");
        }
        for (method, path, meant) in [
            ("GET", "/repos/o/r/pull/12", Some(GET_PULL)),
            ("POST", "/app/hook/config", Some(GET_HOOK_CONFIG)),
            ("GET", "/repos/o/r/contents/", None),
            ("GET", "https://elsewhere.example/app", None),
            ("GET", "//app", None),
        ] {
            let found = find(method, path).expect_err(path);
            assert!(meant.is_none() || found == meant, "{method} {path}: {found:?}");
        }
    }
}
