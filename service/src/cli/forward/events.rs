//! Server-sent events out of the bytes of a connection: <https://html.spec.whatwg.org/multipage/server-sent-events.html>

use std::time::Duration;

/// A line may hold GitHub's largest payload, 25 MiB, once over for what a channel adds.
const MAX_EVENT_BYTES: usize = 64 * 1024 * 1024;

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// `message` unless it has another name.
    pub(super) name: String,
    /// The data, with a line break between its lines.
    pub(super) data: String,
}

/// Reads a stream, whose pieces may end anywhere.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    name: String,
    data: Vec<String>,
    size: usize,
    last_id: Option<String>,
    pause: Option<Duration>,
}

impl Events {
    /// A new connection: what was not complete at the end of the last one is lost.
    pub(super) fn begin(&mut self) {
        self.line.clear();
        self.forget();
    }

    /// The id of the last event that had one, with which a channel can be asked for what came since.
    pub(super) fn last_id(&self) -> Option<&str> {
        self.last_id.as_deref()
    }

    /// How long the channel wants to be left alone before it is asked again.
    pub(super) fn pause(&self) -> Option<Duration> {
        self.pause
    }

    /// The events that these bytes complete.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for byte in bytes {
            if *byte == b'\n' {
                let line = std::mem::take(&mut self.line);
                let line = String::from_utf8_lossy(&line);
                events.extend(self.end_line(line.strip_suffix('\r').unwrap_or(&line)));
            } else if self.size + self.line.len() < MAX_EVENT_BYTES {
                self.line.push(*byte);
            }
        }
        events
    }

    fn end_line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let name = if self.name.is_empty() { "message".to_owned() } else { self.name.clone() };
            let data = self.data.join("\n");
            let is_event = !self.data.is_empty();
            self.forget();
            return is_event.then_some(Event { name, data });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                self.size += value.len();
                self.data.push(value.to_owned());
            }
            "id" if !value.contains('\0') => {
                self.last_id = Some(value.to_owned()).filter(|id| !id.is_empty());
            }
            "retry" => self.pause = value.parse().ok().map(Duration::from_millis).or(self.pause),
            _ => {}
        }
        None
    }

    fn forget(&mut self) {
        self.name.clear();
        self.data.clear();
        self.size = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "retry: 5\n\nevent: ready\ndata: {}\n\n: a comment\nid: 7\ndata: {\"a\":\r\ndata:1}\n\ndata\n\ndata: cut";

    fn read(pieces: &[&[u8]]) -> (Vec<(String, String)>, Events) {
        let mut events = Events::default();
        let found = pieces
            .iter()
            .flat_map(|piece| events.take(piece))
            .map(|event| (event.name, event.data))
            .collect();
        (found, events)
    }

    #[test]
    fn events_are_the_same_wherever_the_pieces_end() {
        let whole = read(&[STREAM.as_bytes()]);
        let told: Vec<(&str, &str)> =
            whole.0.iter().map(|(name, data)| (name.as_str(), data.as_str())).collect();
        assert_eq!(told, [("ready", "{}"), ("message", "{\"a\":\n1}"), ("message", "")]);
        assert_eq!((whole.1.last_id(), whole.1.pause()), (Some("7"), Some(Duration::from_millis(5))));
        for cut in 0..STREAM.len() {
            let (first, second) = STREAM.as_bytes().split_at(cut);
            assert_eq!(read(&[first, second]).0, whole.0, "{cut}");
        }
    }
}
