use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::*;
use crate::domain::id::RecipeRunId;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn news(state: JobState, seconds: i64) -> News {
    News { state, at: at(seconds), replaced_by: None }
}

fn known(state: JobState, seconds: i64) -> Known {
    Known { state, at: Some(at(seconds)) }
}

#[test]
fn every_state_has_its_word_and_no_other_word_is_one() {
    for state in JobState::ALL {
        assert_eq!(JobState::parse(state.as_str()), Some(*state));
    }
    assert_eq!(JobState::ALL.len(), 13);
    for word in ["", "DONE", "job_state_done", "JOB_STATE_DONE ", "JOB_STATE_SLEEPING"] {
        assert_eq!(JobState::parse(word), None, "{word}");
    }
}

#[test]
fn s22_nothing_leaves_a_terminal_state() {
    for state in JobState::ALL.iter().copied().filter(|state| state.is_terminal()) {
        for told in JobState::ALL {
            for seconds in [0, 10, 20] {
                let step = known(state, 10).after(&news(*told, seconds));
                assert!(matches!(step, Step::Stays(_)), "{state:?} then {told:?} at {seconds}: {step:?}");
            }
        }
    }
}

#[test]
fn r9_what_is_older_changes_nothing() {
    for told in JobState::ALL {
        assert_eq!(
            known(JobState::Running, 10).after(&news(*told, 9)),
            Step::Stays(Stays::Older),
            "{told:?}"
        );
    }
}

#[test]
fn r9_two_states_of_one_moment_come_to_the_same_in_either_order() {
    let all = JobState::ALL.iter().copied();
    for (a, b) in all.clone().flat_map(|a| all.clone().map(move |b| (a, b))) {
        // Of two ends the first one heard counts, whatever the order.
        if a.is_terminal() && b.is_terminal() {
            continue;
        }
        let play = |told: [JobState; 2]| {
            let mut now = Known { state: JobState::Unknown, at: None };
            for state in told {
                let moves = !matches!(now.after(&news(state, 5)), Step::Stays(_));
                now = if moves { known(state, 5) } else { now };
            }
            now.state
        };
        assert_eq!(play([a, b]), play([b, a]), "{a:?} and {b:?}");
    }
}

#[test]
fn what_is_newer_moves_or_ends_the_job() {
    for state in JobState::ALL.iter().copied().filter(|state| *state != JobState::Running) {
        let expected = match state {
            JobState::Updated => Step::Asks,
            state if state.is_terminal() => Step::Ends,
            _ => Step::Moves,
        };
        assert_eq!(known(JobState::Running, 10).after(&news(state, 11)), expected, "{state:?}");
    }
    let first = Known { state: JobState::Unknown, at: None };
    assert_eq!(first.after(&news(JobState::Done, 0)), Step::Ends);
    assert_eq!(known(JobState::Running, 10).after(&news(JobState::Running, 11)), Step::Stays(Stays::Same));
}

#[test]
fn a_job_that_goes_on_as_another_one_is_followed_also_when_its_name_comes_later() {
    let named = News { replaced_by: Some("2-b".into()), ..news(JobState::Updated, 11) };
    let follows = Step::Follows("2-b".into());
    assert_eq!(known(JobState::Running, 10).after(&named), follows);
    assert_eq!(known(JobState::Updated, 11).after(&named), follows);
    assert_eq!(known(JobState::Updated, 11).after(&news(JobState::Updated, 11)), Step::Stays(Stays::Same));
    assert_eq!(known(JobState::Done, 10).after(&named), Step::Stays(Stays::Ended));
}

#[test]
fn an_end_is_a_success_a_failure_or_what_somebody_asked_for() {
    let by = Login("maintainer".into());
    let fault = |state, by| fault_of(state, "1-a", by);
    assert_eq!(fault(JobState::Done, None), None);
    assert_eq!(fault(JobState::Done, Some(&by)), None);
    let dataflow =
        |state: JobState| Some(Fault::Dataflow { state: state.as_str().into(), job: "1-a".into() });
    for state in [JobState::Failed, JobState::Cancelled, JobState::Drained] {
        assert_eq!(fault(state, None), dataflow(state));
    }
    assert_eq!(fault(JobState::Failed, Some(&by)), dataflow(JobState::Failed));
    assert_eq!(fault(JobState::Cancelled, Some(&by)), Some(Fault::Cancelled { by: Some(by.clone()) }));
    assert_eq!(fault(JobState::Drained, Some(&by)), Some(Fault::Cancelled { by: Some(by.clone()) }));
}

#[test]
fn a_name_is_known_with_and_without_the_runners_suffix() {
    let ours = "pf-pangeo-forge-12-1";
    assert!(is_name_of(ours, ours));
    assert!(is_name_of("pf-pangeo-forge-12-1-0af39", ours));
    for other in [
        "pf-pangeo-forge-12-2",
        "pf-pangeo-forge-12-1-xyz12",
        "pf-pangeo-forge-12-1-0af3",
        "pf-pangeo-forge-12",
        "",
    ] {
        assert!(!is_name_of(other, ours), "{other}");
    }
    let long = "pf-".to_owned() + &"a".repeat(54);
    assert!(is_name_of(&format!("{}-0af39", &long[..56]), &long));
    assert_eq!(names_of("x-12345"), [Some("x-12345"), Some("x")]);
}

