//! Hostile and broken input: nothing panics, nothing takes long, nothing grows without bound.

use std::time::{Duration, Instant};

use super::*;

/// Does the work, and fails when it takes unreasonably long.
#[expect(
    clippy::disallowed_methods,
    reason = "only the length of the work is read, and no result depends on it"
)]
fn in_time(work: impl FnOnce()) {
    let started = Instant::now();
    work();
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
}

/// More than ten times what the slowest case takes without optimisation.
const PATIENCE: Duration = Duration::from_secs(20);

/// A small generator of numbers that are the same on every machine: `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(limit.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}

const SEED: &str = "title: &t \"A title\"\ndescription: |\n  Two\n  lines\nrecipes:\n  - id: a/b\n    object: \"recipe:recipe\"\n  - id: \
                    'c'\n    object: recipe:daily\nprovenance:\n  providers:\n    - {name: N, description: *t, roles: [x, y], url: \
                    https://example.org}\n  license: MIT\nmaintainers:\n  - name: M\n    orcid: 0000-0002-1825-0097\nbakery:\n  id: osn\n";
const PIECES: [&str; 34] = [
    "\n", "\t", " ", "  ", ": ", ":", "- ", "-", "? ", "[", "]", "{", "}", ",", "&a ", "*a", "<<: ", "!x ",
    "!!str ", "|", ">", "\"", "'", "#", "---\n", "...\n", "%", "@", "`", "\r", "\0", "é", "\u{202e}",
    "\u{feff}",
];

#[test]
fn two_thousand_damaged_files_are_survived() {
    in_time(|| damage(2_000));
}

fn damage(files: usize) {
    let mut random = Random(2);
    let mut valid = 0;
    for _ in 0..files {
        let mut text: Vec<char> = SEED.chars().collect();
        for _ in 0..=random.below(4) {
            let at = random.below(text.len() + 1);
            let end = (at + random.below(12)).min(text.len());
            match random.below(3) {
                0 => drop(text.drain(at..end)),
                1 => {
                    let copied: Vec<char> = text.get(at..end).unwrap_or_default().to_vec();
                    let place = random.below(text.len() + 1);
                    text.splice(place..place, copied);
                }
                _ => {
                    let piece = random.pick(&PIECES).copied().unwrap_or_default();
                    text.splice(at..at, piece.chars());
                }
            }
        }
        let text: String = text.into_iter().collect();
        valid += usize::from(check_text(&text).meta.is_some());
    }
    assert!(
        (files / 20..files - files / 20).contains(&valid),
        "the damage should matter often, but not always: {valid} of 2000 valid"
    );
}

#[test]
fn two_thousand_heaps_of_signs_are_survived() {
    let mut random = Random(3);
    in_time(|| {
        for _ in 0..2_000 {
            let text: String = (0..random.below(60)).filter_map(|_| random.pick(&PIECES).copied()).collect();
            check_text(&text);
        }
    });
}

#[test]
fn random_bytes_are_survived() {
    let mut random = Random(4);
    for _ in 0..500 {
        let bytes: Vec<u8> =
            (0..random.below(200)).filter_map(|_| u8::try_from(random.below(256)).ok()).collect();
        check_bytes(&bytes);
    }
}

#[test]
fn the_largest_files_of_one_sign_are_survived() {
    let more = [
        "a: ", "- a\n", "a\n", "? a\n", "&a *a ", "[a, ", "{a: ", "\"\\", "a: b: ", " \n", "'' ", "# \n",
        "- - ", "<<: {}\n",
    ];
    in_time(|| {
        for piece in PIECES.iter().chain(&more) {
            check_text(&piece.repeat(MAX_BYTES / piece.len()));
        }
    });
}

#[test]
fn a_billion_laughs_are_refused() {
    let mut bomb = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..10 {
        let alias = format!("*a{}", level - 1);
        let line = format!("a{level}: &a{level} [{}]\n", [alias.as_str(); 9].join(", "));
        bomb.push_str(&line);
    }
    in_time(|| {
        let findings = check_text(&format!("{bomb}{MINIMAL}")).findings;
        let found: Vec<_> = findings.iter().map(|finding| finding.title.as_str()).collect();
        assert_eq!(found, ["Too many values"]);
    });
}

#[test]
fn depth_is_bounded() {
    for open in ["[", "- ", "{a: ", "? "] {
        let findings = check_text(&format!("title: a\nx:\n  {}", open.repeat(200))).findings;
        assert_eq!(findings.len(), 1, "{open}: {findings:?}");
    }
}

#[test]
fn a_file_full_of_faults_is_cut_short() {
    let recipes: String = (0..5_000).map(|_| "- x\n").collect();
    let findings = check_text(&format!("recipes:\n{recipes}")).findings;
    assert!(findings.len() <= 201, "{}", findings.len());
    assert!(
        findings.last().is_some_and(|finding| finding.message.contains("more findings")),
        "{:?}",
        findings.last()
    );
}
