//! "Did you mean": the known word that a mistyped one most likely stands for.
//!
//! Only the distance between words lives here; which words are known, and the sentence around the suggestion, belong to the
//! caller.

/// Longer words are not compared: the distance takes time in proportion to the product of both lengths.
const MAX_COMPARED: usize = 256;

/// The candidate nearest to `word`, or `None` when none is near enough to be a typing mistake.
///
/// Near enough is a distance of at most 2, or of a third of the word's length when that is more, and never more than half of the
/// longer word: of a three-letter word two wrong letters leave nothing to recognise. Exchanging two neighbouring letters counts
/// as one step, and upper and lower case count as equal. Of equally near candidates the first wins.
pub fn nearest<'a, S>(word: &str, candidates: impl IntoIterator<Item = &'a S>) -> Option<&'a str>
where
    S: AsRef<str> + ?Sized + 'a,
{
    let length = word.chars().count();
    if length > MAX_COMPARED {
        return None;
    }
    let folded = word.to_lowercase();
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let candidate = candidate.as_ref();
        let candidate_length = candidate.chars().count();
        let limit = (length / 3).max(2).min(length.max(candidate_length) / 2);
        // Words differ at least by the difference of their lengths; this spares most of the work.
        if candidate_length > MAX_COMPARED || length.abs_diff(candidate_length) > limit {
            continue;
        }
        let distance = strsim::osa_distance(&folded, &candidate.to_lowercase());
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_known_word_is_suggested_and_strangers_are_not() {
        let known = ["recipes", "title", "bakery", "id", "run", "gpcp-from-gcs", "NASA-SMAP-SSS/RSS/monthly"];
        for (word, expected) in [
            ("recipe", Some("recipes")),
            ("Recipes", Some("recipes")),
            ("recieps", Some("recipes")),
            ("titel", Some("title")),
            ("bakry", Some("bakery")),
            ("rnu", Some("run")),
            ("ru", Some("run")),
            ("ID", Some("id")),
            ("gpcp_from_gcs", Some("gpcp-from-gcs")),
            ("nasa-smap-sss/rss/montly", Some("NASA-SMAP-SSS/RSS/monthly")),
            ("bug", None),
            ("zz", None),
            ("", None),
            ("description", None),
        ] {
            assert_eq!(nearest(word, &known), expected, "{word}");
        }
    }

    #[test]
    fn a_hostile_word_costs_nothing() {
        assert_eq!(nearest(&"x".repeat(1_000_000), &["recipes"]), None);
    }

    #[test]
    fn owned_names_serve_as_candidates() {
        let known = vec!["osn".to_owned(), "gcs".to_owned()];
        assert_eq!(nearest("ons", &known), Some("osn"));
    }
}
