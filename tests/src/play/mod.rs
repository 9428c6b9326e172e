//! Plays for people to watch: the real service as a process of its own beside the stand-in for GitHub, real webhooks over real HTTP,
//! real time. `cargo xtask demo` shows the main job once; `cargo xtask chaos` kills the service while it does it again and again.
//!
//! The parts, in reading order: `plot` is what happens in a pull request, `story` plays one from start to end, `merge` what comes after; `service`,
//! `postman` and `actions` are the machines that GitHub and an operator would provide; `console` and `wait` tell the watcher
//! what goes on. Time is real here, so every wait has a deadline, and a play that misses one says what did not happen. What a
//! recipe should do is the stories' business in `tests/it`, not this room's.

mod actions;
pub mod chaos;
mod console;
mod data;
pub mod demo;
mod folder;
mod instant;
mod machine;
mod merge;
mod plot;
mod postman;
mod pull;
mod queue;
mod service;
mod stage;
mod story;
mod summary;
mod wait;
pub mod world;
