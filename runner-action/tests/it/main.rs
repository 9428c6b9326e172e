//! The action as a whole: captured output replayed, the real binary with a stand-in for the runner, and with the real one.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod bakery;
mod dispatch;
mod explained;
mod hostile;
mod image;
mod inputs;
mod limits;
mod real;
mod replay;
mod requests;
mod scripts;
mod world;
