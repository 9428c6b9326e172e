//! Why a feedstock cannot be made without somebody's help: a paragraph for each reason, which says what to do.

use super::markdown::{sentence, span};
use crate::domain::creation::MAX_FILE_BYTES;
use crate::domain::id::{PullNumber, RepoName};

/// Somebody else's repository has the name.
pub fn name_taken(feedstock: &RepoName, url: &str) -> String {
    format!(
        "There is a repository [{feedstock}]({url}) already, which was not made from this pull request, and nothing in it was touched. If \
         it is the feedstock of this recipe, propose the change there and end this; if not, rename it or rename the recipe's directory."
    )
}

/// Something that we cannot see has the name.
pub fn name_hidden(feedstock: &RepoName, why: &str) -> String {
    format!(
        "GitHub does not make a repository `{feedstock}`, and there is none that this App can see; it may be a private one. GitHub says: \
         {}",
        sentence(why)
    )
}

/// There is no way for an App to make a repository there.
pub fn not_an_organisation(owner: &str) -> String {
    format!(
        "{} is a user's account, and GitHub lets an App make repositories in organisations only. Make the feedstock's repository by hand, \
         or use an organisation.",
        span(owner)
    )
}

/// The App made the repository and cannot work in it.
pub fn not_covered(feedstock: &RepoName) -> String {
    format!(
        "`{feedstock}` was made, but this App's installation does not cover it. Add it to the installation's repositories, or let the \
         installation cover all repositories."
    )
}

/// A branch that is not ours stands in the way.
pub fn branch_taken(repository: &RepoName, branch: &str) -> String {
    format!(
        "The branch `{branch}` of {repository} holds something that this App did not put there, and it was left alone. Remove or rename the \
         branch if it is not needed."
    )
}

/// A proposal that is not ours stands in the way.
pub fn proposal_taken(repository: &RepoName, branch: &str) -> String {
    format!(
        "Somebody else has opened a pull request from the branch `{branch}` of {repository}. Close it if it is not needed."
    )
}

/// Somebody closed our proposal.
pub fn proposal_closed(repository: &RepoName, number: PullNumber) -> String {
    format!(
        "Somebody closed {repository}#{number} without merging it. Reopen it if it was closed by mistake."
    )
}

/// Somebody pushed to our branch.
pub fn branch_changed(repository: &RepoName, number: PullNumber) -> String {
    format!(
        "Somebody changed {repository}#{number} after this App had opened it, so it was not merged. If the change is good, merge it; if \
         not, take it back."
    )
}

/// A file is too large to be copied.
pub fn file_too_large(path: &str) -> String {
    format!(
        "{} is larger than {} MB, which is more than can be copied here. Data does not belong into a recipe: make the feedstock by hand, \
         or merge the recipe again without the file.",
        span(path),
        MAX_FILE_BYTES / 1024 / 1024
    )
}

/// There are more files than GitHub lists.
pub fn too_many_files(directory: &str) -> String {
    format!("{} has more files than GitHub lists. Make the feedstock by hand.", span(directory))
}

/// The recipe is not there any more.
pub fn recipe_gone(directory: &str) -> String {
    format!("{} is not in the commit that was merged.", span(directory))
}

/// We gave up.
pub fn gave_up(why: &str) -> String {
    format!("The service tried for hours, or was refused, and gave up: {}", sentence(why))
}
