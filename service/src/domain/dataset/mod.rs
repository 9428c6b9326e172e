//! A dataset as xarray shows it: what a store says of its arrays, read as `xarray.open_dataset` reads it, and the page about it.
//!
//! - [`address`]: which addresses may be read at all.
//! - [`stored`]: what the metadata of a Zarr store says, whichever format it has.
//! - `decode`: what the CF conventions make of a stored array.
//! - [`html`]: the page.
//!
//! No chunk is ever looked at, so values are not known. Nothing that fetches may enter.

pub mod address;
mod decode;
pub mod html;
mod size;
pub mod stored;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use decode::Decoded;
use stored::{Attributes, DataType, Stored, StoredArray};

/// As many dimensions as an array of `NumPy` can have.
const MOST_DIMENSIONS: usize = 64;
/// In bytes; a file's name is no longer in most places.
const LONGEST_NAME: usize = 1024;

/// A store as a tree of groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// What the store says about itself.
    pub stored: Kept,
    /// The group at the root, which is what xarray opens.
    pub root: Group,
    /// The groups below it by their paths.
    pub groups: BTreeMap<String, Group>,
}

/// How a store is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// 2 or 3.
    pub zarr_format: u8,
    /// Whether every array of it is known.
    pub is_complete: bool,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Group {
    /// The dimensions in the order in which the variables name them.
    pub dimensions: Vec<Dimension>,
    /// The coordinates; those that label a dimension come first.
    pub coordinates: Vec<Variable>,
    /// The other variables.
    pub variables: Vec<Variable>,
    /// What is said of the group.
    pub attributes: Attributes,
}

/// A dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimension {
    /// Its name.
    pub name: String,
    /// How long it is.
    pub size: u64,
    /// Whether a coordinate of its name labels it.
    pub is_labelled: bool,
}

/// A variable after decoding.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its dimensions.
    pub dimensions: Vec<String>,
    /// The type of its values once they are read.
    pub data_type: DataType,
    /// What is said of it, but for what was used in decoding.
    pub attributes: Attributes,
    /// What was used in decoding.
    pub encoding: Attributes,
    /// How it is stored.
    pub array: StoredArray,
}

impl Variable {
    /// Bytes of all values once they are read; none where a value has no fixed size, or there are too many to count.
    pub fn bytes(&self) -> Option<u64> {
        let each = self.data_type.size()?;
        self.array.shape.iter().try_fold(each, |product, length| product.checked_mul(*length))
    }

    fn labels_its_dimension(&self) -> bool {
        self.dimensions == [self.name.as_str()]
    }
}

/// Why a store is no dataset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatasetError {
    /// Two arrays disagree on a dimension.
    #[error("conflicting sizes for dimension {name:?}: {one} and {other}")]
    Conflict {
        /// The dimension.
        name: String,
        /// What one array says.
        one: u64,
        /// What another says.
        other: u64,
    },
    /// An array has more dimensions, or it or one of them a longer name, than anything that reads it could use.
    #[error(
        "an array has {shape} dimensions and a name of {name} bytes; {MOST_DIMENSIONS} and {LONGEST_NAME} are the most"
    )]
    TooLarge {
        /// How many dimensions it has.
        shape: usize,
        /// How long its name is, or the longest of its dimensions'.
        name: usize,
    },
    /// An array names another number of dimensions than it has.
    #[error("the array {array:?} has {shape} dimensions and names {names}")]
    Names {
        /// The array.
        array: String,
        /// How many it has.
        shape: usize,
        /// How many it names.
        names: usize,
    },
}

impl Dataset {
    /// Reads a store as xarray does.
    pub fn read(stored: Stored) -> Result<Self, DatasetError> {
        let kept = Kept { zarr_format: stored.zarr_format, is_complete: stored.is_complete };
        let mut arrays: BTreeMap<String, Vec<(String, StoredArray)>> = BTreeMap::new();
        for (path, array) in stored.arrays {
            let (group, name) = path.rsplit_once('/').unwrap_or(("", &path));
            arrays.entry(group.to_owned()).or_default().push((name.to_owned(), array));
        }
        let mut attributes = stored.groups;
        let paths: BTreeSet<String> = arrays.keys().chain(attributes.keys()).cloned().collect();
        let mut groups = BTreeMap::new();
        for path in paths {
            let group = Group::read(
                arrays.remove(&path).unwrap_or_default(),
                attributes.remove(&path).unwrap_or_default(),
            )?;
            groups.insert(path, group);
        }
        let root = groups.remove("").unwrap_or_default();
        Ok(Self { stored: kept, root, groups })
    }

