//! `send`, `reply`, `thread`, `dm`: one message, stored once however often it is tried.

use std::io::{self, IsTerminal as _, Read};
use std::path::PathBuf;
use std::time::Duration;

use parlor_proto::client::{Client, Error, Retry};
use parlor_proto::codes::Reason;
use parlor_proto::limits::{MESSAGE_FILES_MAX, TEXT_BYTES_MAX};
use parlor_proto::v1::{self, Format, SendResponse};
use uuid::Uuid;

use super::file::ToSend;
use super::{find, in_room, users};
use crate::args::RoomArg;
use crate::args::message::Manner;
use crate::config::{quoted, typed};
use crate::connect::{Context, Stay, visit};
use crate::failure::{Failure, Result};
use crate::out::Out;
use crate::record::Record;
use crate::terminal;
use crate::when::When;

/// The commands that say something; each takes `--id`.
const COMMANDS: [&str; 4] = ["send", "reply", "thread", "dm"];

/// Before a server that is stopping or overloaded is asked again, if it does not say.
const PAUSE: Duration = Duration::from_millis(100);

/// A message that is meant so.
pub(super) fn meant(manner: &Manner) -> v1::SendRequest {
    let format = match manner {
        Manner { markdown: true, .. } => Format::Markdown,
        Manner { emote: true, .. } => Format::Emote,
        Manner { .. } => Format::Unspecified,
    };
    v1::SendRequest { format: format.into(), ..Default::default() }
}

pub(super) async fn run(
    context: &mut Context<'_>,
    room: &RoomArg,
    (words, paths, id): (&[String], &[PathBuf], Option<Uuid>),
    about: v1::SendRequest,
) -> Result<()> {
    context.config.signed_in()?; // Nothing is read from stdin in vain.
    let has_files = !paths.is_empty();
    if paths.len() > MESSAGE_FILES_MAX {
        return Err(Failure::usage(format!("a message has at most {MESSAGE_FILES_MAX} files")));
    }
    let text = text(words, has_files, context.out).await?;
    let files = paths.iter().map(|path| ToSend::open(path)).collect::<Result<Vec<_>>>()?;
    let client = context.resume(Stay::Visit).await?;
    let id = id.unwrap_or_else(|| {
        let id = Uuid::now_v7();
        context.again = with_id(id, typed());
        id
    });
    let out = &*context.out;
    let sent = visit(client, async |client| {
        let client_message_id = id.into_bytes().to_vec().into();
        let mut file_ids = Vec::with_capacity(files.len());
        for file in files {
            let progress = out.progress(file.name(), file.size());
            file_ids.push(file.send(client, &progress).await?);
        }
        let wish = v1::SendRequest { client_message_id, text, file_ids, ..about };
        if let RoomArg::People(people) = room {
            let others = users(client, people).await?;
            let direct_user_ids = others.iter().map(|user| user.0).collect();
            let wish = v1::SendRequest { direct_user_ids, ..wish };
            let sent = send(client, wish).await.map_err(in_room(room))?;
            // Only now is the room there for sure.
            return Ok((find(client, room).await?, sent));
        }
        let found = find(client, room).await?;
        let wish = v1::SendRequest { room_id: found.id.0, ..wish };
        let sent = send(client, wish).await.map_err(in_room(room))?;
        Ok((found, sent))
    });
    let (found, sent) = sent.await?;
    context.out.record(&Record::Sent {
        room: found.name,
        room_id: found.id.0,
        seq: sent.seq,
        at: When(sent.time_ms),
        client_message_id: id,
        duplicate: sent.duplicate,
    })
}

