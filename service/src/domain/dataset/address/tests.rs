//! Every way out of a prefix that somebody may try.

use super::*;
use crate::domain::bakery::{self, BakeryName};

fn bakery(public_url: &str, root_path: &str) -> Bakery {
    let text = format!(
        "description: x\nregion: x\nBake:\n  bakery_class: a.LocalDirectBakery\nTargetStorage:\n  fsspec_class: s3fs.S3FileSystem\n  \
         root_path: '{root_path}'\n  public_url: '{public_url}'\n"
    );
    let file = bakery::BakeryFile { path: "bakeries/x.yaml", text: &text };
    Bakery { name: BakeryName::parse("x").unwrap(), config: bakery::read("x", &[file]).unwrap() }
}

fn prefix(public_url: &str, root_path: &str) -> Option<PublicPrefix> {
    PublicPrefix::of(&bakery(public_url, root_path))
}

fn address(text: &str) -> Result<Address, Refused> {
    Address::new(&parse(text).unwrap())
}

fn osn() -> PublicPrefix {
    prefix("https://ncsa.osn.xsede.org/{root_path}", "Pangeo/{subpath}").unwrap()
}

#[test]
fn what_lies_below_a_prefix_is_covered() {
    for text in [
        "https://ncsa.osn.xsede.org/Pangeo/pangeo-forge/HadISST-feedstock/hadisst.zarr",
        "HTTPS://NCSA.OSN.XSEDE.ORG:443/Pangeo/x.zarr/",
        "https://ncsa.osn.xsede.org/Pangeo/a/../b.zarr",
        "https://ncsa.osn.xsede.org/other/../Pangeo/b.zarr",
        " https://ncsa.osn.xsede.org/Pangeo/a%20b.zarr ",
    ] {
        assert!(osn().covers(&address(text).unwrap()), "{text}");
    }
}

#[test]
fn s9_nothing_else_is_covered_however_it_is_spelled() {
    for text in [
        "https://ncsa.osn.xsede.org/Pangeo",
        "https://ncsa.osn.xsede.org/Pangeo/",
        "https://ncsa.osn.xsede.org/Pangeo//x.zarr",
        "https://ncsa.osn.xsede.org/Pangeo2/x.zarr",
        "https://ncsa.osn.xsede.org/pangeo/x.zarr",
        "https://ncsa.osn.xsede.org//Pangeo/x.zarr",
        "https://ncsa.osn.xsede.org/%50angeo/x.zarr",
        "http://ncsa.osn.xsede.org/Pangeo/x.zarr",
        "https://ncsa.osn.xsede.org:8443/Pangeo/x.zarr",
        "https://ncsa.osn.xsede.org./Pangeo/x.zarr",
        "https://ncsa.osn.xsede.org.evil.example/Pangeo/x.zarr",
        "https://evil.example/https://ncsa.osn.xsede.org/Pangeo/x.zarr",
        "https://ncsa.osn.xsede.org/Pangeo/../x.zarr",
        "https://ncsa.osn.xsede.org/Pangeo/a/../../x.zarr",
        "https://ncsa.osn.xsede.org/Pangeo\\..\\x.zarr",
        "https://169.254.169.254/Pangeo/x.zarr",
        "https://[::1]/Pangeo/x.zarr",
        "https://2130706433/Pangeo/x.zarr",
    ] {
        let read = address(text);
        assert!(read.as_ref().is_ok_and(|address| !osn().covers(address)), "{text}: {read:?}");
    }
    let found = address("https://ncsa.osn.xsede.org/Pangeo/%2e%2e/x.zarr").unwrap();
    assert_eq!(
        found.to_string(),
        "https://ncsa.osn.xsede.org/x.zarr",
        "dots are dots before anything is compared"
    );
    assert!(!osn().covers(&found));
}

