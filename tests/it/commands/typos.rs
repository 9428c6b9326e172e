//! Typing mistakes: fifty words and ids, each with what was meant.

use harness::stories;
use harness::world::{MAINTAINER, STAGED};

use super::{dispatched, open, say};

/// A mistyped command, and the word that is suggested.
const WORDS: [(&str, &str); 26] = [
    ("/rnu tiny-daily", "/run"),
    ("/runn tiny-daily", "/run"),
    ("/rin tiny-daily", "/run"),
    ("/runall", "/run"),
    ("/run: tiny-daily", "/run"),
    ("/urn all", "/run"),
    ("/cancle", "/cancel"),
    ("/cancell tiny-daily", "/cancel"),
    ("/canel", "/cancel"),
    ("/cacnel", "/cancel"),
    ("/stop", "/cancel"),
    ("/abort", "/cancel"),
    ("/rerun tiny-daily", "/retry"),
    ("/re-run", "/retry"),
    ("/rerty", "/retry"),
    ("/rety", "/retry"),
    ("/retyr", "/retry"),
    ("/statsu", "/status"),
    ("/stauts", "/status"),
    ("/state", "/status"),
    ("/snyc", "/sync"),
    ("/synch", "/sync"),
    ("/synchronize", "/sync"),
    ("/hlep", "/help"),
    ("/helpp", "/help"),
    ("/HLEP", "/help"),
];

/// A mistyped id, and the one that is suggested.
const IDS: [(&str, &str); 24] = [
    ("tiny-dialy", "tiny-daily"),
    ("tiny-daly", "tiny-daily"),
    ("tinydaily", "tiny-daily"),
    ("tiny_daily", "tiny-daily"),
    ("Tiny-Daily", "tiny-daily"),
    ("tiny-dayli", "tiny-daily"),
    ("tiny-dail", "tiny-daily"),
    ("tiny-dailyy", "tiny-daily"),
    ("tny-daily", "tiny-daily"),
    ("tiny-daiyl", "tiny-daily"),
    ("tiny--daily", "tiny-daily"),
    ("itny-daily", "tiny-daily"),
    ("tiny/daily", "tiny-daily"),
    ("tiny-montly", "tiny-monthly"),
    ("tiny-mothly", "tiny-monthly"),
    ("tiny-monthyl", "tiny-monthly"),
    ("tinymonthly", "tiny-monthly"),
    ("tiny_monthly", "tiny-monthly"),
    ("TINY-MONTHLY", "tiny-monthly"),
    ("tiny-monthl", "tiny-monthly"),
    ("tiny-monthlies", "tiny-monthly"),
    ("tiny-monhtly", "tiny-monthly"),
    ("tyni-monthly", "tiny-monthly"),
    ("tiny.monthly", "tiny-monthly"),
];

stories! {
    async fn u7_fifty_typing_mistakes_get_the_right_suggestion(app: &mut TestApp) {
        let number = open(app, "Add two", "two-recipes").await;
        let words = WORDS.map(|(said, meant)| (said.to_owned(), meant.to_owned()));
        let commands = ["/run", "/retry", "/cancel"];
        let ids = IDS.iter().enumerate().map(|(index, (said, meant))| {
            let command = commands[index % commands.len()];
            (format!("{command} {said}"), format!("{command} {meant}"))
        });
        for (said, meant) in words.into_iter().chain(ids) {
            let comment = say(app, number, MAINTAINER, &said).await;
            let reply = app.last_bot_comment(STAGED, number);
            assert_eq!(app.reactions(STAGED, comment), ["eyes", "-1"], "{said}: {reply}");
            let suggests = [format!("did you mean `{meant}`?"), format!("Did you mean `{meant}`?")];
            assert!(suggests.iter().any(|words| reply.contains(words)), "{said}: {reply}");
        }
        assert_eq!(dispatched(app, 0), Vec::<String>::new());
    }
}
