//! What a plain (unquoted) YAML scalar is to the program that will read `meta.yaml` in the end.
//!
//! `pangeo-forge-runner` reads the file with YAML 1.2's core rules plus timestamps, so `yes` is a text and `2024-01-01` is not.
//! The answers here must be the same as its reader's, or a recipe passes the check and fails in the run.

/// The kind of an unquoted scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// A text.
    Text,
    /// Nothing: `null`, `~` or no characters.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number in one of YAML's notations.
    Number,
    /// A date, with or without time.
    Date,
    /// `=` and `<<`, which have a meaning of their own in YAML.
    Reserved,
}

/// Tells what the unquoted `raw` is.
pub fn resolve(raw: &str) -> Plain {
    match raw {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Plain::Bool,
        "=" | "<<" => Plain::Reserved,
        ".nan" | ".NaN" | ".NAN" => Plain::Number,
        _ if is_date(raw) => Plain::Date,
        _ if is_number(raw) => Plain::Number,
        _ => Plain::Text,
    }
}

fn is_number(raw: &str) -> bool {
    let unsigned = raw.strip_prefix(['-', '+']).unwrap_or(raw);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    for (prefix, digit) in [("0b", "01_"), ("0o", "01234567_"), ("0x", "0123456789abcdefABCDEF_")] {
        if let Some(digits) = unsigned.strip_prefix(prefix) {
            return !digits.is_empty() && digits.chars().all(|c| digit.contains(c));
        }
    }
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let whole_length = unsigned.bytes().take_while(|&b| b.is_ascii_digit() || b == b'_').count();
    let (whole, rest) = unsigned.split_at(whole_length);
    let has_whole = whole.starts_with(|c: char| c.is_ascii_digit());
    if !whole.is_empty() && !has_whole {
        return false;
    }
    let Some(fraction) = rest.strip_prefix('.') else {
        return has_whole && (rest.is_empty() || is_exponent(rest, false));
    };
    let (digits, exponent) = fraction.find(['e', 'E']).map_or((fraction, ""), |at| fraction.split_at(at));
    // Without a whole part, digits must follow the point, and an exponent must have a sign.
    is_digits(digits)
        && (has_whole || !digits.is_empty())
        && (exponent.is_empty() || is_exponent(exponent, !has_whole))
}

/// `e5`, `E+5`; with `sign_required` only the second form.
fn is_exponent(text: &str, sign_required: bool) -> bool {
    let Some(power) = text.strip_prefix(['e', 'E']) else { return false };
    let digits = power.strip_prefix(['-', '+']);
    let unsigned = digits.unwrap_or(power);
    (digits.is_some() || !sign_required)
        && !unsigned.is_empty()
        && unsigned.bytes().all(|b| b.is_ascii_digit())
}

/// `2024-01-31`, or a date and a time with or without fraction and zone.
fn is_date(raw: &str) -> bool {
    let Some((date, time)) = raw.split_once(['T', 't', ' ', '\t']) else {
        return shape(raw) == "9999-99-99";
    };
    let is_loose_date = matches!(shape(date).as_str(), "9999-9-9" | "9999-9-99" | "9999-99-9" | "9999-99-99");
    is_loose_date && is_time(time.trim_start_matches([' ', '\t']))
}

fn is_time(text: &str) -> bool {
    let clock_length = text.bytes().take_while(|&b| b.is_ascii_digit() || b == b':').count();
    let (clock, rest) = text.split_at(clock_length);
    let zone = rest
        .strip_prefix('.')
        .map_or(rest, |fraction| fraction.trim_start_matches(|c: char| c.is_ascii_digit()));
    let zone = shape(zone.trim_start_matches([' ', '\t']));
    let is_clock = matches!(shape(clock).as_str(), "9:99:99" | "99:99:99");
    is_clock && matches!(zone.replace('-', "+").as_str(), "" | "Z" | "+9" | "+99" | "+9:99" | "+99:99")
}

/// The text with every digit as `9`.
fn shape(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_read_as_the_runner_reads_them() {
        for (kind, words) in [
            (Plain::Null, "~ null Null NULL"),
            (Plain::Bool, "true True TRUE false False FALSE"),
            (Plain::Reserved, "= <<"),
            (
                Plain::Date,
                "2024-01-01 2024-13-45 2024-01-01T10:00:00Z 2024-1-1T1:00:00.5+05:30 2024-01-01t10:00:00-5",
            ),
            (
                Plain::Number,
                "42 +1 -7 09 0o7 0x1F -0x1f 0b11 1_000 1__0 .5 ._1 1. 1.5 1e3 1e+3 1_0.5_0e1 .5e+3 .inf +.inf -.Inf .NaN \
                 0000000000000001",
            ),
            (
                Plain::Text,
                "yes no on off tRue 12:30 190:20:30 1.2.3 1.5. 0o8 0xZ 0b _1 e3 5.e 1e3.5 .5e3 2024-1-1 2024-01-01T 2024-01 \
                 0000-0002-1825-0097 v1 . - + recipe:recipe nan inf +.nan NaN",
            ),
        ] {
            for word in words.split_whitespace() {
                assert_eq!(resolve(word), kind, "{word}");
            }
        }
        assert_eq!(resolve(""), Plain::Null);
        assert_eq!(resolve("2024-01-01 10:00:00 Z"), Plain::Date);
        assert_eq!(resolve("2024-01-01 x"), Plain::Text);
    }
}
