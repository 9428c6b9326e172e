//! What each kind of comment is taken for.

use super::*;

const HELP: Slash = Slash::Command(Verb::Help, Selection::All);
const RUN_ALL: Slash = Slash::Command(Verb::Run, Selection::All);

fn of(verb: Verb, words: &[&str]) -> Slash {
    Slash::Command(verb, Selection::Recipes(words.iter().map(|&word| word.to_owned()).collect()))
}

fn recipes(words: &[&str]) -> Slash {
    of(Verb::Run, words)
}

fn suggests(word: &str, suggestion: &'static str) -> Slash {
    Slash::Unknown { word: word.to_owned(), suggestion }
}

#[test]
fn commands_are_understood() {
    for (body, expected) in [
        ("/run tiny-daily", recipes(&["tiny-daily"])),
        ("/run tiny-daily\n", recipes(&["tiny-daily"])),
        ("/run tiny-daily\r\nthank you", recipes(&["tiny-daily"])),
        ("/run a\n/run b", recipes(&["a"])),
        ("/run a\n> quoted /run b", recipes(&["a"])),
        ("/run  a\tb   c  ", recipes(&["a", "b", "c"])),
        ("/run a\u{a0}b", recipes(&["a", "b"])),
        ("/run b a b", recipes(&["b", "a"])),
        ("/run Foo foo", recipes(&["Foo", "foo"])),
        ("/run NASA-SMAP-SSS/RSS/monthly", recipes(&["NASA-SMAP-SSS/RSS/monthly"])),
        ("/run `a`, \"b\"; <c>", recipes(&["a", "b", "c"])),
        ("/run <recipe_id>", recipes(&["recipe_id"])),
        ("/run $(id)", recipes(&["$(id)"])),
        ("/RUN a", recipes(&["a"])),
        ("/Run a", recipes(&["a"])),
        ("/run recipe-test", recipes(&["recipe-test"])),
        ("/run all", RUN_ALL),
        ("/run ALL", RUN_ALL),
        ("/run all all", RUN_ALL),
        ("/run `all`", RUN_ALL),
        ("/help", HELP),
        ("/HELP", HELP),
        ("/help run", HELP),
        ("/help\nplease", HELP),
        ("/cancel", Slash::Command(Verb::Cancel, Selection::All)),
        ("/cancel all", Slash::Command(Verb::Cancel, Selection::All)),
        ("/cancel a b", of(Verb::Cancel, &["a", "b"])),
        ("/Cancel `a`", of(Verb::Cancel, &["a"])),
        ("/retry", Slash::Command(Verb::Retry, Selection::All)),
        ("/retry ALL", Slash::Command(Verb::Retry, Selection::All)),
        ("/retry a", of(Verb::Retry, &["a"])),
        ("/retry\n\na", Slash::Command(Verb::Retry, Selection::All)),
        ("/run-production a", of(Verb::RunProduction, &["a"])),
        ("/RUN-PRODUCTION a b/c", of(Verb::RunProduction, &["a", "b/c"])),
        ("/status", Slash::Command(Verb::Status, Selection::All)),
        ("/status of all, please", Slash::Command(Verb::Status, Selection::All)),
        ("/sync", Slash::Command(Verb::Sync, Selection::All)),
        ("/sync now", Slash::Command(Verb::Sync, Selection::All)),
    ] {
        assert_eq!(parse(body), expected, "{body:?}");
    }
}

