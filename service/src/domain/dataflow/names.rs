//! Which job is meant: ids, names and projects as they are told, against those that are recorded.

/// The runner adds `-` and so many digits to a name when a recipe's module holds several recipes.
const SUFFIX_DIGITS: usize = 5;
/// And cuts what stands before to so many characters.
const KEPT: usize = 56;

/// Whether a text can be Dataflow's id of a job: `2024-03-13_13_30_56-9773037660972565699`.
pub fn is_job_id(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

/// The names that we may have given to a job that is called so: its own, and what stands before the runner's suffix. A name is only
/// compared with those on record; nothing is read out of it.
pub fn names_of(told: &str) -> [Option<&str>; 2] {
    let before = told.rsplit_once('-').filter(|(_, suffix)| {
        suffix.len() == SUFFIX_DIGITS && suffix.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    });
    [Some(told), before.map(|(before, _)| before)]
}

/// Whether a job that is called so can be the one that we named `ours`.
pub fn is_name_of(told: &str, ours: &str) -> bool {
    let cut = ours.get(..KEPT).unwrap_or(ours);
    let [whole, before] = names_of(told);
    whole == Some(ours) || before.is_some_and(|before| before == ours || before == cut)
}

/// Whether a project that was told can be the one on record. Google names a project by its number in some messages and by its id in
/// others, and a bakery may leave it out: where the two cannot be compared, the id or the name of the job has to do, which are as hard to
/// have by chance. Whoever can put a message into our subscription could write any project into it anyway.
pub fn project_fits(recorded: &str, told: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    recorded.is_empty() || recorded == told || is_number(recorded) || is_number(told)
}
