//! The forms of ISO 8601 that the old service took for a moment: a date and a time, the seconds and the offset left out at will.

use chrono::{DateTime, FixedOffset, NaiveDate, TimeZone, Utc};

/// Reads `2022-09-19T16:31:43.123+05:00`, and the same without fraction, seconds or offset, or with a blank for the `T`.
pub(super) fn parse(text: &str) -> Option<DateTime<Utc>> {
    let (date, rest) = text.split_once(['T', ' '])?;
    let mut date = date.split('-');
    let (year, month, day) =
        (digits(date.next()?, 4, 4)?, digits(date.next()?, 1, 2)?, digits(date.next()?, 1, 2)?);
    if date.next().is_some() {
        return None;
    }
    let end = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (time, offset) = rest.split_at(end);
    let mut time = time.split(':');
    let (hour, minute) = (digits(time.next()?, 1, 2)?, digits(time.next()?, 1, 2)?);
    let (second, micros) = match time.next() {
        None => (0, 0),
        Some(text) => match text.split_once('.') {
            None => (digits(text, 1, 2)?, 0),
            Some((second, fraction)) => (digits(second, 1, 2)?, fraction_of(fraction)?),
        },
    };
    if time.next().is_some() {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    let local = date.and_hms_micro_opt(hour, minute, second, micros)?;
    Some(offset_of(offset)?.from_local_datetime(&local).single()?.to_utc())
}

fn digits(text: &str, least: usize, most: usize) -> Option<u32> {
    let is_good = (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_good { text.parse().ok() } else { None }
}

/// Up to six digits count, and six more may follow.
fn fraction_of(text: &str) -> Option<u32> {
    digits(text.get(..text.len().min(6))?, 1, 6)?;
    if text.len() > 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{text:0<6}").get(..6)?.parse().ok()
}

fn offset_of(text: &str) -> Option<FixedOffset> {
    let east = match text {
        "" | "Z" | "z" => 0,
        _ => {
            let (sign, rest) = (if text.starts_with('-') { -1 } else { 1 }, text.get(1..)?);
            let rest = rest.replacen(':', "", 1);
            let (hours, minutes) = match rest.len() {
                2 => (digits(&rest, 2, 2)?, 0),
                4 => (digits(rest.get(..2)?, 2, 2)?, digits(rest.get(2..)?, 2, 2)?),
                _ => return None,
            };
            sign * i32::try_from(hours * 3600 + minutes * 60).ok()?
        }
    };
    FixedOffset::east_opt(east)
}
