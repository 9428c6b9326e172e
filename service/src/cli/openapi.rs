//! `pfo openapi`

use std::process::ExitCode;

use anyhow::Context;

use super::print;
use crate::http;

pub(super) fn run() -> anyhow::Result<ExitCode> {
    print(http::document().to_pretty_json().context("the document cannot be written")?);
    Ok(ExitCode::SUCCESS)
}
