//! What lies directly below a path, where the host says it: as S3 and its many likes list a bucket
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>), or as web servers list a directory.

use reqwest::Url;

use super::fetch::Fetch;
use super::{Error, Result};
use crate::domain::dataset::address::Address;

/// The names of the folders below a path of the store; none where the host does not list them.
pub(super) async fn list(fetch: &Fetch<'_>, path: &str) -> Result<Option<Vec<String>>> {
    match list_bucket(fetch, path).await? {
        Some(names) => Ok(Some(names)),
        None => list_directory(fetch, path).await,
    }
}

/// A bucket, and where in it the store lies.
#[derive(Debug, PartialEq)]
struct Place {
    bucket: Url,
    prefix: String,
}

impl Place {
    /// In the name of the host stands the bucket, or else in the first segment of the path.
    fn of(store: &Address, path: &str) -> Self {
        let mut url = store.url().clone();
        let host = url.host_str().unwrap_or_default();
        let in_host = [".s3.", ".s3-"].iter().any(|part| host.contains(part))
            || host.ends_with(".storage.googleapis.com");
        let whole = url.path().trim_matches('/').to_owned();
        let (bucket, within) =
            if in_host { ("", whole.as_str()) } else { whole.split_once('/').unwrap_or((&whole, "")) };
        let decoded = percent_decoded(within);
        let parts = [decoded.as_str(), path];
        let mut prefix = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
        if !prefix.is_empty() {
            prefix.push('/');
        }
        url.set_path(bucket);
        Self { bucket: url, prefix }
    }

    fn page(&self, token: Option<&str>) -> Url {
        let mut url = self.bucket.clone();
        url.query_pairs_mut()
            .append_pair("list-type", "2")
            .append_pair("delimiter", "/")
            .append_pair("prefix", &self.prefix)
            .extend_pairs(token.map(|token| ("continuation-token", token)));
        url
    }
}

async fn list_bucket(fetch: &Fetch<'_>, path: &str) -> Result<Option<Vec<String>>> {
    let place = Place::of(fetch.store, path);
    let (mut names, mut token) = (Vec::new(), None);
    while names.len() <= fetch.limits.nodes_apart {
        let page = optional(fetch.get_at(place.page(token.as_deref())).await)?;
        let Some(page) = page.and_then(|page| Page::read(&String::from_utf8_lossy(&page), &place.prefix))
        else {
            return Ok(None);
        };
        names.extend(page.names);
        token = page.next;
        if token.is_none() {
            return Ok(Some(names));
        }
    }
    Err(Error::TooLarge(format!("more than {} folders on one level", fetch.limits.nodes_apart)))
}

/// A host that does not know the question may answer anything; only too much of it, or nothing in time, ends the reading.
fn optional(answer: Result<Option<Vec<u8>>>) -> Result<Option<Vec<u8>>> {
    match answer {
        Err(Error::Moved(_) | Error::Answered(_)) => Ok(None),
        other => other,
    }
}

/// One page of a bucket's list.
#[derive(Debug, PartialEq)]
struct Page {
    names: Vec<String>,
    next: Option<String>,
}

impl Page {
    fn read(text: &str, prefix: &str) -> Option<Self> {
        let (_, list) = text.split_once("<ListBucketResult")?;
        let common = list.split("<CommonPrefixes>").skip(1).filter_map(|part| element(part, "Prefix"));
        let names = common.filter_map(|found| name(found.strip_prefix(prefix)?)).collect();
        let next = element(list, "NextContinuationToken").filter(|token| !token.is_empty());
        Some(Self { names, next })
    }
}

/// The text of the first element of that name.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    Some(plain(rest.split_once(&format!("</{name}>"))?.0))
}

/// A text without the five escapes that XML has, and the numeric ones that S3 uses.
fn plain(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
}

/// `sst` of `sst/`; none for anything that is not one folder.
fn name(found: &str) -> Option<String> {
    let name = found.strip_suffix('/')?;
    let is_name = !name.is_empty() && !name.contains('/') && !matches!(name, "." | "..");
    is_name.then(|| name.to_owned())
}

async fn list_directory(fetch: &Fetch<'_>, path: &str) -> Result<Option<Vec<String>>> {
    let folder = if path.is_empty() { String::new() } else { format!("{path}/") };
    let answer = optional(fetch.get_at(fetch.store.file(&folder)).await)?;
    let names = directory(&String::from_utf8_lossy(&answer.unwrap_or_default()));
    Ok((!names.is_empty()).then_some(names))
}

/// The folders that a web server's page about a directory links to.
fn directory(html: &str) -> Vec<String> {
    let links = html.split("href=").skip(1).filter_map(|rest| {
        let quote = rest.chars().next().filter(|quote| "\"'".contains(*quote))?;
        rest[1..].split_once(quote).map(|(link, _)| percent_decoded(&plain(link)))
    });
    let mut names: Vec<String> = links.filter_map(|link| name(link.trim_start_matches("./"))).collect();
    names.retain(|name| !name.contains(['?', '#', ':']));
    names.sort();
    names.dedup();
    names
}

fn percent_decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dataset::address;

    fn place(text: &str, path: &str) -> (String, String) {
        let store = Address::new(&address::parse(text).unwrap()).unwrap();
        let place = Place::of(&store, path);
        (place.bucket.to_string(), place.prefix)
    }

    #[test]
    fn the_bucket_stands_in_the_host_or_first_in_the_path() {
        for (text, path, bucket, prefix) in [
            (
                "https://ncsa.osn.xsede.org/Pangeo/a/b.zarr",
                "",
                "https://ncsa.osn.xsede.org/Pangeo",
                "a/b.zarr/",
            ),
            ("gs://bucket/a%20b.zarr", "fine", "https://storage.googleapis.com/bucket", "a b.zarr/fine/"),
            ("s3://bucket/b.zarr", "", "https://bucket.s3.amazonaws.com/", "b.zarr/"),
            (
                "https://bucket.s3.us-west-2.amazonaws.com/b.zarr",
                "",
                "https://bucket.s3.us-west-2.amazonaws.com/",
                "b.zarr/",
            ),
            ("https://host.example/bucket", "", "https://host.example/bucket", ""),
        ] {
            assert_eq!(place(text, path), (bucket.into(), prefix.into()), "{text}");
        }
    }

    #[test]
    fn a_page_of_a_bucket_names_its_folders() {
        let text = "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"x\"><Prefix>a/</Prefix><IsTruncated>true</IsTruncated>\
            <Contents><Key>a/.zgroup</Key></Contents><CommonPrefixes><Prefix>a/b &amp; c/</Prefix></CommonPrefixes>\
            <CommonPrefixes><Prefix>a/../</Prefix></CommonPrefixes><CommonPrefixes><Prefix>other/x/</Prefix></CommonPrefixes>\
            <CommonPrefixes><Prefix>a/sst/</Prefix></CommonPrefixes><NextContinuationToken>1+/=</NextContinuationToken></ListBucketResult>";
        let page = Page::read(text, "a/").unwrap();
        assert_eq!(page, Page { names: vec!["b & c".into(), "sst".into()], next: Some("1+/=".into()) });
        assert_eq!(Page::read("<html>", ""), None);
    }

    #[test]
    fn a_page_of_a_directory_names_its_folders() {
        let html = r#"<a href="../">..</a><a href="sst/">sst/</a><a href='./a%20b/'>x</a><a href=".zgroup">x</a>
            <a href="/etc/">x</a><a href="https://evil.example/">x</a><a href="?C=N;O=D">x</a><a href=bare/>x</a><a href="é/"#;
        assert_eq!(directory(html), ["a b", "sst"]);
    }
}
