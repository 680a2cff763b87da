//! The core with one room, in which somebody speaks.

use std::sync::Arc;
use std::time::Duration;

use parlor_proto::ids::{ClientMessageId, RequestId, Seq, SessionId, UserId};

use super::{ANN, LOBBY, TEXT, name};
use crate::chat::{
    AccountRequest, Chat, ConnId, Effects, Found, Input, MemberRow, MessageRequest, Moment, Now,
    Origin, PasswordHash, Preferences, Profile, Reading, Request, Role, RoomFacts, RoomRow, Rules,
    Said, SecretHash, SessionRow, SignIn, Snapshot, Stamp, UserRow,
};

const NOW: Now = Now { moment: Moment(1_000), stamp: Stamp(1_000_000) };

const CONN: ConnId = ConnId(256);

const TOKEN: SecretHash = SecretHash([7; 32]);

#[derive(Debug)]
pub struct Core {
    chat: Chat,
    effects: Effects,
    text: Arc<str>,
    sent: u128,
}

impl Core {
    /// Everybody is in the room; one is signed in.
    #[must_use]
    pub fn with_members(members: u32) -> Self {
        let rules = Rules { sends: None, sent_kib: None, pages: None, ..Rules::default() };
        let mut core = Self {
            chat: Chat::new(NOW, rules, snapshot(members)),
            effects: Effects::default(),
            text: TEXT.into(),
            sent: 0,
        };
        core.ask(Request::Account(AccountRequest::Resume {
            token: TOKEN,
            sign_in: SignIn::default(),
        }));
        core
    }

    /// One more message is decided, in a batch of its own.
    pub fn send(&mut self) {
        self.sent += 1;
        let (id, text) = (ClientMessageId(self.sent.to_be_bytes()), Arc::clone(&self.text));
        self.ask(Request::Message(MessageRequest::Send {
            room: LOBBY,
            id,
            said: Said { text, ..Said::default() },
        }));
        assert_eq!(self.effects.changes.len(), 2, "it is to be remembered, and read by its author");
    }

    fn ask(&mut self, request: Request) {
        let asked = Input::Asked { conn: CONN, id: RequestId(1), request, found: Found::Nothing };
        self.effects.changes.clear();
        self.effects.notices.clear();
        self.chat.step(NOW, asked, &mut self.effects);
        self.chat.keep();
    }
}

fn snapshot(members: u32) -> Snapshot {
    let users = (1..=u64::from(members)).map(UserId);
    let facts = RoomFacts::group(LOBBY, name("room", LOBBY.0), "".into(), (ANN, Stamp(1)));
    let session = SessionRow {
        api_token: None,
        session: SessionId(1),
        user: ANN,
        token: TOKEN,
        device: "laptop".into(),
        timeout: Duration::from_secs(45),
        started: Stamp(1),
        origin: Origin::default(),
        device_id: None,
    };
    Snapshot {
        users: users.clone().map(account).collect(),
        sessions: vec![session],
        rooms: vec![RoomRow {
            facts,
            head: Seq(1 + u64::from(members)),
            head_at: Stamp(1),
            first: Seq(1),
            first_at: Stamp(1),
            messages: 0,
            gone: 0,
        }],
        members: users.map(member).collect(),
        last_session: SessionId(1),
        ..Snapshot::default()
    }
}

fn account(user: UserId) -> UserRow {
    let password = PasswordHash("none".into());
    UserRow {
        user,
        name: name("user", user.0),
        password,
        created: Stamp(1),
        last_seen: None,
        admin: false,
        suspended: false,
        owner: None,
        webhook: None,
        reset: None,
        profile: Profile::default(),
    }
}

fn member(user: UserId) -> MemberRow {
    MemberRow {
        room: LOBBY,
        user,
        join_seq: Seq(1 + user.0),
        joined: Stamp(1),
        role: Role::Member,
        muted_until: None,
        floor: Seq(1),
        preferences: Preferences::default(),
        reading: Reading::default(),
    }
}
