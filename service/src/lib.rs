//! The GitHub App that turns a pull request with a data recipe into a published, analysis-ready dataset.
//!
//! A webhook is stored with the job that will read it, in one transaction, and answered. Jobs do the rest: what a delivery means
//! ([`intake`]) is decided purely, what happens next ([`domain`]) too, and only [`job`] sees both the database ([`store`]) and
//! [`github`]. What people see is desired state, which one job brings to GitHub.
//!
//! The modules in reading order:

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod github;
pub mod google;
pub mod http;
pub mod intake;
pub mod job;
pub mod lookup;
pub mod metrics;
pub mod store;
pub mod telemetry;
pub mod zarr;
