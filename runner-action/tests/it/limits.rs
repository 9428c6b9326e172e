//! A run ends when it should, and leaves nothing running.

use std::path::Path;
use std::time::{Duration, Instant};

use runner_contract::FailureClass;

use crate::world::{Ran, World};

/// A runner that starts two long sleeps, one of them in a session of its own, says who they are, and sleeps too.
const SLEEPERS: &str = "sleep 1000 & echo \"pid $!\"
setsid sh -c 'echo \"pid $$\"; exec sleep 1000' &
sleep 1000";

fn assert_all_dead(ran: &Ran) {
    let pids: Vec<&str> =
        ran.recipe_lines().into_iter().filter_map(|line| line.strip_prefix("pid ")).collect();
    assert_eq!(pids.len(), 2, "{}", ran.log);
    for pid in pids {
        let stat = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
        assert!(stat.is_empty() || stat.contains(") Z "), "process {pid} is alive: {stat}");
    }
}

#[test]
fn at_the_deadline_the_runner_and_its_children_are_killed() {
    let mut world = World::of("tiny-success");
    let start = Instant::now();
    let ran = world.stand_in(SLEEPERS).input("time_limit_minutes", "0.03").run();
    assert!(start.elapsed() < Duration::from_mins(1));
    assert_eq!(ran.failure().class, FailureClass::TimedOut);
    assert_eq!(ran.status, 1);
    assert_all_dead(&ran);
}

#[test]
fn silence_ends_a_run_before_its_deadline() {
    let ran = World::of("tiny-success").stand_in(SLEEPERS).input("silence_limit_minutes", "0.03").run();
    assert_eq!(ran.failure().class, FailureClass::TimedOut);
    assert!(ran.failure().error.contains("said nothing"), "{:?}", ran.failure());
    assert_all_dead(&ran);
}

#[test]
fn what_a_runner_leaves_behind_does_not_hold_the_action() {
    let script = format!("{}\nexit 3", SLEEPERS.trim_end_matches("\nsleep 1000"));
    let ran = World::of("tiny-success").stand_in(&script).run();
    assert_eq!(ran.failure().error, "the recipe ended the process with status 3 and no error was reported");
}

#[test]
fn a_dead_worker_is_not_waited_for() {
    let output = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/output/bake-workers-cannot-import");
    let script = format!("cat {0}.stderr.txt >&2; cat {0}.jsonl; sleep 1000", output.display());
    let ran = World::of("tiny-success").stand_in(&script).run();
    assert_eq!(ran.failure().class, FailureClass::Requirements);
    assert!(ran.failure().explanation.as_ref().unwrap().contains("apache-beam"));
}

#[test]
fn a_runner_killed_for_its_memory_is_told_from_one_that_failed() {
    let ran = World::of("tiny-success").stand_in("kill -9 $$").run();
    assert_eq!(ran.failure().class, FailureClass::Recipe);
    assert!(ran.failure().explanation.as_ref().unwrap().contains("memory"));
}
