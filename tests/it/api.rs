//! The public API, as its readers and writers see it.

mod contract;
mod document;
mod events;
mod followed;
mod github_app;
mod hostile;
mod keys;
mod lists;
mod logs;
mod operating;
mod reads;
mod repr;
mod schemathesis;
mod writes;
