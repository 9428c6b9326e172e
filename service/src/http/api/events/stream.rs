//! The timeline as server-sent events: what is there, then what comes. <https://html.spec.whatwg.org/multipage/server-sent-events.html>
//!
//! A stream reads a page when its client has taken the one before, so a slow client costs one page of memory and no more. It ends with the
//! process, when the database does not answer, or when nothing more will happen; a client that comes again goes on after what it had.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderName;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::{Line, is_over, nothing_more};
use crate::app::App;
use crate::domain::id::{RecipeRunId, RunEventId};
use crate::http::listeners::Listener;
use crate::http::problem::Problem;
use crate::store;
use crate::store::run_event::RunEvent;

/// So many lines are held for one client.
const PAGE: i64 = 100;
/// Below what proxies think is too long without a word.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// nginx gathers an answer before it passes it on, unless it is told not to.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// Answers with everything after a line, and what will come.
pub(super) async fn open(app: &Arc<App>, run: RecipeRunId, after: RunEventId) -> Result<Response, Problem> {
    let listener = app.listeners.listen(run).ok_or(Problem::TooManyListeners)?;
    let mut reader =
        Reader { app: Arc::clone(app), run, after, listener, ready: VecDeque::new(), is_over: false };
    reader.read().await.map_err(|error| Problem::database(&error))?;
    if reader.is_over && reader.ready.is_empty() {
        return Ok(nothing_more());
    }
    let events = stream::unfold(Some(reader), |reader| async move { reader?.next().await });
    let events = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    Ok(([UNBUFFERED], events).into_response())
}

/// How far one client has read.
struct Reader {
    app: Arc<App>,
    run: RecipeRunId,
    after: RunEventId,
    listener: Listener,
    ready: VecDeque<RunEvent>,
    /// Whether nothing will come after what is ready.
    is_over: bool,
}

type Sent = Result<Event, Infallible>;

impl Reader {
    /// Fills the page with what comes next.
    async fn read(&mut self) -> store::Result<()> {
        let mut tx = self.app.store.read().await?;
        // In this order: what is over when it is asked has all its lines when they are read.
        let is_over = is_over(&mut tx, self.run).await?;
        let page = store::run_event::list_after(&mut tx, self.run, self.after, PAGE).await?;
        self.is_over = is_over && page.len() < usize::try_from(PAGE).unwrap_or_default();
        self.ready = page.into();
        Ok(())
    }

    /// The next event, and the rest if there is one.
    async fn next(mut self) -> Option<(Sent, Option<Self>)> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.after = event.id;
                return Some((Ok(told(event)), Some(self)));
            }
            if self.is_over {
                return Some((Ok(Event::default().event("end").data("{}")), None));
            }
            if let Err(error) = self.read().await {
                tracing::error!(%error, "a stream of events ends before its time");
                return None;
            }
            if self.ready.is_empty() && !self.is_over && !self.listener.news().await {
                return None;
            }
        }
    }
}

fn told(event: RunEvent) -> Event {
    let (id, kind) = (event.id.0.to_string(), event.kind.clone());
    let data = serde_json::to_string(&Line::from(event)).unwrap_or_default();
    Event::default().id(id).event(kind).data(data)
}
