//! Where commands are not heard, and what an operator can set.

use std::sync::Arc;

use harness::github::{NewPull, Role};
use harness::stories;
use harness::world::{HUB, MAINTAINER, STAGED};
use orchestrator::app::App;
use orchestrator::config;

use super::{dispatched, open};

stories! {
    async fn a_command_in_a_repository_without_recipes_is_not_heard(app: &mut TestApp) {
        let pull = NewPull::new(HUB, MAINTAINER, "Mend the README").files([("README.md", "Better\n")]);
        let number = app.github.open_pull_request(pull);
        app.github.comment(HUB, number, MAINTAINER, "/run all");
        app.settle().await;
        assert_eq!(app.github.request_count(), 0, "{:#?}", app.github.exchanges());
    }

    async fn s13_an_operator_can_ask_for_more_than_write_access(app: &mut TestApp) {
        let mut config = app.app.config.clone();
        config.minimum_role = config::Role::Maintain;
        let strict = App::build(config, app.app.store.clone(), Arc::clone(&app.app.clock)).unwrap();
        app.app = Arc::new(strict);
        app.github.set_permission(STAGED, "keeper", Role::Maintain);
        let number = open(app, "Add tiny", "tiny-success").await;
        app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.settle().await;
        let reply = app.last_bot_comment(STAGED, number);
        assert!(reply.contains("needs the role `maintain` or more"), "{reply}");
        assert_eq!(dispatched(app, 0), Vec::<String>::new());
        app.github.comment(STAGED, number, "keeper", "/run tiny-daily");
        app.settle().await;
        assert_eq!(dispatched(app, 0), ["tiny-daily"]);
    }
}
