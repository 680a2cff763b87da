//! Server-sent events from bytes, as far as a bridge uses them. Does no I/O.

use crate::client::Error;

/// The longest event that is read: a stream begins with the states of all its rooms.
const EVENT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// One event of a stream.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Told {
    /// From where to go on.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) data: String,
}

/// What has come, and is no whole event yet.
#[derive(Debug, Default)]
pub(super) struct Reader {
    bytes: Vec<u8>,
    /// So many of them have been taken as lines.
    read: usize,
    event: Told,
}

impl Reader {
    /// Takes what has come.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.bytes.drain(..self.read);
        self.read = 0;
        if self.bytes.len() + self.event.data.len() + piece.len() > EVENT_BYTES_MAX {
            return Err(Error::Protocol("an event that is too long".to_owned()));
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// The next event that is whole.
    pub(super) fn next(&mut self) -> Result<Option<Told>, Error> {
        while let Some(line) = self.line()? {
            match line.split_once(": ") {
                _ if line.is_empty() => {
                    let event = std::mem::take(&mut self.event);
                    self.event.id.clone_from(&event.id);
                    if !event.name.is_empty() {
                        return Ok(Some(event));
                    }
                }
                Some(("id", id)) => id.clone_into(&mut self.event.id),
                Some(("event", name)) => name.clone_into(&mut self.event.name),
                Some(("data", data)) => data.clone_into(&mut self.event.data),
                // A comment, which is only a sign of life, or a field that means nothing here.
                Some(_) | None => {}
            }
        }
        Ok(None)
    }

    fn line(&mut self) -> Result<Option<String>, Error> {
        let rest = self.bytes.get(self.read..).unwrap_or_default();
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
        let line = rest.get(..end).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
        self.read += end + 1;
        let garbled = |_| Error::Protocol("a stream of events that is no text".to_owned());
        String::from_utf8(line).map(Some).map_err(garbled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] = b"retry: 1000\nid: a\nevent: ready\ndata: {\"x\": \"y: z\"}\n\n:\n\n\
        id: b\r\nevent: end\r\ndata: {}\r\n\r\nid: c\nevent: reset\n";

    fn read(pieces: impl Iterator<Item = &'static [u8]>) -> Vec<Told> {
        let mut reader = Reader::default();
        let mut events = Vec::new();
        for piece in pieces {
            reader.push(piece).unwrap();
            while let Some(event) = reader.next().unwrap() {
                events.push(event);
            }
        }
        events
    }

    #[test]
    fn an_event_is_read_once_it_is_whole_however_it_is_cut() {
        let told = |id: &str, name: &str, data: &str| Told {
            id: id.to_owned(),
            name: name.to_owned(),
            data: data.to_owned(),
        };
        let expect = [told("a", "ready", r#"{"x": "y: z"}"#), told("b", "end", "{}")];
        for size in [1, 2, 7, STREAM.len()] {
            assert_eq!(read(STREAM.chunks(size)), expect, "in pieces of {size}");
        }
    }

    #[test]
    fn what_is_no_text_or_has_no_end_is_refused() {
        let mut reader = Reader::default();
        reader.push(b"data: \xff\n").unwrap();
        reader.next().unwrap_err();
        let mut reader = Reader::default();
        let piece = vec![b'x'; EVENT_BYTES_MAX / 2];
        reader.push(&piece).unwrap();
        reader.push(&piece).unwrap();
        assert_eq!(reader.next(), Ok(None));
        reader.push(b"x").unwrap_err();
    }
}
