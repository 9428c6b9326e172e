//! Files of another implementation are read, files of ours are read by it, and a file that was touched is refused.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Write;
use std::process::{Command, Stdio};

use runner_sops::age::{AgeIdentity, AgeRecipient};
use runner_sops::{
    DataKey, Shape, SopsError, WrappedKey, decrypt, encrypt, is_encrypted, new_data_key, wrapped_keys,
};
use serde_yaml::Value;

const KEY: &str = include_str!("../../../secrets/sample-key.txt");
const PLAIN: &str = include_str!("files/plain.yaml");
/// Made by `peer.py`.
const SEALED: &str = include_str!("files/sealed-by-peer.yaml");
const NOW: &str = "2026-02-03T04:05:06Z";

fn identities() -> Vec<AgeIdentity> {
    AgeIdentity::parse_all(KEY).unwrap()
}

fn open_with(text: &str, identities: &[AgeIdentity], shape: Shape) -> Result<String, SopsError> {
    let wrapped = wrapped_keys(text)?;
    let mut key: Option<DataKey> = None;
    for one in &wrapped {
        key = key.or(one.open(identities)?);
    }
    let known = wrapped.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Ok(decrypt(text, &key.ok_or(SopsError::NoKey(known))?, shape)?.to_string())
}

fn open(text: &str) -> Result<String, SopsError> {
    open_with(text, &identities(), Shape::SameLines)
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

/// What is said, after the line that it is said of.
fn told(error: &SopsError) -> String {
    error.line().map_or_else(|| error.to_string(), |line| format!("line {line}: {error}"))
}

fn seal(plain: &str) -> Result<String, SopsError> {
    let key = new_data_key()?;
    let wrapped = WrappedKey::for_age(&key, identities()[0].recipient())?;
    encrypt(plain, &key, &[wrapped], NOW)
}

#[test]
fn a_file_of_another_implementation_is_read() {
    assert!(is_encrypted(SEALED) && !is_encrypted(PLAIN));
    assert_eq!(yaml(&open(SEALED).unwrap()), yaml(PLAIN));
    assert_eq!(yaml(&open_with(SEALED, &identities(), Shape::ForPeople).unwrap()), yaml(PLAIN));
}

#[test]
fn a_file_of_ours_is_read_by_another_implementation() {
    let python = std::env::var("SOPS_PEER_PYTHON")
        .expect("SOPS_PEER_PYTHON names an interpreter with peer.py's libraries");
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    let mut peer = Command::new(python)
        .args([&format!("{tests}/peer.py"), "decrypt", &format!("{tests}/../../../secrets/sample-key.txt")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    peer.stdin.take().unwrap().write_all(seal(PLAIN).unwrap().as_bytes()).unwrap();
    let output = peer.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(yaml(&String::from_utf8(output.stdout).unwrap()), yaml(PLAIN));
}

#[test]
fn what_is_sealed_is_read_again_in_either_shape_and_without_its_comments() {
    let sealed = seal(&format!("# not for everybody\n{PLAIN}")).unwrap();
    assert!(
        !sealed.contains("everybody") && !sealed.contains("not-a-secret") && !sealed.contains("BEGIN RSA")
    );
    assert_eq!(yaml(&open(&sealed).unwrap()), yaml(PLAIN));
    let for_people = open_with(&sealed, &identities(), Shape::ForPeople).unwrap();
    assert!(for_people.contains("    private_key: |\n        -----BEGIN RSA"), "{for_people}");
    assert_eq!(yaml(&for_people), yaml(PLAIN));
    assert_eq!(yaml(&open(&seal(&for_people).unwrap()).unwrap()), yaml(PLAIN));
    assert_eq!(seal(&sealed), Err(SopsError::Encrypted));
}

#[test]
fn each_key_keeps_its_line() {
    let opened = open(SEALED).unwrap();
    let lines = || SEALED.lines().skip(1).take_while(|line| *line != "sops:");
    for (line, same) in lines().zip(opened.lines().skip(1)) {
        let key = line.split("ENC[").next().unwrap();
        assert!(same.starts_with(key), "{key}: {same}");
    }
    assert_eq!(opened.lines().count(), lines().count() + 1);
}

/// Whether a change at this place may go unnoticed, because it changes nothing that is read: what stands there is no value, no key
/// and nothing that leads to one.
fn cannot_matter(line: &str) -> bool {
    let is_comment = line.starts_with('#');
    let is_version = line.trim_start().starts_with("version: ");
    let is_of_kinds_not_read = ["kms", "gcp_kms", "azure_kv", "hc_vault", "pgp"]
        .iter()
        .any(|kind| line.trim() == format!("{kind}: []"));
    is_comment || is_version || is_of_kinds_not_read
}

#[test]
fn s6_one_changed_byte_anywhere_is_refused_or_changes_nothing() {
    let plain = yaml(PLAIN);
    let own = identities()[0].recipient().to_string();
    let mut starts_of_others = None;
    let (mut refused, mut unchanged) = (0_u32, 0_u32);
    let mut offset = 0;
    for line in SEALED.split_inclusive('\n') {
        // The stanza of the other recipient.
        if line.contains("recipient: ") {
            starts_of_others = (!line.contains(&own)).then_some(offset);
        } else if line.trim_start().starts_with("lastmodified: ") {
            starts_of_others = None;
        }
        for (at, byte) in line.bytes().enumerate() {
            let is_blank = byte == b' ' || byte == b'\n';
            for flipped in [byte ^ 1, byte ^ 0x20] {
                let mut bytes = SEALED.as_bytes().to_vec();
                bytes[offset + at] = flipped;
                let Ok(text) = String::from_utf8(bytes) else { continue };
                match open(&text) {
                    Err(_) => refused += 1,
                    Ok(opened) => {
                        assert_eq!(yaml(&opened), plain, "byte {} of {line:?}", at + 1);
                        let may = cannot_matter(line) || is_blank || starts_of_others.is_some();
                        assert!(may, "byte {} of {line:?} is {byte} or {flipped}", at + 1);
                        unchanged += 1;
                    }
                }
            }
        }
        offset += line.len();
    }
    assert!(refused > 4_000 && unchanged > 0, "{refused} refused, {unchanged} unchanged");
}

#[test]
fn what_the_code_does_not_protect_is_refused() {
    let key = new_data_key().unwrap();
    let wrapped = [WrappedKey::for_age(&key, identities()[0].recipient()).unwrap()];
    let sealed = encrypt("a: one\nb: two\n", &key, &wrapped, NOW).unwrap();
    let said = |text: String| told(&open(&text).expect_err(&text));
    let (head, section) = sealed.split_at(sealed.find("sops:").unwrap());
    for (text, expected) in [
        (format!("{head}c: in clear\n{section}"), "line 3: `c` is in clear"),
        (format!("{head}c:\n{section}"), "line 3: `c` is in clear"),
        (format!("{head}c: ''\n{section}"), "`c` is in clear"),
        (format!("{sealed}c: 1\n"), "which must be the last"),
        (
            format!("{head}{}", section.replace("version", "mac_only_encrypted: true\n    version")),
            "unknown field `mac_only_encrypted`",
        ),
        (sealed.replace("_unencrypted", "_clear"), "`unencrypted_suffix` must be"),
        (head.to_owned(), "there is no section `sops`"),
    ] {
        let said = said(text.clone());
        assert!(said.contains(expected), "{text}: {said}");
    }
    // Values that change places, and one that is left out.
    let lines: Vec<&str> = head.lines().collect();
    let (a, b) = (lines[0].trim_start_matches("a: "), lines[1].trim_start_matches("b: "));
    assert!(said(format!("a: {b}\nb: {a}\n{section}")).contains("line 1: `a` was changed"));
    assert_eq!(open(&format!("a: {a}\n{section}")), Err(SopsError::Mac));
    // The type stands outside of what is authenticated: no other may make YAML of a text.
    for other in ["int", "float", "bool"] {
        let changed = sealed.replacen("type:str", &format!("type:{other}"), 1);
        assert!(said(changed).contains("`a` was changed"), "{other}");
    }
    assert_eq!(open(&format!("b: {b}\na: {a}\n{section}")), Err(SopsError::Mac));
}

#[test]
fn what_cannot_be_sealed_is_told_with_its_line() {
    for (plain, expected) in [
        ("a:\n", "line 1: `a` is empty"),
        ("a: 1\nb: {c: ''}\n", "line 2: `b.c` is empty"),
        ("a: &x 1\nb: *x\n", "an anchor"),
        ("a: 1\na: 2\n", "line 2: a key that stands twice"),
        ("- a\n", "not a mapping"),
        ("a: !!str 1\n", "a tag"),
        ("a: [\n", "not valid YAML"),
    ] {
        let said = told(&seal(plain).expect_err(plain));
        assert!(said.contains(expected), "{plain}: {said}");
    }
}

#[test]
fn a_stranger_is_told_for_whom_a_file_is_and_no_secret() {
    let stranger = [AgeIdentity::generate().unwrap()];
    let said = open_with(SEALED, &stranger, Shape::SameLines).expect_err("a stranger").to_string();
    assert!(said.contains(&identities()[0].recipient().to_string()), "{said}");
    assert!(!format!("{:?}", identities()).contains("SECRET"));
}

#[test]
fn keys_are_read_as_age_keygen_writes_them_and_nothing_else_is() {
    let identity = AgeIdentity::generate().unwrap();
    let text = format!("# created: today\n\n{}\n", identity.to_text().as_str());
    assert_eq!(AgeIdentity::parse_all(&text).unwrap()[0].recipient(), identity.recipient());
    let recipient = identity.recipient().to_string();
    assert_eq!(AgeRecipient::parse(&recipient).unwrap(), *identity.recipient());
    for bad in
        ["", "age1", "AGE-SECRET-KEY-1", &recipient.replace("age1", "age2"), &recipient.to_uppercase()[1..]]
    {
        assert!(AgeRecipient::parse(bad).is_err() && AgeIdentity::parse(bad).is_err(), "{bad}");
    }
}
