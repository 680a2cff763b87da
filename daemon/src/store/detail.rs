//! What an event says beside its columns: a small protobuf in one column, because most events
//! have nothing of it. Field numbers are for ever; an absent field has its default.

use std::sync::Arc;
use std::time::Duration;

use parlor_proto::ids::{FileHash, FileId, Seq, UserId};
use parlor_proto::name::Name;
use prost::Message as _;

use super::error::{Result, StoreError};
use crate::chat::{
    Body, EventKind, FileFacts, Format, FoundMessage, HistoryRule, MemberChanged, Message,
    MessageEdited, ReactionChanged, Role, RoomFacts, RoomRules, Stamp, Visibility,
};

/// Of any kind of event; each uses a few of these.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Detail {
    #[prost(uint32, tag = "1")]
    format: u32,
    #[prost(uint64, tag = "2")]
    reply_to: u64,
    #[prost(uint64, tag = "3")]
    thread: u64,
    #[prost(uint64, repeated, tag = "4")]
    mentions: Vec<u64>,
    #[prost(bool, tag = "5")]
    mentions_room: bool,
    #[prost(uint32, tag = "6")]
    version: u32,
    #[prost(int64, tag = "7")]
    edited: i64,
    #[prost(bool, tag = "8")]
    deleted: bool,
    /// The message that an edit, a deletion or a reaction is about.
    #[prost(uint64, tag = "9")]
    pub(super) target: u64,
    #[prost(string, tag = "10")]
    reaction: String,
    #[prost(bool, tag = "11")]
    present: bool,
    #[prost(uint32, tag = "12")]
    count: u32,
    #[prost(uint32, tag = "13")]
    role: u32,
    #[prost(int64, tag = "14")]
    muted_until: i64,
    #[prost(message, optional, tag = "15")]
    room: Option<RoomDetail>,
    /// Of members: the first seq that they may read.
    #[prost(uint64, tag = "21")]
    floor: u64,
    /// Of a message: the event that gave it its present version.
    #[prost(uint64, tag = "20")]
    last_edit: u64,
    /// Of a message: its files.
    #[prost(message, repeated, tag = "22")]
    files: Vec<FileDetail>,
}

/// A file of a message.
#[derive(Clone, PartialEq, prost::Message)]
struct FileDetail {
    #[prost(uint64, tag = "1")]
    file: u64,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(uint64, tag = "3")]
    size: u64,
    #[prost(string, tag = "4")]
    media_type: String,
    #[prost(bytes = "vec", tag = "5")]
    sha256: Vec<u8>,
}

/// A room as it was after a change.
#[derive(Clone, PartialEq, prost::Message)]
struct RoomDetail {
    #[prost(uint32, tag = "1")]
    visibility: u32,
    #[prost(uint32, tag = "2")]
    history: u32,
    #[prost(bool, tag = "3")]
    members_invite: bool,
    #[prost(bool, tag = "4")]
    members_set_topic: bool,
    #[prost(uint64, tag = "5")]
    slow_mode_ms: u64,
    #[prost(uint64, tag = "6")]
    cooldown_ms: u64,
    #[prost(uint64, tag = "7")]
    retention_ms: u64,
    #[prost(bool, tag = "8")]
    archived: bool,
    #[prost(message, repeated, tag = "9")]
    direct: Vec<DirectDetail>,
    /// 0: 1.
    #[prost(uint64, tag = "10")]
    open_from: u64,
}

/// Somebody in a direct room.
#[derive(Clone, PartialEq, prost::Message)]
struct DirectDetail {
    #[prost(uint64, tag = "1")]
    user: u64,
    #[prost(string, tag = "2")]
    name: String,
}

