//! The stories, one file for each of a user's concerns, all in one program.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a story that cannot go on has failed")]

mod execution;
mod synchronize;
