//! One value: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`, AES-256 in Galois/Counter Mode with SOPS's nonce of 32 bytes. The keys above
//! the value are authenticated with it, so that it cannot be moved.

use std::fmt;

use aes_gcm::aead::consts::U32;
use aes_gcm::aead::{AeadInOut, KeyInit, Nonce, Tag};
use aes_gcm::{AesGcm, aes::Aes256};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::{DataKey, SopsError};

type Cipher = AesGcm<Aes256, U32>;

/// What a value is, in SOPS's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Int,
    Float,
    Bool,
    Bytes,
    Comment,
}

const TYPES: [(Type, &str); 6] = [
    (Type::Text, "str"),
    (Type::Int, "int"),
    (Type::Float, "float"),
    (Type::Bool, "bool"),
    (Type::Bytes, "bytes"),
    (Type::Comment, "comment"),
];

impl Type {
    /// Whether a text can be of this type. What SOPS authenticates is the text and its place; the type stands beside it, and whoever changes
    /// it must not be able to make more of a text than a text.
    fn fits(self, text: &str) -> bool {
        match self {
            Self::Int => text.parse::<i64>().is_ok(),
            Self::Float => text.parse::<f64>().is_ok(),
            Self::Bool => matches!(text, "True" | "False"),
            Self::Text | Self::Bytes | Self::Comment => true,
        }
    }
}

/// A value in clear, as the text that the message authentication code is made of.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Plain {
    pub(crate) kind: Type,
    pub(crate) text: Zeroizing<String>,
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plain({:?})", self.kind)
    }
}

/// Encrypts a value for the place `path`: the keys above it, each followed by `:`.
pub(crate) fn seal(plain: &Plain, key: &DataKey, path: &str) -> Result<String, SopsError> {
    let mut nonce = Nonce::<Cipher>::default();
    rand::fill(&mut nonce).map_err(|_| SopsError::Random)?;
    let mut data = plain.text.as_bytes().to_vec();
    let tag = cipher(key)
        .encrypt_inout_detached(&nonce, path.as_bytes(), data.as_mut_slice().into())
        .map_err(|_| SopsError::Random)?;
    let kind = TYPES.iter().find(|(kind, _)| *kind == plain.kind).map_or("str", |(_, name)| name);
    let [data, iv, tag] = [&data[..], &nonce[..], &tag[..]].map(|bytes| BASE64_STANDARD.encode(bytes));
    Ok(format!("ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:{kind}]"))
}

/// Decrypts a value at the place `path`; `None` for one that is not of this form, or not from this place.
pub(crate) fn open(text: &str, key: &DataKey, path: &str) -> Option<Plain> {
    let inner = text.strip_prefix("ENC[AES256_GCM,")?.strip_suffix(']')?;
    let mut parts = inner.split(',');
    let mut part = |name: &str| parts.next()?.strip_prefix(name);
    let [data, iv, tag] = [part("data:")?, part("iv:")?, part("tag:")?];
    let kind = part("type:")?;
    let kind = TYPES.iter().find(|(_, name)| *name == kind).map(|(kind, _)| *kind)?;
    if parts.next().is_some() {
        return None;
    }
    let mut data = Zeroizing::new(BASE64_STANDARD.decode(data).ok()?);
    let nonce = Nonce::<Cipher>::try_from(BASE64_STANDARD.decode(iv).ok()?.as_slice()).ok()?;
    let tag = Tag::<Cipher>::try_from(BASE64_STANDARD.decode(tag).ok()?.as_slice()).ok()?;
    cipher(key).decrypt_inout_detached(&nonce, path.as_bytes(), data.as_mut_slice().into(), &tag).ok()?;
    let text = std::str::from_utf8(&data).ok()?;
    kind.fits(text).then(|| Plain { kind, text: Zeroizing::new(text.to_owned()) })
}

fn cipher(key: &DataKey) -> Cipher {
    Cipher::new((&**key).into())
}
