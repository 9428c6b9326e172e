//! The service dies, at any moment, and comes back; its events come late, early, twice or never. The end is the same.

mod events;
mod kills;
pub(crate) mod whole;

use harness::app::TestApp;
use harness::db::Engine;

use whole::End;

/// Makes a test on SQLite and one on Postgres of each function, for what needs more than one application or a world of its own.
macro_rules! on_both_engines {
    ($($(#[$attribute:meta])* async fn $name:ident($engine:ident: Engine) $body:block)*) => {$(
        mod $name {
            use super::*;

            $(#[$attribute])*
            async fn story($engine: harness::db::Engine) $body

            #[tokio::test]
            async fn sqlite() {
                story(harness::db::Engine::Sqlite).await;
            }

            #[tokio::test]
            async fn postgres() {
                story(harness::db::Engine::Postgres).await;
            }
        }
    )*};
}
pub(crate) use on_both_engines;

/// How the whole story ends when nothing goes wrong, and how many requests GitHub saw until then.
pub(crate) async fn undisturbed(engine: Engine) -> (End, usize) {
    let mut app = TestApp::start(engine).await;
    whole::play(&mut app, async |app: &mut TestApp| app.settle().await).await;
    let end = whole::end(&app).await;
    let requests = app.github.request_count();
    app.finish().await;
    (end, requests)
}
