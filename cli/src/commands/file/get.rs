//! `get`: a file of a message comes into a folder, under a name that is harmless there.

use std::path::Path;

use parlor_proto::client::{Client, FileOf};
use parlor_proto::ids::Seq;
use parlor_proto::v1::history_request::Anchor;
use parlor_proto::v1::room_event::Kind;
use parlor_proto::v1::{self, FileInfo};

use super::place::Place;
use crate::args::message::Target;
use crate::commands::{Found, find, in_room};
use crate::connect::{Context, Stay, visit};
use crate::failure::{Exit, Failure, Result};
use crate::record::Record;
use crate::record::file::FileRecord;

pub(super) async fn run(
    context: &mut Context<'_>,
    target: &Target,
    number: usize,
    (output, force): (Option<&Path>, bool),
) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let out = &*context.out;
    let fetched = visit(client, async |client| {
        let found = find(client, &target.room).await?;
        let file = the_file(client, (&found, target), number).await?;
        let place = Place::new(output, &file.name, &file.sha256, force)?;
        let mut part = place.open(file.size)?;
        let progress = out.progress(&file.name, file.size);
        let from = FileOf { room: found.id, seq: target.seq, file };
        let begun = (part.length, part.hasher.clone());
        let done = client.download(&from, begun, &mut part.file, |at| progress.at(at)).await;
        progress.done();
        done.map_err(|error| {
            // What is wrong is not gone on with.
            if matches!(error, parlor_proto::client::Error::Protocol(_)) {
                place.discard();
            }
            Failure::from(error)
        })?;
        let path = place.keep(&part.file)?;
        Ok((found, path, from.file))
    });
    let (found, path, file) = fetched.await?;
    let at = (found.name, found.id.0, target.seq.0);
    context.out.record(&Record::File(FileRecord::saved(at, &path, &file)))
}

async fn the_file(
    client: &Client,
    (found, target): (&Found, &Target),
    number: usize,
) -> Result<FileInfo> {
    let Seq(seq) = target.seq;
    let page = client.history(found.id, Anchor::AfterSeq(seq.saturating_sub(1)), 1).await;
    let page = page.map_err(in_room(&target.room))?;
    let Some(event) = page.events.into_iter().find(|event| event.seq == seq) else {
        return Err(Failure::new(Exit::NotAllowed, format!("{} has no message {seq}", found.name)));
    };
    let files = match event.kind {
        Some(Kind::Message(v1::Message { files, .. })) => files,
        _ => Vec::new(),
    };
    let count = files.len();
    let wanted = number.checked_sub(1).and_then(|at| files.into_iter().nth(at));
    wanted.ok_or_else(|| {
        let why = match count {
            0 => format!("message {seq} has no file"),
            1 => format!("message {seq} has one file, and no file {number}"),
            _ => format!("message {seq} has {count} files, and no file {number}"),
        };
        Failure::new(Exit::NotAllowed, why)
    })
}
