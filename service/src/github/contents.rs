//! Files of a repository at one commit: <https://docs.github.com/rest/repos/contents>

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use super::call::GET_CONTENT;
use super::{Error, Repository, Result, encode};
use crate::domain::id::Sha;

/// Something in a directory.
#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    /// Its name there.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: EntryKind,
}

/// What an entry of a directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// A file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Symlink,
    /// Another repository.
    Submodule,
}

impl Repository<'_> {
    /// What a directory holds, or `None` when there is no such directory.
    pub async fn directory(&self, path: &str, sha: &Sha) -> Result<Option<Vec<Entry>>> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Body {
            Directory(Vec<Entry>),
            Other(serde::de::IgnoredAny),
        }
        let body = self.get(GET_CONTENT, &content_path(path, sha)).await;
        match found(body)? {
            Some(Body::Directory(entries)) => Ok(Some(entries)),
            Some(Body::Other(_)) | None => Ok(None),
        }
    }

    /// The bytes of a file, or `None` when there is no such file. GitHub gives the content of files up to 1 MB here; a larger one
    /// comes back empty, which no file that we read is on purpose.
    pub async fn file(&self, path: &str, sha: &Sha) -> Result<Option<Vec<u8>>> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Body {
            File { content: String, encoding: String },
            Other(serde::de::IgnoredAny),
        }
        let body = self.get(GET_CONTENT, &content_path(path, sha)).await;
        match found(body)? {
            Some(Body::File { content, encoding }) if encoding == "base64" => {
                let compact: String = content.split_ascii_whitespace().collect();
                let bytes = BASE64_STANDARD.decode(compact);
                bytes
                    .map(Some)
                    .map_err(|error| Error::unreadable(GET_CONTENT, 200, format!("not base64: {error}")))
            }
            Some(Body::File { encoding, .. }) => Err(Error::unreadable(
                GET_CONTENT,
                200,
                format!("a file in encoding `{encoding}`, which it has when it is too large"),
            )),
            Some(Body::Other(_)) | None => Ok(None),
        }
    }
}

fn found<T>(body: Result<T>) -> Result<Option<T>> {
    match body {
        Ok(body) => Ok(Some(body)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// A path in a pull request can hold any character.
fn content_path(path: &str, sha: &Sha) -> String {
    format!("/contents/{}?ref={sha}", encode(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s11_a_path_cannot_leave_its_place_in_the_address() {
        let path = content_path("recipes/a b?ref=main#x/é", &Sha("c0ffee".into()));
        assert_eq!(path, "/contents/recipes/a%20b%3Fref%3Dmain%23x/%C3%A9?ref=c0ffee");
    }
}