impl Detail {
    /// `None` if the columns say it all.
    pub(super) fn of(kind: &EventKind) -> Option<Vec<u8>> {
        let detail = match kind {
            EventKind::Message(message) => Self::of_message(message),
            EventKind::MessageEdited(MessageEdited { target, body, version }) => {
                Self { target: target.0, version: *version, ..Self::of_body(body) }
            }
            EventKind::MessageDeleted { target } => Self { target: target.0, ..Self::default() },
            EventKind::ReactionChanged(ReactionChanged { target, reaction, present, count }) => {
                let reaction = reaction.as_ref().to_owned();
                let (present, count) = (*present, *count);
                Self { target: target.0, reaction, present, count, ..Self::default() }
            }
            EventKind::MemberChanged(changed) => Self {
                role: role_code(changed.role),
                muted_until: changed.muted_until.unwrap_or_default().0,
                floor: changed.floor.0,
                ..Self::default()
            },
            EventKind::RoomChanged(facts) => {
                Self { room: Some(RoomDetail::of(facts)), ..Self::default() }
            }
        };
        detail.bytes()
    }

    /// `None` if there is nothing to say.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        (*self != Self::default()).then(|| self.encode_to_vec())
    }

    fn of_message(message: &Message) -> Self {
        Self {
            reply_to: message.reply_to.unwrap_or_default().0,
            thread: message.thread.unwrap_or_default().0,
            version: message.version,
            edited: message.edited.unwrap_or_default().0,
            deleted: message.deleted,
            files: message.files.iter().map(FileDetail::of).collect(),
            ..Self::of_body(&message.body)
        }
    }

    fn of_body(body: &Body) -> Self {
        Self {
            format: format_code(body.format),
            mentions: body.mentions.iter().map(|user| user.0).collect(),
            mentions_room: body.mentions_room,
            ..Self::default()
        }
    }

    pub(super) fn read(bytes: Option<&[u8]>) -> Result<Self> {
        Self::decode(bytes.unwrap_or_default())
            .map_err(|error| StoreError::broken(format!("an event's detail: {error}")))
    }

    pub(super) fn message(self, message: Message, text: Option<Arc<str>>) -> Result<Message> {
        let seq = |seq: u64| (seq != 0).then_some(Seq(seq));
        Ok(Message {
            reply_to: seq(self.reply_to),
            thread: seq(self.thread),
            version: self.version,
            edited: (self.edited != 0).then_some(Stamp(self.edited)),
            deleted: self.deleted,
            files: self.files.clone().into_iter().map(FileDetail::facts).collect::<Result<_>>()?,
            body: self.body(text)?,
            ..message
        })
    }

    pub(super) fn edited(self, text: Option<Arc<str>>) -> Result<MessageEdited> {
        let (target, version) = (Seq(self.target), self.version);
        Ok(MessageEdited { target, version, body: self.body(text)? })
    }

    pub(super) fn reaction(self) -> ReactionChanged {
        let Self { target, reaction, present, count, .. } = self;
        ReactionChanged { target: Seq(target), reaction: reaction.into(), present, count }
    }

    /// Of a message: whether it says what was sent.
    pub(super) fn is_as_sent(&self) -> bool {
        self.version == 0 && !self.deleted
    }

    /// Of a message or an edit.
    pub(super) fn mentions_anybody(&self) -> bool {
        self.mentions_room || !self.mentions.is_empty()
    }

    /// Of a message that is not deleted.
    pub(super) fn has_files(&self) -> bool {
        !self.files.is_empty()
    }

    /// The same, in order.
    pub(super) fn file_ids(&self) -> Vec<FileId> {
        self.files.iter().map(|file| FileId(file.file)).collect()
    }

    /// Of a message: the event that edited it last.
    pub(super) fn last_edit(&self) -> Option<Seq> {
        (self.last_edit != 0).then_some(Seq(self.last_edit))
    }

    /// Of a message: what the core may want to know of it.
    pub(super) fn found(self, text: Option<Arc<str>>) -> Result<FoundMessage> {
        Ok(FoundMessage {
            seq: Seq::default(),
            author: UserId::default(),
            thread: (self.thread != 0).then_some(Seq(self.thread)),
            version: self.version,
            last_edit: self.last_edit().map(|seq| (seq, Stamp(self.edited))),
            deleted: self.deleted,
            body: self.body(text)?,
        })
    }

    /// Of a message: as it is after an edit.
    pub(super) fn with_edit(self, edited: &MessageEdited, seq: Seq, at: Stamp) -> Self {
        let Self { reply_to, thread, files, .. } = self;
        let (version, edited_at, last_edit) = (edited.version, at.0, seq.0);
        let body = Self::of_body(&edited.body);
        Self { reply_to, thread, files, version, edited: edited_at, last_edit, ..body }
    }

    /// Of a message: what is left when it is deleted.
    pub(super) fn with_deletion(self) -> Self {
        let Self { reply_to, thread, version, edited, .. } = self;
        Self { reply_to, thread, version, edited, deleted: true, ..Self::default() }
    }

    /// Of an edit: what is left when another has taken its place.
    pub(super) fn emptied(self) -> Self {
        Self { target: self.target, version: self.version, ..Self::default() }
    }

    fn body(self, text: Option<Arc<str>>) -> Result<Body> {
        Ok(Body {
            text: text.unwrap_or_default(),
            format: format(self.format)?,
            mentions: self.mentions.into_iter().map(UserId).collect(),
            mentions_room: self.mentions_room,
        })
    }

    /// What is told of somebody's place.
    pub(super) fn placed(self, plain: MemberChanged) -> Result<MemberChanged> {
        let muted_until = (self.muted_until != 0).then_some(Stamp(self.muted_until));
        let (role, floor) = (role(self.role)?, Seq(self.floor));
        Ok(MemberChanged { role, muted_until, floor, ..plain })
    }

    /// The rules of a room, whether it is archived, and who is in it if it is direct.
    pub(super) fn room(self, plain: RoomFacts) -> Result<RoomFacts> {
        let room = self.room.unwrap_or_default();
        let rules = RoomRules {
            visibility: if room.visibility == 0 { Visibility::Public } else { Visibility::Private },
            history: if room.history == 0 { HistoryRule::All } else { HistoryRule::SinceJoin },
            members_invite: room.members_invite,
            members_set_topic: room.members_set_topic,
            slow_mode: Duration::from_millis(room.slow_mode_ms),
            cooldown: Duration::from_millis(room.cooldown_ms),
            retention: Duration::from_millis(room.retention_ms),
        };
        let direct = room.direct.into_iter().map(|DirectDetail { user, name }| {
            let parsed = Name::parse(&name);
            let parsed = parsed.map_err(|bad| StoreError::broken(format!("{name:?}: {bad}")))?;
            Ok((UserId(user), parsed))
        });
        let direct = direct.collect::<Result<Arc<[_]>>>()?;
        let open_from = Seq(room.open_from.max(1));
        Ok(RoomFacts { rules, archived: room.archived, open_from, direct, ..plain })
    }
}

