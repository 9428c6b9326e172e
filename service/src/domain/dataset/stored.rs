//! What the metadata of a Zarr store says, whichever format it has.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// Names and values in the order of the file.
pub type Attributes = Vec<(String, Value)>;

/// The value of that name.
pub fn get<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a Value> {
    attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// Takes the value of that name out.
pub fn take(attributes: &mut Attributes, name: &str) -> Option<Value> {
    let place = attributes.iter().position(|(known, _)| known == name)?;
    Some(attributes.remove(place).1)
}

/// A store. Paths have no slash at either end; the root's is empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// 2 or 3.
    pub zarr_format: u8,
    /// Whether every array of the store is here.
    pub is_complete: bool,
    /// The groups' attributes by path.
    pub groups: BTreeMap<String, Attributes>,
    /// The arrays by path.
    pub arrays: BTreeMap<String, StoredArray>,
}

/// An array.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredArray {
    /// How many values along each dimension.
    pub shape: Vec<u64>,
    /// The names of the dimensions, where the store has some; one of them may have none.
    pub dimensions: Option<Vec<Option<String>>>,
    /// The type of the values.
    pub data_type: DataType,
    /// How many values along each dimension lie in one chunk; none for a grid that is not regular.
    pub chunks: Option<Vec<u64>>,
    /// The same for shards, where chunks lie in some.
    pub shards: Option<Vec<u64>>,
    /// What the chunks went through, in the order of writing: `blosc (cname: lz4, clevel: 5)`.
    pub codecs: Vec<String>,
    /// The value of what was never written.
    pub fill_value: Option<Value>,
    /// Whether that value stands for a missing one too; so it does in the second format.
    pub fill_is_missing: bool,
    /// What is said of it, without the names of dimensions.
    pub attributes: Attributes,
}

impl StoredArray {
    /// How many chunks hold it; none where that cannot be counted.
    pub fn chunk_count(&self) -> Option<u64> {
        count(&self.shape, self.chunks.as_deref()?)
    }

    /// How many shards hold it; none where it has no shards.
    pub fn shard_count(&self) -> Option<u64> {
        count(&self.shape, self.shards.as_deref()?)
    }
}

fn count(shape: &[u64], chunks: &[u64]) -> Option<u64> {
    if shape.len() != chunks.len() {
        return None;
    }
    shape.iter().zip(chunks).try_fold(1_u64, |product, (length, chunk)| {
        let along = if *chunk == 0 { None } else { Some(length.div_ceil(*chunk)) };
        product.checked_mul(along?)
    })
}

/// The type of a value, as `NumPy` has it. Byte order is left out: values are read in the machine's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataType {
    /// True or false.
    Bool,
    /// A whole number of so many bytes.
    Int(u64),
    /// One that is never negative.
    UInt(u64),
    /// A floating-point number of so many bytes.
    Float(u64),
    /// A complex number of so many bytes.
    Complex(u64),
    /// A moment, counted in this unit.
    DateTime(String),
    /// A time span, counted in this unit.
    TimeDelta(String),
    /// So many characters.
    Text(u64),
    /// So many bytes of text.
    Bytes(u64),
    /// Anything; text of any length, mostly.
    Object,
    /// What `NumPy` has no plain name for, as the store names it.
    Other(String),
}

impl DataType {
    /// Bytes of one value; an object counts as its pointer. None where that is not known.
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::Bool => Some(1),
            Self::Int(bytes)
            | Self::UInt(bytes)
            | Self::Float(bytes)
            | Self::Complex(bytes)
            | Self::Bytes(bytes) => Some(*bytes),
            Self::DateTime(_) | Self::TimeDelta(_) | Self::Object => Some(8),
            Self::Text(characters) => characters.checked_mul(4),
            Self::Other(_) => None,
        }
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = |bytes: &u64| bytes.saturating_mul(8);
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int(bytes) => write!(f, "int{}", bits(bytes)),
            Self::UInt(bytes) => write!(f, "uint{}", bits(bytes)),
            Self::Float(bytes) => write!(f, "float{}", bits(bytes)),
            Self::Complex(bytes) => write!(f, "complex{}", bits(bytes)),
            Self::DateTime(unit) => write!(f, "datetime64[{unit}]"),
            Self::TimeDelta(unit) => write!(f, "timedelta64[{unit}]"),
            Self::Text(characters) => write!(f, "<U{characters}"),
            Self::Bytes(bytes) => write!(f, "|S{bytes}"),
            Self::Object => f.write_str("object"),
            Self::Other(name) => f.write_str(name),
        }
    }
}
