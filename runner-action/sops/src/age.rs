//! age, as far as SOPS uses it: a small file for X25519 recipients, in its ASCII armor.
//! <https://github.com/C2SP/C2SP/blob/main/age.md>
//!
//! Only what wraps a data key is here: one chunk of payload, no passphrases, no plugins.

use std::fmt;

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey, X25519};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{hkdf, hmac, rand};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use bech32::Bech32;
use bech32::primitives::decode::CheckedHrpstring;
use zeroize::Zeroizing;

use crate::{DataKey, SopsError};

const VERSION: &str = "age-encryption.org/v1";
const STANZA_INFO: &[u8] = b"age-encryption.org/v1/X25519";
const BEGIN: &str = "-----BEGIN AGE ENCRYPTED FILE-----";
const END: &str = "-----END AGE ENCRYPTED FILE-----";
const RECIPIENT: &str = "age";
const IDENTITY: &str = "age-secret-key-";
/// Characters on a line of the armor.
const COLUMNS: usize = 64;

/// A public key: `age1…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgeRecipient {
    bytes: [u8; 32],
}

/// A private key: `AGE-SECRET-KEY-1…`.
pub struct AgeIdentity {
    secret: Zeroizing<[u8; 32]>,
    recipient: AgeRecipient,
}

impl fmt::Debug for AgeIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgeIdentity({})", self.recipient)
    }
}

impl AgeRecipient {
    /// Reads `age1…`.
    pub fn parse(text: &str) -> Result<Self, SopsError> {
        let bytes = bech32_bytes(text, RECIPIENT).ok_or(SopsError::NotAKey("recipient: `age1…`"))?;
        Ok(Self { bytes: *bytes })
    }
}

impl fmt::Display for AgeRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hrp = bech32::Hrp::parse(RECIPIENT).map_err(|_| fmt::Error)?;
        bech32::encode_lower_to_fmt::<Bech32, _>(f, hrp, &self.bytes).map_err(|_| fmt::Error)
    }
}

impl AgeIdentity {
    /// Reads every key in a text as `age-keygen` writes it: one on a line, with comments.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, SopsError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(Self::parse).collect()
    }

    /// Reads `AGE-SECRET-KEY-1…`.
    pub fn parse(text: &str) -> Result<Self, SopsError> {
        let secret = bech32_bytes(text, IDENTITY).ok_or(SopsError::NotAKey("key: `AGE-SECRET-KEY-1…`"))?;
        Self::of(secret).map_err(|_| SopsError::NotAKey("key: `AGE-SECRET-KEY-1…`"))
    }

    /// A new one.
    pub fn generate() -> Result<Self, SopsError> {
        let mut secret = Zeroizing::new([0; 32]);
        rand::fill(secret.as_mut()).map_err(|_| SopsError::Random)?;
        Self::of(secret).map_err(|_| SopsError::Random)
    }

    fn of(secret: Zeroizing<[u8; 32]>) -> Result<Self, Unspecified> {
        let private = PrivateKey::from_private_key(&X25519, secret.as_ref()).map_err(|_| Unspecified)?;
        let bytes = private.compute_public_key()?.as_ref().try_into().map_err(|_| Unspecified)?;
        Ok(Self { secret, recipient: AgeRecipient { bytes } })
    }

    /// Its public key.
    pub fn recipient(&self) -> &AgeRecipient {
        &self.recipient
    }

    /// The key as text, for whoever keeps it.
    pub fn to_text(&self) -> Zeroizing<String> {
        let encoded = bech32::Hrp::parse(IDENTITY)
            .ok()
            .and_then(|hrp| bech32::encode_upper::<Bech32>(hrp, self.secret.as_ref()).ok());
        Zeroizing::new(encoded.unwrap_or_default())
    }
}

fn bech32_bytes(text: &str, wanted: &str) -> Option<Zeroizing<[u8; 32]>> {
    let checked = CheckedHrpstring::new::<Bech32>(text).ok()?;
    let is_wanted = checked.hrp().to_lowercase() == wanted;
    let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(checked.byte_iter().collect());
    let bytes: [u8; 32] = bytes.as_slice().try_into().ok().filter(|_| is_wanted)?;
    Some(Zeroizing::new(bytes))
}

/// Wraps a data key for one recipient, with armor.
pub(crate) fn wrap(key: &DataKey, recipient: &AgeRecipient) -> Result<String, SopsError> {
    seal(key.as_ref(), recipient).map_err(|_| SopsError::Random)
}

/// Opens what [`wrap`], or age, has made. The armor must be exactly as age writes it.
pub(crate) fn unwrap(armored: &str, identity: &AgeIdentity) -> Option<DataKey> {
    let file = dearmor(armored)?;
    open(&file, identity)
}

