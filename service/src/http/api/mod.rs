//! The public API: the old service's paths and JSON, one file for each resource. What is answered differently on purpose is the table of
//! differences in `docs/api.md`.

pub(super) mod bakeries;
pub(super) mod events;
pub(super) mod feedstocks;
mod fields;
pub(super) mod github_app;
mod iso8601;
mod list;
mod log_query;
pub(super) mod logs;
mod nested;
mod params;
pub(super) mod recipe_runs;
pub(super) mod repr;
mod resource;
pub(super) mod stats;
mod values;