#[test]
fn commands_that_cannot_be_followed_are_told_apart() {
    let more = |words: &[&str]| Mistake::AllAndMore(words.iter().map(|&word| word.to_owned()).collect());
    for (body, verb, expected) in [
        ("/run", Verb::Run, Mistake::Nothing),
        ("/run ", Verb::Run, Mistake::Nothing),
        ("/run\ntiny-daily", Verb::Run, Mistake::Nothing),
        ("/run `` , ''", Verb::Run, Mistake::Nothing),
        ("/run all recipes", Verb::Run, more(&["recipes"])),
        ("/run a all", Verb::Run, more(&["a"])),
        ("/run recipe-test recipe_run_id=25", Verb::Run, Mistake::OldForm),
        ("/run recipe-test, recipe_run_id=25", Verb::Run, Mistake::OldForm),
        ("/cancel all a", Verb::Cancel, more(&["a"])),
        ("/retry a all", Verb::Retry, more(&["a"])),
        ("/run-production", Verb::RunProduction, Mistake::Nothing),
        ("/run-production all", Verb::RunProduction, Mistake::All),
        ("/run-production a ALL", Verb::RunProduction, Mistake::All),
    ] {
        assert_eq!(parse(body), Slash::Wrong(verb, expected), "{body:?}");
    }
}

#[test]
fn everything_else_is_no_command() {
    for body in [
        "",
        "\n",
        "\n/run a",
        " /run a",
        "   /run a",
        "    /run a",
        "\t/run a",
        "\u{a0}/run a",
        "\u{feff}/run a",
        "\u{200b}/run a",
        "> /run a",
        ">/run a",
        "`/run a`",
        "``/run a``",
        "```\n/run a\n```",
        "~~~\n/run a\n~~~",
        "<!-- /run a -->",
        "<!--\n/run a\n-->",
        "<details>\n/run a",
        "- /run a",
        "* /run a",
        "1. /run a",
        "**/run a**",
        "# /run a",
        "please /run a",
        "@pangeo-forge-bot /run a",
        "\\/run a",
        "//run a",
        "/ run a",
        "/",
        "//",
        "/1",
        "／run a",
        "run a",
        "LGTM",
        "On Monday, someone wrote:\n> /run a",
        "| /run a |",
        "\u{202e}/run a",
        "\0/run a",
        "https://example.org/run a",
        "/etc/passwd is readable",
        "/usr/bin",
        "/run/lock",
        "/home",
        "/tmp",
        "/runaway-train-of-thought",
        "/r`n",
    ] {
        assert_eq!(parse(body), Slash::NotACommand, "{body:?}");
    }
}

#[test]
fn typing_mistakes_are_recognised() {
    for word in [
        "/rnu", "/urn", "/nur", "/ru", "/rn", "/un", "/runn", "/rrun", "/ruun", "/rum", "/rub", "/eun",
        "/tun", "/fun", "/runs", "/RNU", "/run:", "/run,", "/run.", "/run!", "/runall", "/run-all",
        "/run_all", "/run=a", "/runit", "/Rub", "/r-un", "/run;", "/rjn", "/rin",
    ] {
        assert_eq!(parse(&format!("{word} a")), suggests(word, "/run"), "{word}");
    }
    for word in [
        "/hlep", "/hepl", "/halp", "/hel", "/elp", "/helo", "/hellp", "/heelp", "/helpp", "/help?", "/help!",
        "/HLEP", "/gelp", "/jelp", "/hekp", "/helpme", "/he-lp", "/ehlp", "/hrlp", "/hep",
    ] {
        assert_eq!(parse(word), suggests(word, "/help"), "{word}");
    }
    for (word, suggestion) in [
        ("/cancle", "/cancel"),
        ("/cancell", "/cancel"),
        ("/cancelled", "/cancel"),
        ("/canel", "/cancel"),
        ("/cacnel", "/cancel"),
        ("/Cancel!", "/cancel"),
        ("/stop", "/cancel"),
        ("/abort", "/cancel"),
        ("/rerun", "/retry"),
        ("/re-run", "/retry"),
        ("/Rerun", "/retry"),
        ("/restart", "/retry"),
        ("/rerty", "/retry"),
        ("/retyr", "/retry"),
        ("/rety", "/retry"),
        ("/retri", "/retry"),
        ("/retry-all", "/retry"),
        ("/statsu", "/status"),
        ("/stauts", "/status"),
        ("/stat", "/status"),
        ("/state", "/status"),
        ("/status?", "/status"),
        ("/snyc", "/sync"),
        ("/synch", "/sync"),
        ("/resync", "/sync"),
        ("/synchronize", "/sync"),
        ("/run-prod", "/run-production"),
        ("/runprod", "/run-production"),
        ("/run_prod", "/run-production"),
        ("/run_production", "/run-production"),
        ("/runproduction", "/run-production"),
        ("/run-productoin", "/run-production"),
        ("/run-productions", "/run-production"),
    ] {
        assert_eq!(parse(word), suggests(word, suggestion), "{word}");
    }
}

