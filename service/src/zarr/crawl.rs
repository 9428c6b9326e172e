//! Stores without consolidated metadata: every node has files of its own, and which nodes there are is not known over HTTP.
//!
//! Many hosts list what they have. Where one does not, arrays are known only by what names them: the coordinates of the group, and what
//! the arrays that were found name in turn. That is never all of them, so the store counts as incomplete.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::fetch::Fetch;
use super::{Error, Node, Result, listing, v2, v3};
use crate::domain::dataset::stored::{self, Attributes, StoredArray};
use crate::domain::dataset::words;

/// Attributes that name other arrays: <https://cfconventions.org/cf-conventions/cf-conventions.html#attribute-appendix>.
const NAMING: [&str; 6] =
    ["coordinates", "bounds", "climatology", "grid_mapping", "ancillary_variables", "cell_measures"];

/// Which files a node has.
#[derive(Debug, Clone, Copy)]
pub(super) enum Format {
    Second,
    Third,
}

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) nodes: BTreeMap<String, Node>,
    pub(super) is_complete: bool,
}

/// Everything below the root that can be found.
pub(super) async fn crawl(fetch: &Fetch<'_>, format: Format, root: &Attributes) -> Result<Found> {
    let Some(names) = listing::list(fetch, "").await? else { return follow_names(fetch, format, root).await };
    let mut found = Found { nodes: BTreeMap::new(), is_complete: true };
    let mut paths: Vec<String> = names;
    for _ in 0..fetch.limits.depth {
        let mut below = Vec::new();
        for (path, node) in fetch_all(fetch, format, &paths, found.nodes.len()).await? {
            if matches!(node, Node::Group(_)) {
                let names = listing::list(fetch, &path).await?.unwrap_or_default();
                below.extend(names.into_iter().map(|name| format!("{path}/{name}")));
            }
            found.nodes.insert(path, node);
        }
        if below.is_empty() {
            return Ok(found);
        }
        paths = below;
    }
    found.is_complete = false;
    Ok(found)
}

async fn follow_names(fetch: &Fetch<'_>, format: Format, root: &Attributes) -> Result<Found> {
    let mut found = Found::default();
    let mut asked = BTreeSet::new();
    let mut next: BTreeSet<String> = named(root).collect();
    while !next.is_empty() {
        asked.extend(next.iter().cloned());
        let paths: Vec<String> = next.into_iter().collect();
        next = BTreeSet::new();
        for (path, node) in fetch_all(fetch, format, &paths, found.nodes.len()).await? {
            if let Node::Array(array) = &node {
                next.extend(neighbours(array).filter(|name| !asked.contains(name)));
            }
            found.nodes.insert(path, node);
        }
    }
    if found.nodes.is_empty() { Err(Error::NotConsolidated) } else { Ok(found) }
}

/// Arrays that an array names: its dimensions, and what its attributes speak of.
fn neighbours(array: &StoredArray) -> impl Iterator<Item = String> {
    let dimensions = array.dimensions.iter().flatten().flatten().cloned();
    dimensions.chain(named(&array.attributes)).filter(|name| !name.contains('/'))
}

/// `cell_measures` and the longer form of `grid_mapping` have words that end with a colon and name nothing.
fn named(attributes: &Attributes) -> impl Iterator<Item = String> {
    NAMING.iter().flat_map(|name| words(stored::get(attributes, name))).filter(|word| !word.ends_with(':'))
}

/// The nodes at these paths, without those that are not there.
async fn fetch_all(
    fetch: &Fetch<'_>,
    format: Format,
    paths: &[String],
    known: usize,
) -> Result<Vec<(String, Node)>> {
    let limit = fetch.limits.nodes_apart;
    if known + paths.len() > limit {
        return Err(Error::TooLarge(format!(
            "more than {limit} arrays and groups that have each files of their own"
        )));
    }
    let nodes = stream::iter(paths.to_vec()).map(|path| fetch_node(fetch, format, path));
    let found: Vec<Option<(String, Node)>> =
        nodes.buffer_unordered(fetch.limits.files_at_once).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

async fn fetch_node(fetch: &Fetch<'_>, format: Format, path: String) -> Result<Option<(String, Node)>> {
    let node = match format {
        Format::Second => v2::node(fetch, &path).await?,
        Format::Third => {
            let file = fetch.get(&format!("{path}/zarr.json")).await?;
            file.map(|file| v3::node(&path, &file)).transpose()?
        }
    };
    Ok(node.map(|node| (path, node)))
}