impl FileDetail {
    fn of(facts: &FileFacts) -> Self {
        Self {
            file: facts.file.0,
            name: facts.name.as_ref().to_owned(),
            size: facts.size,
            media_type: facts.media_type.as_ref().to_owned(),
            sha256: facts.hash.0.to_vec(),
        }
    }

    fn facts(self) -> Result<FileFacts> {
        let Self { file, name, size, media_type, sha256 } = self;
        let hash = FileHash::try_from(&*sha256);
        let hash = hash.map_err(|bad| StoreError::broken(format!("file {file}: hash: {bad}")))?;
        let (name, media_type) = (name.into(), media_type.into());
        Ok(FileFacts { file: FileId(file), name, size, media_type, hash })
    }
}

impl RoomDetail {
    fn of(RoomFacts { rules, archived, direct, open_from, .. }: &RoomFacts) -> Self {
        let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Self {
            visibility: u32::from(rules.visibility == Visibility::Private),
            history: u32::from(rules.history == HistoryRule::SinceJoin),
            members_invite: rules.members_invite,
            members_set_topic: rules.members_set_topic,
            slow_mode_ms: millis(rules.slow_mode),
            cooldown_ms: millis(rules.cooldown),
            retention_ms: millis(rules.retention),
            archived: *archived,
            open_from: if open_from.0 > 1 { open_from.0 } else { 0 },
            direct: direct
                .iter()
                .map(|(user, name)| DirectDetail { user: user.0, name: name.to_string() })
                .collect(),
        }
    }
}

