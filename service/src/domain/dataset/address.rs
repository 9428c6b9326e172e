//! Which addresses of datasets may be read at all: those that a run has published, and those below a bakery's public prefix.
//!
//! An address is brought into one form first, by the parser that the HTTP client has too, and what was compared is what is fetched.
//! Whatever could mean another place to a server than it does here (user names, queries, encoded dots and slashes) is refused.

use url::{Host, ParseError, Position, Url};

use crate::domain::bakery::Bakery;

/// The longest address that can be asked for, in characters: with more, servers and proxies refuse the request itself.
pub const MAX_LENGTH: usize = 8_000;
/// Where Google's object store answers anybody.
const GOOGLE: &str = "https://storage.googleapis.com";
/// What servers may read as a dot, a slash, a backslash, or as an encoding once more.
const ENCODED: [&str; 6] = ["%2e", "%2f", "%5c", "%25", "%00", "%0a"];

/// Why a text is no address. The sentences for it are the old service's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// Nothing.
    Empty,
    /// More than [`MAX_LENGTH`] characters.
    TooLong,
    /// It does not begin with `https://` or the like.
    Scheme,
    /// No host, or one that cannot be.
    Host,
    /// A port that cannot be.
    Port,
}

/// Why an address is not read, whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Another scheme.
    #[error("it must begin with https://, http://, gs:// or s3://")]
    Scheme,
    /// A user name, a query or a fragment.
    #[error("it must have no user name, no query and no fragment")]
    Parts,
    /// An encoded dot, slash, backslash, percent sign or control character.
    #[error("its path must not encode dots, slashes, backslashes, percent signs or control characters")]
    Encoded,
    /// The name of a bucket that cannot be one.
    #[error("the name of its bucket has other characters than a-z, 0-9, '.', '_' and '-'")]
    Bucket,
}

/// The address of a store: http or https, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    url: Url,
}

/// Reads the text of an address, as far as that can be told of any.
pub fn parse(text: &str) -> Result<Url, Malformed> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Malformed::Empty);
    }
    if text.chars().count() > MAX_LENGTH {
        return Err(Malformed::TooLong);
    }
    let scheme = text.split_once("://").map(|(scheme, _)| scheme).unwrap_or_default();
    let is_scheme = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    if !is_scheme(scheme) {
        return Err(Malformed::Scheme);
    }
    Url::parse(text).map_err(|error| match error {
        ParseError::RelativeUrlWithoutBase => Malformed::Scheme,
        ParseError::InvalidPort => Malformed::Port,
        _ => Malformed::Host,
    })
}

impl Address {
    /// The address at which a store is fetched. `gs://bucket/path` is Google's public `https://storage.googleapis.com/bucket/path`, and
    /// `s3://bucket/path` is Amazon's `https://bucket.s3.amazonaws.com/path`.
    pub fn new(url: &Url) -> Result<Self, Refused> {
        let has_user = !url.username().is_empty() || url.password().is_some();
        if has_user || url.query().is_some() || url.fragment().is_some() {
            return Err(Refused::Parts);
        }
        let mut url = match url.scheme() {
            "http" | "https" => url.clone(),
            "gs" => mapped(url, |bucket| format!("{GOOGLE}/{bucket}"))?,
            // A certificate covers one more label than the host has, so a bucket with dots stands in the path.
            "s3" => mapped(url, |bucket| {
                if bucket.contains('.') {
                    format!("https://s3.amazonaws.com/{bucket}")
                } else {
                    format!("https://{bucket}.s3.amazonaws.com")
                }
            })?,
            _ => return Err(Refused::Scheme),
        };
        let path = url.path().to_ascii_lowercase();
        if ENCODED.iter().any(|encoded| path.contains(encoded)) {
            return Err(Refused::Encoded);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self { url })
    }

    /// The address of a file of the store: `.zmetadata`, `sst/.zarray`. Whatever the path holds, it leads to nowhere outside the store:
    /// control characters, which an address leaves out, would make `..` of what is none.
    pub fn file(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/').map(|name| name.replace(char::is_control, "")));
        }
        url
    }

    /// The store's own address.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The texts under which a run may have published it.
    pub fn spellings(&self, asked: &str) -> [String; 3] {
        let plain = self.url.as_str().trim_end_matches('/');
        [asked.trim().to_owned(), plain.to_owned(), format!("{plain}/")]
    }

    fn place(&self) -> (&str, Option<Host<&str>>, Option<u16>) {
        (self.url.scheme(), self.url.host(), self.url.port_or_known_default())
    }

    fn segments(&self) -> Vec<&str> {
        self.url.path_segments().map(Iterator::collect).unwrap_or_default()
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.url[..Position::AfterPath])
    }
}

fn mapped(url: &Url, base: impl Fn(&str) -> String) -> Result<Url, Refused> {
    let bucket = url.host_str().unwrap_or_default();
    let is_name = bucket.starts_with(|c: char| c.is_ascii_alphanumeric())
        && bucket.ends_with(|c: char| c.is_ascii_alphanumeric())
        && !bucket.contains("..")
        && bucket.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c));
    if !is_name || url.port().is_some() {
        return Err(Refused::Bucket);
    }
    Url::parse(&format!("{}{}", base(bucket), url.path())).map_err(|_| Refused::Bucket)
}

/// Everything that a bakery publishes lies below this: a part of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicPrefix {
    base: Address,
    /// How the segment after the base begins: `{subpath}` can stand in the middle of one.
    begins: String,
}

impl PublicPrefix {
    /// The prefix of a bakery: its public address up to what differs from run to run. None for a bakery that publishes nothing, and for
    /// one whose runs have hosts of their own.
    pub fn of(bakery: &Bakery) -> Option<Self> {
        let example = bakery.target_url("{")?;
        let fixed = example.split('{').next()?;
        let (before, begins) = fixed.rsplit_once('/')?;
        // With no more than `https:/` before the last slash the host itself is not fixed.
        let url = parse(before).ok()?;
        Some(Self { base: Address::new(&url).ok()?, begins: begins.to_owned() })
    }

    /// Whether an address lies below the prefix: same scheme, host and port, and every segment of the path the same.
    pub fn covers(&self, address: &Address) -> bool {
        if self.base.place() != address.place() {
            return false;
        }
        let (mut base, path) = (self.base.segments(), address.segments());
        // A whole host has one segment, which is empty.
        if base == [""] {
            base.clear();
        }
        let Some(rest) = path.strip_prefix(&base[..]) else { return false };
        rest.first().is_some_and(|next| !next.is_empty() && next.starts_with(&self.begins))
    }
}

#[cfg(test)]
mod tests;
