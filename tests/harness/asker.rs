//! Somebody who asks what the schema can ask, by whichever door, and gets what the schema answers.

use parlor_proto::client::{Client, Error, ServerUrl, SignIn};
use parlor_proto::v1::{self, client_frame, server_frame};

use crate::peer::Peer;
use crate::person::{PASSWORD, options};
use crate::within;

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
        match within("an answer", client.request(body)).await {
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
}
