//! What the stories are told with: a stateful stand-in for GitHub, the production application on a fresh database, and the macro
//! that runs each story on both engines. Also used by the demo, the chaos run and the benchmarks.

#![expect(clippy::expect_used, reason = "where the harness cannot go on, the test has failed")]
#![expect(clippy::missing_panics_doc, reason = "every verb of the harness panics when the test cannot go on")]

pub mod app;
mod audit;
pub mod bench;
pub mod db;
pub mod events;
pub mod files;
pub mod github;
pub mod google;
mod leaks;
mod look;
pub mod objects;
pub mod play;
pub mod requests;
pub mod world;

/// Tells stories: each `async fn` becomes a test on SQLite and one on Postgres, and ends with the audit of [`app::TestApp::finish`].
#[macro_export]
macro_rules! stories {
    ($($(#[$attribute:meta])* async fn $name:ident($app:ident: &mut TestApp) $body:block)*) => {$(
        mod $name {
            use super::*;

            $(#[$attribute])*
            async fn story($app: &mut $crate::app::TestApp) $body

            #[tokio::test]
            async fn sqlite() {
                $crate::app::tell($crate::db::Engine::Sqlite, async |app| story(app).await).await;
            }

            #[tokio::test]
            async fn postgres() {
                $crate::app::tell($crate::db::Engine::Postgres, async |app| story(app).await).await;
            }
        }
    )*};
}
