//! Secrets of fifteen kinds, made for tests, and the places where one turns up. None opens anything.
//!
//! The stories of the service plant the same ones, so that what is served and published is held against the same list.

use std::fmt::Write as _;

/// A secret of one kind in the text that it is found by.
#[derive(Debug, Clone)]
pub struct Canary {
    /// What it is.
    pub kind: &'static str,
    /// The text that holds it.
    pub text: String,
    /// What must not be left of it, neither whole nor any half.
    pub secret: String,
    /// Whether it is found also when a line's end breaks it.
    pub survives_breaks: bool,
}

/// Numbers that look random and are the same in every run: `SplitMix64`.
#[derive(Debug, Clone)]
pub struct Numbers(pub u64);

impl Numbers {
    /// The next one, below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound.max(1) as u64).unwrap_or_default()
    }

    fn text(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..length).map(|_| char::from(LETTERS[self.below(LETTERS.len())])).collect()
    }

    fn key(&mut self) -> String {
        let lines = (0..8).fold(String::new(), |lines, _| lines + &self.text(64) + "\n");
        format!("{lines}{}==\n", self.text(22))
    }
}

/// One secret of each kind. `known` is a secret that the redactor was told, for the kinds that are found by nothing else.
pub fn one_of_each(numbers: &mut Numbers, known: &str) -> Vec<Canary> {
    let mut all = Vec::new();
    let mut add = |kind, text: String, secret: String, survives_breaks| {
        all.push(Canary { kind, text, secret, survives_breaks });
    };
    add("a secret that was told", known.to_owned(), known.to_owned(), true);
    for (kind, start, length) in [
        ("an installation token", "ghs_", 36),
        ("a personal token", "ghp_", 36),
        ("a fine-grained token", "github_pat_", 82),
        ("an API key", "pfo_", 32),
    ] {
        let body = numbers.text(length);
        add(kind, format!("{start}{body}"), body, true);
    }
    let key = numbers.key();
    let pem = format!("-----BEGIN RSA PRIVATE KEY-----\n{key}-----END RSA PRIVATE KEY-----");
    add("a private key", pem, key.lines().next().unwrap_or_default().to_owned(), false);
    let key = numbers.key();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{key}-----END PRIVATE KEY-----\n").replace('\n', "\\n");
    let json = format!(r#"{{"type": "service_account", "private_key": "{pem}", "client_email": "a@b"}}"#);
    add("a cloud key", json, key.lines().nth(3).unwrap_or_default().to_owned(), false);
    let value = numbers.text(14) + "7";
    let names =
        ["password=", "secret: ", "AWS_SECRET_ACCESS_KEY=", "\"token\": \"", "api_key = '", "--password "];
    let name = names[numbers.below(names.len())];
    let quote =
        name.chars().last().filter(|last| "\"'".contains(*last)).map(String::from).unwrap_or_default();
    add("a value with a name", format!("{name}{value}{quote}"), value, false);
    let password = numbers.text(12);
    add(
        "an address with a password",
        format!("postgres://user:{password}@db.example.org/x"),
        password,
        false,
    );
    let (claims, signature) = (numbers.text(60), numbers.text(43));
    add("a web token", format!("eyJhbGciOiJSUzI1NiJ9.{claims}.{signature}"), claims, false);
    let token = numbers.text(30) + "3";
    add("a header", format!("Authorization: Bearer {token}"), token, false);
    add("a told secret in base64", base64(known, numbers.below(3)), base64(known, 0), true);
    let hex = known.bytes().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    add("a told secret in hexadecimal", hex.clone(), hex, true);
    let signature = numbers.text(64);
    let names = ["X-Amz-Signature", "X-Goog-Signature"];
    let name = names[numbers.below(2)];
    add("a signed address", format!("https://s.example.org/x?a=b&{name}={signature}&c=d"), signature, false);
    let signature = numbers.text(43);
    add(
        "a shared access signature",
        format!("https://s.example.org/x?sv=1&sig={signature}"),
        signature,
        false,
    );
    all
}

/// The text in base64 behind so many other bytes.
fn base64(text: &str, before: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes: Vec<u8> = std::iter::repeat_n(b'x', before).chain(text.bytes()).collect();
    bytes.chunks(3).fold(String::new(), |mut encoded, three| {
        let bits =
            (0..3).fold(0_usize, |bits, at| bits << 8 | usize::from(three.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let digit = char::from(DIGITS[bits >> (18 - 6 * at) & 63]);
            encoded.push(if at <= three.len() { digit } else { '=' });
        }
        encoded
    })
}

/// Puts the canary somewhere into a text, in one of many ways.
pub fn place(canary: &Canary, numbers: &mut Numbers) -> String {
    let text = &canary.text;
    // Not in the name that announces a value, but in the value.
    let middle = text
        .find(&canary.secret)
        .map_or(text.len() / 2, |at| at + 1 + numbers.below(canary.secret.len() - 1));
    let middle = text.ceil_char_boundary(middle);
    let (one, other) = text.split_at(middle);
    let filler = "line of a log\n".repeat(numbers.below(40));
    match numbers.below(10) {
        0 => text.clone(),
        1 => format!("{filler}2026-01-01T00:00:00.0000000Z {text}\n{filler}"),
        2 => format!("\u{1b}[31mERROR\u{1b}[0m {one}\u{1b}[1;32m{other}\u{1b}[0m tail"),
        3 => format!("say(\"{text}\") # é"),
        4 => format!("<{text}> {filler}"),
        5 => format!("{filler}\t{text}\r\n"),
        6 => format!("{one}\u{200b}{other}, and more"),
        7 if canary.survives_breaks => format!("{filler}x {one}\n    {other}\nnext"),
        // Where a reader's buffer would end.
        8 => format!("{}\n{text}\n", "y".repeat(8192 - 1 - numbers.below(40))),
        _ => format!("{text} {text} ({text})"),
    }
}

/// The parts of a secret that must not be seen: its halves, and so also the whole.
pub fn parts(secret: &str) -> [&str; 2] {
    let middle = secret.floor_char_boundary(secret.len() / 2);
    [&secret[..middle], &secret[middle..]]
}