#[test]
fn s9_what_could_mean_another_place_is_refused() {
    for (text, why) in [
        ("https://ncsa.osn.xsede.org@evil.example/Pangeo/x.zarr", Refused::Parts),
        ("https://me:secret@ncsa.osn.xsede.org/Pangeo/x.zarr", Refused::Parts),
        ("https://ncsa.osn.xsede.org/Pangeo/x.zarr?list-type=2", Refused::Parts),
        ("https://ncsa.osn.xsede.org/Pangeo/x.zarr#a", Refused::Parts),
        ("https://ncsa.osn.xsede.org/Pangeo/..%2f..%2fx.zarr", Refused::Encoded),
        ("https://ncsa.osn.xsede.org/Pangeo/a%5Cx.zarr", Refused::Encoded),
        ("https://ncsa.osn.xsede.org/Pangeo/%252e%252e/x.zarr", Refused::Encoded),
        ("https://ncsa.osn.xsede.org/Pangeo/x%00.zarr", Refused::Encoded),
        ("https://ncsa.osn.xsede.org/Pangeo/x%2ezarr", Refused::Encoded),
        ("ftp://ncsa.osn.xsede.org/Pangeo/x.zarr", Refused::Scheme),
        ("file:///etc/passwd", Refused::Scheme),
        ("gs://UPPER/x.zarr", Refused::Bucket),
        ("gs://a@b/x.zarr", Refused::Parts),
        ("s3://evil%2eexample/x.zarr", Refused::Bucket),
        ("s3://a:80/x.zarr", Refused::Bucket),
    ] {
        assert_eq!(address(text), Err(why), "{text}");
    }
}

#[test]
fn object_stores_have_web_addresses() {
    for (text, expected) in [
        ("gs://bucket/a/b.zarr", "https://storage.googleapis.com/bucket/a/b.zarr"),
        ("s3://bucket/a/b.zarr/", "https://bucket.s3.amazonaws.com/a/b.zarr"),
        ("s3://some.bucket/a.zarr", "https://s3.amazonaws.com/some.bucket/a.zarr"),
        ("gs://bucket/../other/b.zarr", "https://storage.googleapis.com/bucket/other/b.zarr"),
    ] {
        assert_eq!(address(text).unwrap().to_string(), expected, "{text}");
    }
}

#[test]
fn a_prefix_ends_where_runs_begin_to_differ() {
    let covers = |prefix: &PublicPrefix, text: &str| prefix.covers(&address(text).unwrap());
    let google = prefix("https://storage.googleapis.com/{root_path}", "bucket/{subpath}").unwrap();
    assert!(covers(&google, "gs://bucket/x.zarr"));
    assert!(!covers(&google, "gs://other/x.zarr"), "the host is everybody's, the bucket is not");
    let middle = prefix("https://a.example/{root_path}", "data/pf-{subpath}").unwrap();
    assert!(covers(&middle, "https://a.example/data/pf-1.zarr"));
    assert!(!covers(&middle, "https://a.example/data/other.zarr"));
    let whole = prefix("https://a.example/{root_path}", "{subpath}").unwrap();
    assert!(covers(&whole, "https://a.example/x.zarr"));
    assert!(!covers(&whole, "https://a.example"));
    for public_url in ["https://{root_path}.example/", "https://a.example{root_path}"] {
        assert_eq!(prefix(public_url, "{subpath}"), None, "{public_url}: the host is not known");
    }
}

#[test]
fn texts_that_are_no_addresses_are_told_apart() {
    for (text, why) in [
        ("", Malformed::Empty),
        ("  ", Malformed::Empty),
        ("x", Malformed::Scheme),
        ("x:y", Malformed::Scheme),
        ("://host/x", Malformed::Scheme),
        ("1a://host", Malformed::Scheme),
        ("https://", Malformed::Host),
        ("https://a b/x", Malformed::Host),
        ("https://a:99999/x", Malformed::Port),
    ] {
        assert_eq!(parse(text), Err(why), "{text:?}");
    }
    let long = format!("https://a.example/{}", "x".repeat(MAX_LENGTH));
    assert_eq!(parse(&long), Err(Malformed::TooLong));
    assert!(parse(&long[..MAX_LENGTH]).is_ok());
}

#[test]
fn files_lie_below_their_store_whatever_they_are_called() {
    let store = address("https://a.example/x.zarr/").unwrap();
    for (path, expected) in [
        (".zmetadata", "https://a.example/x.zarr/.zmetadata"),
        ("a b/.zarray", "https://a.example/x.zarr/a%20b/.zarray"),
        ("a?b#c/.zarray", "https://a.example/x.zarr/a%3Fb%23c/.zarray"),
        ("a%2fb/.zarray", "https://a.example/x.zarr/a%252fb/.zarray"),
        ("../.zarray", "https://a.example/x.zarr/.zarray"),
        (".\t./.zarray", "https://a.example/x.zarr/.zarray"),
        (".\n./.\r./.zarray", "https://a.example/x.zarr/.zarray"),
    ] {
        assert_eq!(store.file(path).as_str(), expected);
    }
    let root = address("https://a.example/").unwrap();
    assert_eq!(root.file(".zgroup").as_str(), "https://a.example/.zgroup");
}