#[test]
fn s20_a_project_fits_when_it_is_the_same_or_cannot_be_compared() {
    for (recorded, told) in [("a", "a"), ("a", "12"), ("12", "a"), ("", "a"), ("", "")] {
        assert!(project_fits(recorded, told), "{recorded:?} {told:?}");
    }
    for (recorded, told) in [("a", "b"), ("a", ""), ("a", "12a")] {
        assert!(!project_fits(recorded, told), "{recorded:?} {told:?}");
    }
}

fn read(data: &serde_json::Value) -> Result<Message, Unusable> {
    read_message(data.to_string().as_bytes(), &BTreeMap::new(), at(99), "ours")
}

#[test]
fn the_relays_words_and_eventarcs_say_the_same() {
    let relayed = json!({
        "schema": "dataflow-job-status/1", "event_id": "e1", "project_id": "p", "location": "us-central1", "job_id": "1-a",
        "job_name": "pf-x-1-1", "state": "JOB_STATE_UPDATED", "state_time": "1970-01-01T00:00:05.1234567Z", "labels": {"x": "y"},
        "replaced_by": "1-b",
    });
    let told = read(&relayed).expect("the relay's words");
    assert_eq!(told.event_id.as_deref(), Some("e1"));
    assert_eq!(told.news.at, at(5) + TimeDelta::microseconds(123_456));
    let raw = json!({
        "id": "1-a", "projectId": "p", "name": "pf-x-1-1", "location": "us-central1", "type": "JOB_TYPE_BATCH",
        "currentState": "JOB_STATE_UPDATED", "currentStateTime": "1970-01-01T00:00:05.123456Z", "replacedByJobId": "1-b",
    });
    assert_eq!(read(&raw), Ok(Message { event_id: None, ..told }));
}

#[test]
fn a_message_without_data_speaks_by_its_attributes() {
    let attributes = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>()
    };
    let all = attributes(&[("job_id", "1-a"), ("state", "JOB_STATE_DONE"), ("location", "us-central1")]);
    let told = read_message(b"", &all, at(99), "ours").expect("enough");
    assert_eq!(
        (told.job_id.as_str(), told.project.as_str(), told.news),
        ("1-a", "ours", news(JobState::Done, 99))
    );
    let some = attributes(&[("job_id", "1-a"), ("state", "JOB_STATE_DONE")]);
    assert_eq!(read_message(b"", &some, at(99), "ours"), Err(Unusable::Empty));
}

#[test]
fn what_says_nothing_is_told_apart() {
    let good = json!({"id": "1-a", "location": "us-central1", "currentState": "JOB_STATE_DONE"});
    assert_eq!(read(&good).expect("enough").news, news(JobState::Done, 99));
    let with = |name: &str, value: serde_json::Value| {
        let mut changed = good.clone();
        changed[name] = value;
        changed
    };
    for (data, why) in [
        (json!(null), Unusable::NoObject),
        (json!(["x"]), Unusable::NoObject),
        (json!({}), Unusable::OtherKind),
        (with("schema", json!("dataflow-job-status/2")), Unusable::OtherKind),
        (json!({"schema": "dataflow-job-status/1"}), Unusable::Form),
        (with("currentState", json!("JOB_STATE_SLEEPING")), Unusable::State),
        (with("currentState", json!(7)), Unusable::Form),
        (with("id", json!("../1")), Unusable::Form),
        (with("id", json!("")), Unusable::Form),
        (with("location", json!("")), Unusable::Form),
        (with("name", json!("x y")), Unusable::Form),
        (with("projectId", json!("\u{0}")), Unusable::Form),
        (with("currentStateTime", json!("yesterday")), Unusable::Form),
    ] {
        assert_eq!(read(&data), Err(why), "{data}");
    }
    assert_eq!(read_message(b"{", &BTreeMap::new(), at(0), ""), Err(Unusable::NoObject));
    // A replacement that can be none is none.
    assert_eq!(read(&with("replacedByJobId", json!(""))).expect("enough").news.replaced_by, None);
}

#[test]
fn the_old_functions_form_is_read_and_no_other() {
    let read = |body: &str| read_form(body.as_bytes());
    assert_eq!(
        read("action=completed&recipe_run_id=7&conclusion=success"),
        Some((RecipeRunId(7), JobState::Done))
    );
    assert_eq!(
        read("conclusion=failure&recipe_run_id=7&action=completed"),
        Some((RecipeRunId(7), JobState::Failed))
    );
    for bad in [
        "",
        "action=completed&recipe_run_id=7",
        "action=started&recipe_run_id=7&conclusion=success",
        "action=completed&recipe_run_id=-7&conclusion=success",
        "action=completed&recipe_run_id=&conclusion=success",
        "action=completed&recipe_run_id=7&conclusion=cancelled",
        "action=completed&recipe_run_id=7&conclusion=success&conclusion=failure",
        "action=completed&recipe_run_id=7&conclusion=success&more=x",
        "action=completed&recipe_run_id=99999999999999999999&conclusion=success",
        "{}",
    ] {
        assert_eq!(read(bad), None, "{bad}");
    }
}
