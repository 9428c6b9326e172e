//! What must not get through, and what must.

use std::path::Path;

use runner_redact::canaries::{Numbers, one_of_each, parts, place};
use runner_redact::{MASK, Redactor};

const KNOWN: &str = "S3cret-of the/tests+xyz";

#[test]
fn s19_no_secret_of_any_kind_leaks_from_any_place() {
    let redactor = Redactor::new(&[KNOWN.to_owned()]);
    let mut numbers = Numbers(19);
    let (mut placements, mut leaks) = (0, Vec::new());
    for _ in 0..100 {
        for canary in one_of_each(&mut numbers, KNOWN) {
            let text = place(&canary, &mut numbers);
            placements += 1;
            for clean in [redactor.clean(&text), redactor.mask(&text)] {
                // What hides a half from a search does not hide it from a reader.
                let seen: String = clean.chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect();
                let secret: String = canary.secret.chars().filter(|c| !c.is_whitespace()).collect();
                if parts(&secret).iter().any(|part| seen.contains(part)) || !clean.contains(MASK) {
                    leaks.push(format!("{}: {text:?} became {clean:?}", canary.kind));
                }
            }
        }
    }
    assert_eq!(placements, 1500);
    assert!(leaks.is_empty(), "{} leaks\n{}", leaks.len(), leaks.join("\n"));
}

#[test]
fn known_secrets_vanish_in_every_form_that_a_program_writes() {
    let pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQE\n-----END PRIVATE KEY-----\n";
    let redactor = Redactor::new(&["p/ss+w\"rd".into(), pem.into(), "eu".into()]);
    for text in [
        "p/ss+w\"rd",
        r#"{"key": "p/ss+w\"rd"}"#,
        "key=p%2Fss%2Bw%22rd&x",
        "p/ss\u{1b}[31m+w\"rd",
        "MIIEvQIBADANBg",
        "kqhkiG9w0BAQE",
        pem,
    ] {
        let clean = redactor.clean(text);
        assert!(clean.contains(MASK), "{clean}");
        assert!(!clean.contains("ss") && !clean.contains("MII") && !clean.contains("kqh"), "{clean}");
    }
    assert_eq!(redactor.clean("europe-west1"), "europe-west1");
    assert_eq!(format!("{redactor:?}"), "Redactor { .. }");
}

#[test]
fn s19_an_escape_that_is_spelled_out_is_no_part_of_a_word() {
    let redactor = Redactor::default();
    let token = "ghs_0123456789abcdefghijABCDEFGHIJ012345";
    for before in [r"\n", r"\t", r"\r", r"\x1b[0m", r"\u001b[1;31m", "[31m", "%3D", r"b'url:\n"] {
        let text = format!("output={before}{token}'");
        assert_eq!(redactor.mask(&text), format!("output={before}{MASK}'"));
    }
    let name = format!("a_name_that{token}");
    assert_eq!(redactor.mask(&name), name, "what goes on from a word is no token");
}

#[test]
fn s19_text_of_nothing_but_beginnings_is_read_to_its_end() {
    let redactor = Redactor::default();
    // Each of these was once read again from every beginning in it, which took minutes at this size.
    let size = 1024 * 1024;
    for piece in [
        "token=$",
        "token=.",
        "ghp_",
        "eyJ_",
        "-----BEGIN PRIVATE KEY-----",
        "\u{1b}]",
        "://",
        "secret=\"\\",
        "password: ",
    ] {
        let hostile = piece.repeat(size / piece.len());
        let clean = redactor.clean(&format!("{hostile}\nghs_0123456789abcdefghijABCDEFGHIJ012345"));
        assert!(!clean.contains("ghs_"), "{piece}");
    }
}

