//! What the benchmarks are made of: the real service as a child process, a client that costs little, and figures.

pub mod api;
mod client;
pub mod floor;
pub mod intake;
mod rows;
mod service;
