//! What the benchmarks are made of: the real service as a child process, a client that costs little, and figures.

mod client;
pub mod intake;
mod service;