    /// Bytes of all values once they are read, as far as they can be counted.
    pub fn bytes(&self) -> u64 {
        let groups = std::iter::once(&self.root).chain(self.groups.values());
        groups.flat_map(Group::all).filter_map(Variable::bytes).fold(0, u64::saturating_add)
    }
}

impl Group {
    /// Every variable, coordinates first.
    pub fn all(&self) -> impl Iterator<Item = &Variable> {
        self.coordinates.iter().chain(&self.variables)
    }

    fn read(arrays: Vec<(String, StoredArray)>, mut attributes: Attributes) -> Result<Self, DatasetError> {
        // What is named here belongs to no variable in particular: a scalar, say.
        let mut named: BTreeSet<String> =
            words(stored::take(&mut attributes, "coordinates").as_ref()).collect();
        let mut variables = Vec::new();
        for (name, array) in arrays {
            let Decoded { data_type, attributes, encoding } = decode::decode(&array);
            named.extend(words(stored::get(&encoding, "coordinates")));
            let dimensions = dimensions_of(&name, &array)?;
            variables.push(Variable { name, dimensions, data_type, attributes, encoding, array });
        }
        let dimensions = measure(&variables)?;
        let (mut coordinates, variables): (Vec<_>, Vec<_>) = variables
            .into_iter()
            .partition(|variable| variable.labels_its_dimension() || named.contains(&variable.name));
        coordinates.sort_by_key(|variable| !variable.labels_its_dimension());
        Ok(Self { dimensions, coordinates, variables, attributes })
    }
}

/// The names in an attribute that lists some, such as `coordinates`.
pub fn words(value: Option<&Value>) -> impl Iterator<Item = String> {
    let text = value.and_then(Value::as_str).unwrap_or_default();
    text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// An array that names no dimensions gets some of its own, since nothing is known about whether they are another's.
fn dimensions_of(name: &str, array: &StoredArray) -> Result<Vec<String>, DatasetError> {
    let (count, given) = (array.shape.len(), array.dimensions.as_deref().unwrap_or_default());
    let longest = given.iter().flatten().map(String::len).chain([name.len()]).max().unwrap_or_default();
    if count > MOST_DIMENSIONS || longest > LONGEST_NAME {
        return Err(DatasetError::TooLarge { shape: count, name: longest });
    }
    if given.len() == count {
        return Ok(given
            .iter()
            .enumerate()
            .map(|(n, given)| given.clone().unwrap_or_else(|| own(name, n)))
            .collect());
    }
    if !given.is_empty() {
        return Err(DatasetError::Names { array: name.into(), shape: count, names: given.len() });
    }
    Ok((0..count).map(|n| own(name, n)).collect())
}

fn own(name: &str, number: usize) -> String {
    format!("{name}_dim_{number}")
}

fn measure(variables: &[Variable]) -> Result<Vec<Dimension>, DatasetError> {
    let mut dimensions: Vec<Dimension> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for variable in variables {
        for (name, size) in variable.dimensions.iter().zip(&variable.array.shape) {
            let place = *places.entry(name).or_insert(dimensions.len());
            match dimensions.get(place) {
                Some(known) if known.size != *size => {
                    return Err(DatasetError::Conflict { name: name.clone(), one: known.size, other: *size });
                }
                Some(_) => {}
                None => dimensions.push(Dimension { name: name.clone(), size: *size, is_labelled: false }),
            }
        }
    }
    for variable in variables.iter().filter(|variable| variable.labels_its_dimension()) {
        if let Some(place) = places.get(variable.name.as_str())
            && let Some(dimension) = dimensions.get_mut(*place)
        {
            dimension.is_labelled = true;
        }
    }
    Ok(dimensions)
}

#[cfg(test)]
mod tests;
