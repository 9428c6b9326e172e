//! The service dies, at any moment, and comes back; its events come late, early, twice or never. The end is the same.

pub(crate) mod events;
mod kills;
pub(crate) mod merged;
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

/// A story from end to end, to be told under whatever goes wrong meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tale {
    /// A recipe is tested, twice.
    Tested,
    /// Recipes are merged and deployed.
    Merged,
}

impl Tale {
    pub(crate) const ALL: [Self; 2] = [Self::Tested, Self::Merged];

    /// Plays it. `settle` brings webhooks and does jobs until neither is left.
    pub(crate) async fn play(self, app: &mut TestApp, mut settle: impl AsyncFnMut(&mut TestApp)) {
        match self {
            Self::Tested => whole::play(app, settle).await,
            Self::Merged => merged::play(app, &mut settle).await,
        }
    }

    /// What it has come to, as it stands now.
    pub(crate) async fn end(self, app: &TestApp) -> End {
        match self {
            Self::Tested => whole::end(app).await,
            Self::Merged => merged::end(app).await,
        }
    }
}

/// How a story ends when nothing goes wrong, and how many requests GitHub saw until then.
pub(crate) async fn undisturbed(engine: Engine, tale: Tale) -> (End, usize) {
    let mut app = TestApp::start(engine).await;
    tale.play(&mut app, async |app: &mut TestApp| app.settle().await).await;
    let end = tale.end(&app).await;
    let requests = app.github.request_count();
    app.finish().await;
    (end, requests)
}