#[test]
fn unknown_credentials_are_known_by_their_form() {
    let redactor = Redactor::default();
    for (text, clean) in [
        ("token ghs_0123456789abcdefghijABCDEFGHIJ end", "token *** end"),
        ("AWS_SECRET_KEY=wJalrXUtnFEMIK7MDENG", "AWS_SECRET_KEY=***"),
        ("https://user:pass@host/x?a=b", "https://user:***@host/x?a=b"),
        ("https://ghtoken0123456789012@host/x", "https://***@host/x"),
        ("see https://example.org/a:b and x@y", "see https://example.org/a:b and x@y"),
        ("a -----BEGIN RSA PRIVATE KEY-----\nx\n  -----END RSA PRIVATE KEY----- b", "a ***\n***\n  *** b"),
        ("-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----"),
        ("cut -----BEGIN PRIVATE KEY-----\nMIIE\nabc, more", "cut ***\n***\n***, more"),
        ("the word AKIA alone", "the word AKIA alone"),
        ("key AKIA0123456789ABCDEF\nnext", "key ***\nnext"),
        ("\"Authorization\": \"Basic eDpodW50ZXIy\"", "\"Authorization\": \"Basic ***\""),
        ("{'password': 'a\\'b12345', 'x': 1}", "{'password': '***', 'x': 1}"),
        ("say(\"{\\\"secret\\\": \\\"hunter22\\\"}\")", "say(\"{\\\"secret\\\": \\\"***\\\"}\")"),
        ("x?sig=abcdefgh%2B1&y=1", "x?sig=***&y=1"),
        ("password=hunter2\npassword = other", "password=***\npassword = ***"),
    ] {
        assert_eq!(redactor.clean(text), clean);
    }
}

#[test]
fn what_only_speaks_of_secrets_stays() {
    let redactor = Redactor::default();
    for text in [
        "SyntaxError: invalid token: expected an indented block",
        "token = self.token",
        "password=get_password()",
        "storage_options={'token': 'anon'}",
        "secret=${{ secrets.BAKERY }}",
        "max_tokens=4096",
        "KeyError: 'password'",
        "tokenizers==0.13.3",
        "secretstorage 3.3.3 (from secretstorage>=3.2)",
        "pip install 'google-auth-oauthlib<0.5,>=0.4.1'",
        "commit 0123456789abcdef0123456789abcdef01234567",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "job pf-pangeo-forge-1-1 2026-01-01_00_01_00-1234567890123456789",
        "the design=waterfall&sign=1",
    ] {
        assert_eq!(redactor.clean(text), text);
    }
}

#[test]
fn s19_real_logs_pass_unchanged() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/output");
    let redactor = Redactor::new(&[KNOWN.to_owned()]);
    let (mut lines, mut changed) = (0, Vec::new());
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for line in text.lines() {
            lines += 1;
            if redactor.mask(line) != line {
                changed.push(redactor.mask(line));
            }
        }
    }
    assert!(lines > 5_000, "{lines}");
    assert!(changed.is_empty(), "of {lines} lines {} changed:\n{}", changed.len(), changed.join("\n"));
}

#[test]
fn fields_of_json_are_cleaned_by_name_and_by_text() {
    let redactor = Redactor::new(&[KNOWN.to_owned()]);
    let mut value = serde_json::json!({
        "headers": {"X-Hub-Signature-256": "sha256=ab", "X-GitHub-Event": "push", "Cookie": "a=b"},
        "items": [format!("x {KNOWN}"), 7, null],
        "token": "",
        "sha": "0123456789abcdef0123456789abcdef01234567",
    });
    redactor.mask_json(&mut value);
    let expected = serde_json::json!({
        "headers": {"X-Hub-Signature-256": MASK, "X-GitHub-Event": "push", "Cookie": MASK},
        "items": [format!("x {MASK}"), 7, null],
        "token": "",
        "sha": "0123456789abcdef0123456789abcdef01234567",
    });
    assert_eq!(value, expected);
    assert!(redactor.finds(KNOWN) && !redactor.finds("nothing"));
}

#[test]
fn s19_the_lower_half_of_a_private_key_is_taken_too() {
    let redactor = Redactor::new(&[]);
    let clean = redactor.clean(
        "the end of a file:\nMIIEowIBAAKCAQEA7bq\nAKIAQyJ4kZ+/abc==\n-----END RSA PRIVATE KEY-----\nand more",
    );
    assert!(!clean.contains("MIIE") && !clean.contains("abc==") && clean.ends_with("and more"), "{clean}");
    assert!(clean.starts_with("the end of a file:"), "{clean}");
    let other = "MIIE\n-----END CERTIFICATE-----";
    assert_eq!(redactor.clean(other), other);
}
