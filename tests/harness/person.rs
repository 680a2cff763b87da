//! Somebody at a client: the SDK as a good program uses it, with checks for what comes.

use std::time::Duration;

use parlor_proto::client::{
    Client, Error, Event, Options, RoomRef, ServerUrl, SignIn, SyncPlan, Token, Trust,
    new_client_message_id,
};
use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::v1::{self, room_event::Kind};

use crate::within;

/// A password that nobody guesses; everybody in the tests has it.
pub const PASSWORD: &str = "quiet-lantern-73-orbit";

/// A user with a connection.
#[derive(Debug)]
pub struct Person {
    /// The connection.
    pub client: Client,
    /// The name.
    pub name: String,
}

/// What a good client asks for, at a server that shows the key named in its URL.
#[must_use]
pub fn options(url: &ServerUrl, device: &str) -> Options {
    let device = device.to_owned();
    Options { device, ..Options::new(url.clone(), Trust::default()) }
}

impl Person {
    /// Makes an account.
    pub async fn register(url: &ServerUrl, name: &str) -> Self {
        let (user_name, password) = (name.to_owned(), PASSWORD.to_owned());
        let sign_in = SignIn::Register { user_name, password, invite: String::new() };
        Self::connect(options(url, "desk"), sign_in).await.unwrap()
    }

    /// Makes an account and hears of everything.
    pub async fn arrive(url: &ServerUrl, name: &str) -> Self {
        let person = Self::register(url, name).await;
        person.sync().await;
        person
    }

    /// Opens another session.
    pub async fn login(url: &ServerUrl, name: &str) -> Self {
        let (user_name, password) = (name.to_owned(), PASSWORD.to_owned());
        Self::connect(options(url, "desk"), SignIn::Login { user_name, password }).await.unwrap()
    }

    /// Attaches to a session.
    ///
    /// # Errors
    ///
    /// What the server says, if it refuses.
    pub async fn resume(url: &ServerUrl, token: Token) -> Result<Self, Error> {
        Self::connect(options(url, "desk"), SignIn::Resume { token }).await
    }

    /// Signs in, whatever way.
    ///
    /// # Errors
    ///
    /// What the server says, if it refuses.
    pub async fn connect(options: Options, sign_in: SignIn) -> Result<Self, Error> {
        let client = within("somebody to sign in", Client::connect(options, sign_in)).await?;
        let name = client.account().unwrap().user.user_name;
        Ok(Self { client, name })
    }

    /// The token of the session.
    #[must_use]
    pub fn token(&self) -> Token {
        self.client.account().unwrap().token
    }

    /// Who this is.
    #[must_use]
    pub fn user_id(&self) -> u64 {
        self.client.account().unwrap().user.user_id
    }

    /// Asks for all rooms, from now on.
    pub async fn sync(&self) -> Vec<v1::RoomState> {
        self.sync_with(SyncPlan::default()).await
    }

    /// Asks for all rooms, each from a cursor on.
    pub async fn sync_from(&self, cursors: &[(RoomId, Seq)]) -> Vec<v1::RoomState> {
        self.sync_with(SyncPlan { cursors: cursors.to_vec(), ..SyncPlan::default() }).await
    }

    /// Asks for what the plan says.
    pub async fn sync_with(&self, plan: SyncPlan) -> Vec<v1::RoomState> {
        within("the answer to sync", self.client.sync(plan)).await.unwrap()
    }

    /// Makes a room.
    pub async fn create(&self, room: &str) -> RoomId {
        let state = within("a new room", self.client.create_room(room, "")).await.unwrap();
        RoomId(state.room.unwrap().room_id)
    }

    /// Joins a room by its name.
    pub async fn join(&self, room: &str) -> v1::RoomState {
        let room = RoomRef::Name(room.to_owned());
        within("the answer to join", self.client.join_room(room)).await.unwrap()
    }

    /// Says something and waits until it is on disk.
    pub async fn say(&self, room: RoomId, text: &str) -> Seq {
        let sending = self.client.send(room, new_client_message_id(), text);
        Seq(within("an acknowledgement", sending).await.unwrap().seq)
    }

    /// The next event, whatever it is.
    pub async fn event(&self) -> Event {
        let what = format!("an event for {}", self.name);
        within(&what, self.client.next_event()).await.unwrap()
    }

    /// The next event of a room; what else comes before it is passed over, but a reset fails.
    pub async fn room_event(&self) -> v1::RoomEvent {
        loop {
            match self.event().await {
                Event::Room(event) => return event,
                Event::ReadMarker(_)
                | Event::Typist(_)
                | Event::UserChanged(_)
                | Event::Invited(_)
                | Event::Uninvited(_)
                | Event::PreferencesChanged(_)
                | Event::RoomAdded(_)
                | Event::RoomRemoved(_)
                | Event::Presence(_)
                | Event::Offline { .. }
                | Event::Online { .. } => {}
                event @ (Event::Reset(_) | Event::SignedOut(_) | Event::Ended(_)) => {
                    panic!("{event:?} instead of an event of a room, for {}", self.name)
                }
            }
        }
    }

    /// The next message that somebody says; what else happens in rooms is passed over.
    pub async fn message(&self) -> (v1::RoomEvent, String) {
        loop {
            let event = self.room_event().await;
            if let Some(text) = text(&event).map(str::to_owned) {
                return (event, text);
            }
        }
    }

    /// The next message must be this one.
    pub async fn hear(&self, text: &str) -> v1::RoomEvent {
        let (event, heard) = self.message().await;
        assert_eq!(heard, text, "what {} hears", self.name);
        event
    }

    /// Waits until somebody is told to be in a state.
    pub async fn presence(&self, name: &str, state: v1::PresenceState) -> v1::Presence {
        loop {
            if let Event::Presence(presences) = self.event().await {
                let found = presences.into_iter().rev().find(|p| p.user_name == name);
                if let Some(presence) = found.filter(|presence| presence.state() == state) {
                    return presence;
                }
            }
        }
    }

    /// Waits until the connection is lost.
    pub async fn offline(&self) -> Duration {
        loop {
            if let Event::Offline { retry_in, .. } = self.event().await {
                return retry_in;
            }
        }
    }

    /// Waits until the connection is there again; says whether the session went on.
    pub async fn online(&self) -> bool {
        loop {
            if let Event::Online { resumed } = self.event().await {
                return resumed;
            }
        }
    }

    /// Every event of a room, from the first, in pages.
    pub async fn whole_history(&self, room: RoomId) -> Vec<v1::RoomEvent> {
        let mut events: Vec<v1::RoomEvent> = Vec::new();
        loop {
            let after = events.last().map_or(0, |event| event.seq);
            let anchor = v1::history_request::Anchor::AfterSeq(after);
            let page = within("a page", self.client.history(room, anchor, 0)).await.unwrap();
            events.extend(page.events);
            if !page.has_newer {
                return events;
            }
        }
    }
}

/// The texts of the messages among some events.
#[must_use]
pub fn texts(events: &[v1::RoomEvent]) -> Vec<&str> {
    events.iter().filter_map(text).collect()
}

fn text(event: &v1::RoomEvent) -> Option<&str> {
    match &event.kind {
        Some(Kind::Message(message)) => Some(message.text.as_str()),
        _ => None,
    }
}
