//! Sizes for people.

const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/// `15 B`, `1.50 KiB`, `12.3 GiB`: three digits are enough to compare by.
pub(super) fn human(bytes: u64) -> String {
    let (mut whole, mut rest, mut unit) = (bytes, 0, 0);
    while whole >= 1024 && unit + 1 < UNITS.len() {
        rest = whole % 1024;
        whole /= 1024;
        unit += 1;
    }
    let name = UNITS[unit];
    match whole {
        _ if unit == 0 => format!("{whole} {name}"),
        0..10 => format!("{whole}.{:02} {name}", rest * 100 / 1024),
        10..100 => format!("{whole}.{} {name}", rest * 10 / 1024),
        _ => format!("{whole} {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::human;

    #[test]
    fn three_digits_and_a_unit() {
        for (bytes, expected) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.00 KiB"),
            (1536, "1.50 KiB"),
            (12 * 1024 + 512, "12.5 KiB"),
            (945_593_280, "901 MiB"),
            (u64::MAX, "16383 PiB"),
        ] {
            assert_eq!(human(bytes), expected);
        }
    }
}