#[test]
fn other_bots_are_left_alone() {
    let theirs = "approve area assign azp backport bark build cc check-cla cherry-pick ci close deploy fix format gcbrun \
        good-first-issue help-wanted hold honk joke kind label lgtm lifecycle lint meow merge milestone ok-to-test \
        override packit pony preview priority queue ready rebase recheck release remove-label reopen retest retitle \
        review shrug sig skip test test-all transfer triage unassign uncc unhold unlabel update verify wip";
    for word in theirs.split_whitespace() {
        assert_eq!(parse(&format!("/{word} x")), Slash::NotACommand, "{word}");
    }
}

#[test]
fn length_is_bounded() {
    let many = |count: usize| {
        (0..count).flat_map(|number| [" r".to_owned(), number.to_string()]).collect::<String>()
    };
    assert!(
        matches!(parse(&format!("/run{}", many(MAX_RECIPES))), Slash::Command(Verb::Run, Selection::Recipes(words)) if words.len() == MAX_RECIPES)
    );
    assert_eq!(parse(&format!("/run{}", many(MAX_RECIPES + 1))), Slash::Wrong(Verb::Run, Mistake::TooLong));
    assert_eq!(
        parse(&format!("/run {}", "x".repeat(MAX_WORD + 1))),
        Slash::Wrong(Verb::Run, Mistake::TooLong)
    );
    assert_eq!(parse(&format!("/run {}", "x ".repeat(MAX_LINE))), Slash::Wrong(Verb::Run, Mistake::TooLong));
    assert_eq!(parse(&format!("/{}", "run".repeat(100_000))), Slash::NotACommand);
    assert_eq!(parse(&"/run ".repeat(2)), recipes(&["/run"]));
}

#[test]
fn every_command_of_the_help_is_understood_as_it_stands_there() {
    for command in COMMANDS {
        assert!(command.usage.starts_with(command.word), "{}", command.usage);
        let answer = parse(command.usage);
        let fits = matches!(answer, Slash::Command(verb, _) if verb == command.verb);
        assert!(fits, "{} is taken for {answer:?}", command.usage);
        assert_eq!(command.verb.word(), command.word);
    }
}

#[test]
fn no_comment_makes_the_parser_fail() {
    let pieces = [
        "/",
        "run",
        "help",
        "cancel",
        "-production",
        " ",
        "\n",
        "\r",
        "`",
        "all",
        "a",
        "é",
        "\u{202e}",
        "\0",
        "<",
        ">",
        "recipe_run_id=",
        "\u{1f680}",
        "-",
    ];
    let mut state = 0x9e37_79b9_u32;
    for _ in 0..10_000 {
        let mut body = String::from("/");
        for _ in 0..12 {
            // A linear congruential generator: the same comments each time, on every machine.
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let index = usize::try_from(state >> 16).unwrap_or(0) % pieces.len();
            body.push_str(pieces.get(index).copied().unwrap_or_default());
        }
        if let Slash::Unknown { word, .. } = parse(&body) {
            assert!(
                word.len() <= typo::MAX_COMMAND && word.bytes().all(|b| b.is_ascii_graphic() && b != b'`'),
                "{body:?}"
            );
        }
    }
}