/// Until it is stored. A server that stops, or has no time, is asked again.
async fn send(client: &Client, wish: v1::SendRequest) -> Result<SendResponse, Error> {
    loop {
        let answer = client.send_message(wish.clone()).await;
        let error = match answer {
            Ok(sent) => return Ok(sent),
            Err(error) => error,
        };
        match (error.reason(), error.retry()) {
            (Some(Reason::Draining | Reason::Overloaded), Retry::After(pause)) => {
                tokio::time::sleep(pause.max(PAUSE)).await;
            }
            (Some(Reason::Draining | Reason::Overloaded), Retry::Now) => {
                tokio::time::sleep(PAUSE).await;
            }
            _ => return Err(error),
        }
    }
}

/// The same command once more: it may have been stored, and is stored once.
fn with_id(id: Uuid, words: impl Iterator<Item = String>) -> Option<String> {
    let mut words: Vec<_> = words.map(|word| quoted(&word)).collect();
    let at = words.iter().position(|word| COMMANDS.contains(&word.as_str()))?;
    words.insert(at + 1, format!("--id {id}"));
    Some(format!("parlor {}", words.join(" ")))
}

async fn text(words: &[String], may_be_empty: bool, out: &mut Out) -> Result<String> {
    let text = match words {
        [dash] if dash == "-" => {
            if io::stdin().is_terminal() {
                out.say("type the message; Ctrl-D on a line of its own sends it");
            }
            terminal::wait(|| read(io::stdin().lock())).await?
        }
        words => words.join(" "),
    };
    if text.is_empty() && !may_be_empty {
        return Err(Failure::usage("the message is empty"));
    }
    if text.len() > TEXT_BYTES_MAX {
        return Err(Failure::usage(format!(
            "the message is too long: over {TEXT_BYTES_MAX} bytes; nothing was sent"
        )));
    }
    Ok(text)
}

/// All of it, without one line feed at its end; not more than is needed to see that it is too
/// long.
fn read(from: impl Read) -> Result<String> {
    let mut bytes = Vec::new();
    let limit = TEXT_BYTES_MAX as u64 + 2;
    from.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::usage(format!("reading stdin: {error}")))?;
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    let is_cut = bytes.len() > TEXT_BYTES_MAX;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        // Cut in the middle of a character, perhaps: too long is what matters.
        Err(error) if is_cut => Ok(String::from_utf8_lossy(error.as_bytes()).into_owned()),
        Err(_) => Err(Failure::usage("the message is not UTF-8; nothing was sent")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_feed_is_trimmed() {
        let read = |bytes: &[u8]| read(bytes).unwrap();
        assert_eq!(read(b"hi\n"), "hi");
        assert_eq!(read(b"hi\n\n"), "hi\n");
        assert_eq!(read(b" two\nlines"), " two\nlines");
        assert_eq!(read(b"\n"), "");
    }

    #[test]
    fn the_longest_text_fits_and_one_byte_more_does_not() {
        let longest = "x".repeat(TEXT_BYTES_MAX);
        assert_eq!(read(format!("{longest}\n").as_bytes()).unwrap().len(), TEXT_BYTES_MAX);
        for bytes in [format!("{longest}y"), format!("{longest}\n\n"), "ü".repeat(1 << 20)] {
            assert!(read(bytes.as_bytes()).unwrap().len() > TEXT_BYTES_MAX);
        }
    }

    #[test]
    fn what_may_have_been_stored_is_repeated_with_its_id() {
        let words = ["--json", "send", "lobby", "it's", "-"].into_iter().map(str::to_owned);
        assert_eq!(
            with_id(Uuid::nil(), words).unwrap(),
            r"parlor --json send --id 00000000-0000-0000-0000-000000000000 lobby 'it'\''s' -"
        );
        let words = ["reply", "lobby", "3", "send"].into_iter().map(str::to_owned);
        assert_eq!(
            with_id(Uuid::nil(), words).unwrap(),
            "parlor reply --id 00000000-0000-0000-0000-000000000000 lobby 3 send"
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert!(read(&b"\xff\xfe"[..]).is_err());
        assert!(read(&b"caf\xc3"[..]).is_err());
    }
}
