use super::*;

fn said<T: std::fmt::Debug>(result: Result<T, Wrong>) -> (String, &'static str) {
    let wrong = result.expect_err("it cannot be used");
    (wrong.msg, wrong.kind)
}

#[test]
fn u18_numbers_and_words_are_taken_as_the_old_service_took_them() {
    for (value, number) in [
        (json!(7), 7),
        (json!("7"), 7),
        (json!(" -7 "), -7),
        (json!("+7"), 7),
        (json!(1.9), 1),
        (json!(-1.9), -1),
        (json!(true), 1),
    ] {
        assert_eq!(integer(&value), Ok(number), "{value}");
    }
    for value in [json!("1.5"), json!(""), json!("-"), json!("x"), json!([]), json!({}), json!("1e3")] {
        assert_eq!(said(integer(&value)).1, "type_error.integer", "{value}");
    }
    for value in [json!(1e30), json!(u64::MAX), json!("99999999999999999999")] {
        assert_eq!(said(integer(&value)).1, "value_error.number.not_le", "{value}");
    }
    assert_eq!(said(integer(&json!(-1e30))).1, "value_error.number.not_ge");
    for (value, truth_of_it) in [
        (json!("yes"), true),
        (json!("ON"), true),
        (json!(1), true),
        (json!(1.0), true),
        (json!("n"), false),
        (json!(0), false),
    ] {
        assert_eq!(truth(&value), Ok(truth_of_it), "{value}");
    }
    for value in [json!(2), json!("maybe"), json!([]), json!("")] {
        assert_eq!(said(truth(&value)).1, "type_error.bool", "{value}");
    }
}

#[test]
fn u18_moments_are_taken_as_the_old_service_took_them() {
    for (value, time_of_it) in [
        (json!(7), "1970-01-01T00:00:07+00:00"),
        (json!(1_663_605_103_000_i64), "2022-09-19T16:31:43+00:00"),
        (json!("1663605103"), "2022-09-19T16:31:43+00:00"),
        (json!(1.5), "1970-01-01T00:00:01.500+00:00"),
        (json!("2022-09-19T16:31:43Z"), "2022-09-19T16:31:43+00:00"),
        (json!("2022-09-19 16:31"), "2022-09-19T16:31:00+00:00"),
        (json!("2022-09-19T16:31:43.1234567+05:00"), "2022-09-19T11:31:43.123456+00:00"),
    ] {
        assert_eq!(time(&value).expect("a moment").to_rfc3339(), time_of_it, "{value}");
    }
    for value in [
        json!("text"),
        json!(""),
        json!("2022-09-19"),
        json!("2022-13-01T00:00:00"),
        json!("0000-01-01T00:00:00"),
        json!("NaN"),
        json!("inf"),
        json!(1e300),
        json!("2022-09-19T25:00:00"),
        json!("9999-12-31T23:59:59-01:00"),
    ] {
        assert_eq!(said(time(&value)), ("invalid datetime format".into(), "value_error.datetime"), "{value}");
    }
    assert_eq!(said(time(&json!({}))).1, "type_error");
}

#[test]
fn a_text_that_no_database_takes_is_refused() {
    assert_eq!(text(&json!(7)), Ok("7".into()));
    assert_eq!(said(text(&json!("a\0b"))).1, "value_error.any_str.nul");
    assert_eq!(said(text(&json!("x".repeat(2001)))).1, "value_error.any_str.max_length");
    assert_eq!(said(text(&json!({"a": 1}))).1, "type_error.str");
}
