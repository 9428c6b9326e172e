//! What lies on another host: GitHub answers with a signed address, to which no token of ours may go along.
//!
//! - artifacts: <https://docs.github.com/rest/actions/artifacts#download-an-artifact>
//! - logs: <https://docs.github.com/rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run>

use super::call::{Call, GET_ARTIFACT, GET_JOB_LOG};
use super::{Error, Repository, Result, error};

/// The beginning of something, or all of it.
struct Beginning {
    bytes: Vec<u8>,
    is_whole: bool,
}

impl Repository<'_> {
    /// The archive of an artifact, `limit` bytes at most.
    pub async fn download(&self, artifact: i64, limit: usize) -> Result<Vec<u8>> {
        let archive = self.fetch(GET_ARTIFACT, &format!("/actions/artifacts/{artifact}/zip"), limit).await?;
        if archive.is_whole {
            return Ok(archive.bytes);
        }
        Err(Error::unreadable(GET_ARTIFACT, 200, format!("an archive of more than {limit} bytes")))
    }

    /// The log of a job as plain text, and whether that is all of it: of a longer one the first `limit` bytes are read, to the end of
    /// the last line in them.
    pub async fn job_log(&self, job: i64, limit: usize) -> Result<(String, bool)> {
        let mut log = self.fetch(GET_JOB_LOG, &format!("/actions/jobs/{job}/logs"), limit).await?;
        if !log.is_whole {
            // Half a line may hold half a secret, which nobody would recognise.
            let end = log.bytes.iter().rposition(|byte| *byte == b'\n').unwrap_or_default();
            log.bytes.truncate(end);
        }
        Ok((String::from_utf8_lossy(&log.bytes).into_owned(), log.is_whole))
    }

    async fn fetch(&self, call: &'static Call, path: &str, limit: usize) -> Result<Beginning> {
        let answer = self.send(call, path, None::<&()>).await?;
        let location = answer
            .location()
            .ok_or_else(|| Error::unreadable(call, answer.status, "no address to read it at".into()))?;
        let lost = |error: reqwest::Error| Error::lost(call, error::chain(&error.without_url()));
        let mut response = self
            .github
            .downloads
            .get(location)
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .map_err(lost)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            let room = limit - bytes.len();
            if chunk.len() > room {
                bytes.extend_from_slice(&chunk[..room]);
                return Ok(Beginning { bytes, is_whole: false });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Beginning { bytes, is_whole: true })
    }
}
