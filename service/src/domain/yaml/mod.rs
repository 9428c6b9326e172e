//! YAML with places: a small tree in which every key and value knows where it stands, and what is said about it.
//!
//! [`tree`] reads a text into [`node`]s, [`form`] takes typed values out of a mapping, and both write what is wrong into
//! [`finding::Findings`]: everything at once, each thing at its place. What a key means is the business of whoever reads the file.

pub mod finding;
pub mod form;
pub mod node;
pub mod scalar;
mod syntax;
pub mod tree;
