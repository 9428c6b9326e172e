//! Everything at hand that may open a file.

use zeroize::Zeroizing;

use crate::age::AgeIdentity;
use crate::kms::Kms;
use crate::{DataKey, Shape, SopsError, WrappedKey, decrypt, wrapped_keys};

/// age keys, and a client of AWS KMS where there are credentials for it.
#[derive(Debug, Default)]
pub struct Keys {
    /// Tried first: they need no network.
    pub age: Vec<AgeIdentity>,
    /// Tried when no age key fits.
    pub kms: Option<Kms>,
}

impl Keys {
    /// Decrypts a file with the first key that opens it. `now` is the time in RFC 3339, UTC, in whole seconds.
    pub async fn decrypt(&self, text: &str, shape: Shape, now: &str) -> Result<Zeroizing<String>, SopsError> {
        let key = self.data_key(&wrapped_keys(text)?, now).await?;
        decrypt(text, &key, shape)
    }

    /// The data key that is wrapped so.
    pub async fn data_key(&self, wrapped: &[WrappedKey], now: &str) -> Result<DataKey, SopsError> {
        for one in wrapped {
            if let Some(key) = one.open(&self.age)? {
                return Ok(key);
            }
        }
        let mut refused = None;
        if let Some(kms) = &self.kms {
            // A file has one key in each of several regions, so that it can be opened when one is away.
            for one in wrapped {
                match kms.open(one, now).await {
                    Ok(Some(key)) => return Ok(key),
                    Ok(None) => {}
                    Err(error) => refused = Some(error),
                }
            }
        }
        let recipients: Vec<String> = wrapped.iter().map(ToString::to_string).collect();
        Err(refused.unwrap_or(SopsError::NoKey(recipients.join(", "))))
    }
}
