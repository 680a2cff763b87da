//! One webhook that delivers: follows its room by a cursor that the daemon keeps, and delivers each
//! event in order. The cursor moves on behind what was delivered, so that after a loss something
//! may come again and nothing is left out.

mod following;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use parlor_proto::client::{
    Client, Connector, Error, Options, ServerUrl, SignIn, Token, Transport, Trust,
};
use parlor_proto::codes::Reason;
use parlor_proto::ids::RoomId;
use parlor_proto::limits::{DAEMON_PORT, SESSION_TIMEOUT_VISITOR};
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, info, warn};

use self::following::Unsaved;
use super::folder::{Folder, Known};
use super::pace::Pace;
use super::post::{Post, Ways};
use super::target::Target;
use crate::drain::Draining;
use crate::metrics::deliveries::{Standing, Webhook};
use crate::upstream::{OnBehalfOf, Upstream};

/// How soon to look again whether the daemon is back.
const DAEMON_WAIT: Duration = Duration::from_secs(5);

/// How long telling how far it came and saying good-bye may take.
const GOODBYE: Duration = Duration::from_millis(500);

/// The address that a daemon is told of a webhook's connection begins with this: of this machine,
/// and another for each webhook, as limits are per address.
const ADDRESS: [u8; 2] = [127, 128];

pub(super) struct Runner {
    known: Known,
    folder: Folder,
    connector: Connector,
    post: Post,
    /// Of the session that goes on.
    session: Option<Token>,
    pace: Pace,
    /// When it was last looked how its owner wants it.
    looked: Option<Instant>,
    unsaved: Unsaved,
    /// How it stands, for figures.
    standing: Arc<Webhook>,
}

/// Why a webhook is not followed any more.
enum End {
    /// It has been removed.
    Gone,
    Again(Duration),
    Lost(Error),
    /// The bridge is stopping.
    Stopped,
}

impl Runner {
    pub(super) fn new(
        known: Known,
        upstream: &Upstream,
        folder: &Folder,
        ways: &Ways,
    ) -> Result<Self, String> {
        let target = Target::parse(&known.url)?;
        let address = address(known.webhook_id);
        let upstream = upstream.clone();
        let connector = Connector::new(move || {
            let upstream = upstream.clone();
            async move { upstream.connect(OnBehalfOf::Client { peer: address, local: address }).await }
        });
        let standing = ways.counted.webhook();
        let post = Post::new(target, known.key.clone(), ways.clone());
        let (folder, pace, unsaved) = (folder.clone(), Pace::default(), Unsaved::default());
        let (session, looked) = (None, None);
        Ok(Self { known, folder, connector, post, session, pace, looked, unsaved, standing })
    }

    pub(super) async fn run(mut self, mut draining: Draining) {
        loop {
            let pause = match self.follow(&mut draining).await {
                End::Stopped => return,
                End::Gone => return self.forget(),
                End::Lost(_) => DAEMON_WAIT,
                End::Again(pause) => pause,
            };
            tokio::select! {
                () = draining.begun() => return,
                () = sleep(pause) => {}
            }
        }
    }

    fn forget(&self) {
        info!(webhook_id = self.known.webhook_id, "a webhook has been removed");
        if let Err(error) = self.folder.forget(&self.known) {
            warn!(webhook_id = self.known.webhook_id, %error, "its file stays");
        }
    }

    async fn follow(&mut self, draining: &mut Draining) -> End {
        let connected = tokio::select! {
            () = draining.begun() => return End::Stopped,
            connected = Client::connect(self.options(), self.sign_in()) => connected,
        };
        let client = match connected {
            Ok(client) => client,
            Err(error) => return self.lost(error),
        };
        self.session = client.account().map(|account| account.token);
        let end = tokio::select! {
            () = draining.begun() => End::Stopped,
            end = self.follow_on(&client) => {
                let Err(end) = end;
                end
            }
        };
        self.post.rest();
        self.standing.stands(Standing::Unconnected);
        // Whoever does not hear it will notice that nobody is there.
        drop(timeout(GOODBYE, self.leave(client)).await);
        if let End::Lost(error) = end { self.lost(error) } else { end }
    }

    /// So that nothing is delivered twice if nothing went wrong.
    async fn leave(&mut self, client: Client) {
        if let Err(error) = self.unsaved.save(&client, self.room()).await {
            debug!(webhook_id = self.known.webhook_id, %error, "a cursor was not set");
        }
        client.close().await;
    }

    fn room(&self) -> RoomId {
        RoomId(self.known.room_id)
    }

    /// Of either of its connections.
    fn options(&self) -> Options {
        let server = ServerUrl {
            transport: Transport::Tcp,
            host: "upstream".to_owned(),
            port: DAEMON_PORT,
            path: String::new(),
            pin: None,
            invite: None,
        };
        let mut options = Options::new(server, Trust::default());
        options.client_name = env!("CARGO_PKG_NAME").to_owned();
        options.client_version = env!("CARGO_PKG_VERSION").to_owned();
        options.session_timeout = SESSION_TIMEOUT_VISITOR;
        options.idle = true;
        // What comes after a loss begins with how things stand.
        options.reconnect = false;
        options.connector = Some(self.connector.clone());
        options
    }

    fn sign_in(&self) -> SignIn {
        match &self.session {
            Some(token) => SignIn::Resume { token: token.clone() },
            None => SignIn::Token { api_token: self.known.token.clone() },
        }
    }

    /// The daemon could not be spoken to, or has nothing more to say.
    fn lost(&mut self, error: Error) -> End {
        debug!(webhook_id = self.known.webhook_id, %error, "a webhook cannot be followed");
        match (self.session.take(), error.reason()) {
            // The token of a webhook is void when it is removed, and only then.
            (None, Some(Reason::BadCredentials)) => End::Gone,
            (Some(_), Some(Reason::SessionEnded)) => End::Again(Duration::ZERO),
            (session, _) => {
                self.session = session;
                End::Lost(error)
            }
        }
    }
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Lost(error)
    }
}

fn address(webhook_id: u64) -> SocketAddr {
    let [a, b] = ADDRESS;
    let [.., c, d] = webhook_id.to_be_bytes();
    SocketAddr::from((Ipv4Addr::new(a, b, c, d), 0))
}