fn seal(plain: &[u8], recipient: &AgeRecipient) -> Result<String, Unspecified> {
    let mut file_key = Zeroizing::new([0; 16]);
    rand::fill(file_key.as_mut())?;
    let ephemeral = AgeIdentity::generate().map_err(|_| Unspecified)?;
    let share = ephemeral.recipient.bytes;
    let wrap_key = shared_key(&ephemeral, &recipient.bytes, &share, &recipient.bytes)?;
    let body = chacha(&wrap_key, [0; 12])?.seal(file_key.as_ref())?;
    let mut header = format!(
        "{VERSION}\n-> X25519 {}\n{}\n---",
        BASE64_STANDARD_NO_PAD.encode(share),
        BASE64_STANDARD_NO_PAD.encode(body)
    );
    let mac = hmac::sign(&mac_key(file_key.as_ref())?, header.as_bytes());
    header.push(' ');
    header.push_str(&BASE64_STANDARD_NO_PAD.encode(mac.as_ref()));
    header.push('\n');
    let mut nonce = [0; 16];
    rand::fill(&mut nonce)?;
    let mut file = header.into_bytes();
    file.extend(nonce);
    let payload_key = derive(&nonce, file_key.as_ref(), b"payload")?;
    file.extend(chacha(&payload_key, LAST_CHUNK)?.seal(plain)?);
    Ok(armor(&file))
}

/// The nonce of the first chunk that is also the last.
const LAST_CHUNK: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

fn open(file: &[u8], identity: &AgeIdentity) -> Option<DataKey> {
    // The header ends with the line `--- <mac>`, and is text up to there.
    let dashes = file.windows(5).position(|window| window == b"\n--- ")?;
    let line_end = dashes + 1 + file.get(dashes + 1..)?.iter().position(|&byte| byte == b'\n')?;
    let header = std::str::from_utf8(file.get(..dashes + 4)?).ok()?;
    let mac = BASE64_STANDARD_NO_PAD.decode(file.get(dashes + 5..line_end)?).ok()?;
    let payload = file.get(line_end + 1..)?;
    let mut lines = header.lines();
    if lines.next()? != VERSION {
        return None;
    }
    let lines: Vec<&str> = lines.collect();
    let file_key = lines.windows(2).find_map(|pair| {
        let [stanza, body] = pair else { return None };
        let share: [u8; 32] = decode(stanza.strip_prefix("-> X25519 ")?)?.try_into().ok()?;
        let recipient = &identity.recipient.bytes;
        let key = shared_key(identity, &share, &share, recipient).ok()?;
        chacha(&key, [0; 12]).ok()?.open(&decode(body)?).filter(|key| key.len() == 16)
    })?;
    hmac::verify(&mac_key(&file_key).ok()?, header.as_bytes(), &mac).ok()?;
    let (nonce, chunk) = payload.split_at_checked(16)?;
    let key = derive(nonce, &file_key, b"payload").ok()?;
    let plain = chacha(&key, LAST_CHUNK).ok()?.open(chunk)?;
    let bytes: [u8; 32] = plain.as_slice().try_into().ok()?;
    Some(Zeroizing::new(bytes))
}

fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD_NO_PAD.decode(text).ok()
}

/// What both sides of a stanza come to: HKDF over the shared point, salted with both public keys.
fn shared_key(
    own: &AgeIdentity,
    peer: &[u8; 32],
    share: &[u8; 32],
    recipient: &[u8; 32],
) -> Result<Zeroizing<[u8; 32]>, Unspecified> {
    let private = PrivateKey::from_private_key(&X25519, own.secret.as_ref()).map_err(|_| Unspecified)?;
    let salt = [share.as_slice(), recipient.as_slice()].concat();
    agreement::agree(&private, UnparsedPublicKey::new(&X25519, peer), Unspecified, |point| {
        derive(&salt, point, STANZA_INFO)
    })
}

fn derive(salt: &[u8], secret: &[u8], info: &[u8]) -> Result<Zeroizing<[u8; 32]>, Unspecified> {
    let mut key = Zeroizing::new([0; 32]);
    let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    extracted.expand(&[info], hkdf::HKDF_SHA256)?.fill(key.as_mut())?;
    Ok(key)
}

fn mac_key(file_key: &[u8]) -> Result<hmac::Key, Unspecified> {
    Ok(hmac::Key::new(hmac::HMAC_SHA256, derive(&[], file_key, b"header")?.as_ref()))
}

/// One use of ChaCha20-Poly1305: each key here is used with one nonce, once.
struct Once {
    key: LessSafeKey,
    nonce: [u8; 12],
}

fn chacha(key: &[u8; 32], nonce: [u8; 12]) -> Result<Once, Unspecified> {
    Ok(Once { key: LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key)?), nonce })
}

impl Once {
    fn seal(self, plain: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut sealed = plain.to_vec();
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        self.key.seal_in_place_append_tag(nonce, Aad::empty(), &mut sealed)?;
        Ok(sealed)
    }

    fn open(self, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        let plain = self.key.open_in_place(nonce, Aad::empty(), &mut bytes).ok()?.len();
        bytes.truncate(plain);
        Some(bytes)
    }
}

fn armor(file: &[u8]) -> String {
    let encoded = BASE64_STANDARD.encode(file);
    let mut text = format!("{BEGIN}\n");
    for (index, character) in encoded.chars().enumerate() {
        if index > 0 && index % COLUMNS == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text + "\n" + END + "\n"
}

fn dearmor(text: &str) -> Option<Vec<u8>> {
    let inner = text.strip_prefix(BEGIN)?.strip_prefix('\n')?;
    let inner = inner.strip_suffix('\n').unwrap_or(inner).strip_suffix(END)?.strip_suffix('\n')?;
    let lines: Vec<&str> = inner.split('\n').collect();
    let (last, full) = lines.split_last()?;
    if full.iter().any(|line| line.len() != COLUMNS) || !(1..=COLUMNS).contains(&last.len()) {
        return None;
    }
    BASE64_STANDARD.decode(lines.concat()).ok()
}
