//! Somebody who asks what the schema can ask, by whichever door, and gets what the schema answers.

use std::io::Cursor;

use parlor_proto::client::{Client, Error, FileHasher, FileOf, ServerUrl, SignIn};
use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::v1::client_frame::Body as Ask;
use parlor_proto::v1::{self, FileInfo, client_frame, server_frame};

use crate::peer::Peer;
use crate::person::{PASSWORD, options};
use crate::within;

/// Every file that is uploaded, or asked for.
const CONTENT: &[u8] = b"a heron stood in the shallows";

/// Who asks.
#[derive(Debug)]
pub enum Asker {
    /// By frames.
    Peer(Box<Peer>),
    /// By calls of REST.
    Rest(Box<Client>),
}

impl Asker {
    /// Makes an account; gives its id as well.
    pub async fn register(url: &ServerUrl, name: &str) -> (Self, u64) {
        if url.transport.is_http() {
            let (user_name, password) = (name.to_owned(), PASSWORD.to_owned());
            let sign_in = SignIn::Register { user_name, password, invite: String::new() };
            let client = Client::connect(options(url, ""), sign_in);
            let client = within("somebody to register", client).await.unwrap();
            let id = client.account().unwrap().user.user_id;
            return (Self::Rest(Box::new(client)), id);
        }
        let mut peer = Peer::connect(url).await;
        peer.hello().await;
        let id = peer.register(name, PASSWORD).await.user.unwrap().user_id;
        (Self::Peer(Box::new(peer)), id)
    }

    /// The one answer. What a door does not have is answered as what a server does not know.
    pub async fn ask(&mut self, body: client_frame::Body) -> server_frame::Body {
        let client = match self {
            Self::Peer(peer) => return peer.ask(body).await,
            Self::Rest(client) => client,
        };
        let asking = async {
            // A file by REST is not a request but a transfer.
            if let Ask::ReadFile(read) = &body {
                return download(client, read).await;
            }
            client.request(body).await
        };
        match within("an answer", asking).await {
            Ok(answer) => answer,
            Err(Error::Refused(error)) => server_frame::Body::Error(error),
            Err(Error::Misuse(message)) => server_frame::Body::Error(v1::Error {
                reason: "UNKNOWN_REQUEST".to_owned(),
                message,
                ..Default::default()
            }),
            Err(error) => panic!("{error}"),
        }
    }

    /// Makes a file, always the same; its id.
    pub async fn upload(&mut self) -> u64 {
        let new = described();
        match self {
            Self::Rest(client) => {
                let mut content = Cursor::new(CONTENT);
                let uploading = client.upload(new, &mut content, |_| {});
                within("an upload", uploading).await.unwrap().file_id
            }
            Self::Peer(peer) => {
                let begun = peer.ask(Ask::BeginUpload(new)).await;
                let server_frame::Body::BeginUpload(begun) = begun else { panic!("{begun:?}") };
                let upload_id = begun.upload_id;
                let data = CONTENT.into();
                let write = v1::WriteUploadRequest { upload_id, offset: 0, data };
                peer.ask(Ask::WriteUpload(write)).await;
                let finish = v1::FinishUploadRequest { upload_id };
                let file = peer.ask(Ask::FinishUpload(finish)).await;
                let server_frame::Body::File(file) = file else { panic!("{file:?}") };
                file.file.unwrap().file_id
            }
        }
    }
}

async fn download(
    client: &Client,
    read: &v1::ReadFileRequest,
) -> Result<server_frame::Body, Error> {
    let v1::BeginUploadRequest { name, size, sha256 } = described();
    let file = FileInfo { file_id: read.file_id, name, size, sha256, ..Default::default() };
    let from = FileOf { room: RoomId(read.room_id), seq: Seq(read.seq), file };
    let mut data = Vec::new();
    client.download(&from, (0, FileHasher::default()), &mut data, |_| {}).await?;
    Ok(server_frame::Body::ReadFile(v1::ReadFileResponse { data: data.into() }))
}

fn described() -> v1::BeginUploadRequest {
    let (hash, size) = FileHasher::of(&mut { CONTENT }).unwrap();
    let sha256 = hash.0.to_vec().into();
    v1::BeginUploadRequest { name: "heron.txt".to_owned(), size, sha256 }
}
