//! Secrets at rest: YAML files in the format of [SOPS](https://getsops.io/docs/), read and written in memory.
//!
//! A file's values are encrypted with a data key of its own, and the data key is wrapped for each recipient: an
//! [age](https://age-encryption.org) X25519 key, or a key of AWS KMS. This crate opens both. Where the files are, and what may
//! stand in them, is for its callers to know. Nothing decrypted is written anywhere.
//!
//! It is stricter than SOPS where SOPS lets something pass that its message authentication code does not cover: every value must be
//! encrypted, and settings that leave values in clear are refused.

pub mod age;
mod cipher;
mod document;
mod emit;
mod error;
mod keys;
pub mod kms;
mod metadata;
pub mod sources;
mod tree;

use aws_lc_rs::rand;
use zeroize::Zeroizing;

pub use document::{Shape, decrypt, encrypt, is_encrypted};
pub use error::SopsError;
pub use keys::Keys;
pub use metadata::{WrappedKey, wrapped_keys};

/// The key of one file: 32 bytes.
pub type DataKey = Zeroizing<[u8; 32]>;

/// A key for one file.
pub fn new_data_key() -> Result<DataKey, SopsError> {
    let mut key = Zeroizing::new([0; 32]);
    rand::fill(key.as_mut()).map_err(|_| SopsError::Random)?;
    Ok(key)
}
