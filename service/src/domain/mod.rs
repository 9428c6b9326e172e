//! The rules: pure functions and plain values. Nothing here knows a database, a network, a clock or a request.

pub mod api_key;
pub mod audience;
pub mod bakery;
pub mod command;
pub mod creation;
pub mod dataflow;
pub mod dataset;
pub mod fault;
pub mod hub_workflow;
pub mod id;
pub mod import;
pub mod job;
pub mod limits;
pub mod links;
pub mod log;
pub mod meta;
pub mod missed;
pub mod naming;
pub mod nearest;
pub mod network;
pub mod public;
pub mod report;
pub mod run;
pub mod timeline;
pub mod yaml;
