//! Files: which command it is; and sending those that go with a message.

use std::fs::File;
use std::path::Path;

use parlor_proto::client::{Client, FileHasher};
use parlor_proto::ids::UploadId;
use parlor_proto::v1;

use crate::args::file::FileCommand;
use crate::connect::{Context, Stay, visit};
use crate::failure::{Failure, Result};
use crate::out::Progress;
use crate::record::Record;
use crate::record::file::FileRecord;

mod get;
mod place;

pub(super) async fn run(context: &mut Context<'_>, command: FileCommand) -> Result<()> {
    match command {
        FileCommand::Get { target, output, number, force } => {
            get::run(context, &target, number, (output.as_deref(), force)).await
        }
        FileCommand::Uploads { cancel: None } => uploads(context).await,
        FileCommand::Uploads { cancel: Some(upload) } => cancel(context, upload).await,
    }
}

/// A file that is about to be sent.
pub(super) struct ToSend {
    content: File,
    new: v1::BeginUploadRequest,
}

impl ToSend {
    /// Reads it through once: the server wants to know what will come.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let unreadable = |error: std::io::Error| Failure::file(path, error);
        let mut content = File::open(path).map_err(unreadable)?;
        if !content.metadata().map_err(unreadable)?.is_file() {
            return Err(Failure::file(path, "this is no file"));
        }
        let (hash, size) = FileHasher::of(&mut content).map_err(unreadable)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = place::without_controls(&name);
        let new = v1::BeginUploadRequest { name, size, sha256: hash.0.to_vec().into() };
        Ok(Self { content, new })
    }

    pub(super) fn name(&self) -> &str {
        &self.new.name
    }

    pub(super) fn size(&self) -> u64 {
        self.new.size
    }

    /// Gives the number by which a message refers to it.
    pub(super) async fn send(mut self, client: &Client, progress: &Progress) -> Result<u64> {
        let sent = client.upload(self.new, &mut self.content, |sent| progress.at(sent)).await;
        progress.done();
        Ok(sent?.file_id)
    }
}

async fn uploads(context: &mut Context<'_>) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let listed = visit(client, async |client| Ok(client.list_uploads().await?)).await?;
    for upload in &listed.uploads {
        context.out.record(&Record::File(FileRecord::upload(upload)))?;
    }
    let v1::ListUploadsResponse { used_bytes, quota_bytes, file_bytes_max, .. } = listed;
    let usage = FileRecord::FileUsage { used_bytes, quota_bytes, file_bytes_max };
    context.out.record(&Record::File(usage))
}

async fn cancel(context: &mut Context<'_>, upload_id: u64) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let upload = UploadId(upload_id);
    visit(client, async |client| Ok(client.cancel_upload(upload).await?)).await?;
    context.out.record(&Record::File(FileRecord::UploadCancelled { upload_id }))
}