fn format_code(format: Format) -> u32 {
    match format {
        Format::Plain => 0,
        Format::Markdown => 1,
        Format::Emote => 2,
    }
}

fn format(code: u32) -> Result<Format> {
    match code {
        0 => Ok(Format::Plain),
        1 => Ok(Format::Markdown),
        2 => Ok(Format::Emote),
        _ => Err(StoreError::broken(format!("unknown format: {code}"))),
    }
}

pub(super) fn role_code(role: Role) -> u32 {
    match role {
        Role::Member => 0,
        Role::Moderator => 1,
        Role::Owner => 2,
    }
}

pub(super) fn role(code: u32) -> Result<Role> {
    match code {
        0 => Ok(Role::Member),
        1 => Ok(Role::Moderator),
        2 => Ok(Role::Owner),
        _ => Err(StoreError::broken(format!("unknown role: {code}"))),
    }
}

#[cfg(test)]
mod tests {
    use parlor_proto::ids::RoomId;

    use super::*;

    #[test]
    fn a_plain_message_has_no_detail() {
        let body = Body { text: "hello".into(), ..Body::default() };
        assert_eq!(Detail::of(&EventKind::Message(Message { body, ..Message::default() })), None);
    }

    #[test]
    fn a_message_comes_back_as_it_was() {
        let body = Body {
            text: "hello @ann".into(),
            format: Format::Emote,
            mentions: [UserId(1), UserId(7)].into(),
            mentions_room: true,
        };
        let said = Message {
            body,
            reply_to: Some(Seq(3)),
            thread: Some(Seq(2)),
            version: 4,
            edited: Some(Stamp(99)),
            ..Message::default()
        };
        let bytes = Detail::of(&EventKind::Message(said.clone())).unwrap();
        let read = Detail::read(Some(&bytes)).unwrap();
        let again = read.message(Message::default(), Some("hello @ann".into())).unwrap();
        assert_eq!(again, said);
    }

    #[test]
    fn rules_come_back_as_they_were() {
        let rules = RoomRules {
            visibility: Visibility::Private,
            history: HistoryRule::SinceJoin,
            members_invite: true,
            members_set_topic: true,
            slow_mode: Duration::from_secs(5),
            cooldown: Duration::from_secs(60),
            retention: Duration::from_hours(24),
        };
        let direct = [(UserId(4), Name::parse("ann").unwrap())];
        let (name, ann) = (Name::parse("lobby").unwrap(), (UserId(4), Stamp(9)));
        let plain = RoomFacts::group(RoomId(1), name, "".into(), ann);
        let (direct, open_from) = (direct.into(), Seq(7));
        let facts = RoomFacts { rules, archived: true, open_from, direct, ..plain.clone() };
        let room = Some(RoomDetail::of(&facts));
        let bytes = Detail { room, ..Detail::default() }.encode_to_vec();
        assert_eq!(Detail::read(Some(&bytes)).unwrap().room(plain).unwrap(), facts);
    }

    #[test]
    fn a_broken_detail_is_an_error_and_not_a_guess() {
        Detail::read(Some(&[0xff])).unwrap_err();
        format(3).unwrap_err();
        role(3).unwrap_err();
    }
}
