//! The stories, one file for each of a user's concerns, all in one program.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a story that cannot go on has failed")]

mod api;
mod apps;
mod check;
mod command_line;
mod commands;
mod container;
mod creation;
mod dataflow;
mod deploy;
mod docs;
mod execution;
mod fake;
mod faults;
mod github_app;
mod import;
mod intake;
mod operator;
mod platforms;
mod production;
mod recovery;
mod release;
mod replaced;
mod restarts;
mod secrets;
mod service_image;
mod store;
mod synchronize;
