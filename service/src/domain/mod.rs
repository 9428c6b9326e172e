//! The rules: pure functions and plain values. Nothing here knows a database, a network, a clock or a request.

pub mod audience;
pub mod bakery;
pub mod command;
pub mod creation;
pub mod dataflow;
pub mod fault;
pub mod id;
pub mod job;
pub mod links;
pub mod meta;
pub mod missed;
pub mod naming;
pub mod nearest;
pub mod report;
pub mod run;
