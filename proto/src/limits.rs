//! Every number that both sides of the protocol must respect.
//!
//! What an operator may turn stands in the daemon's configuration instead; the values that
//! hold on a connection are told in the answer to `Hello`.

use std::time::Duration;

/// The length prefix of a frame: a big-endian `u32`.
pub const PREFIX_BYTES: usize = 4;

/// The longest frame, without its prefix, in either direction once signed in.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;

/// The longest frame that a client may send before it has signed in.
pub const FRAME_BYTES_MAX_BEFORE_AUTH: usize = 4 * 1024;

/// The longest text of a message, in bytes of UTF-8.
pub const TEXT_BYTES_MAX: usize = 8 * 1024;

/// The longest topic of a room, in bytes of UTF-8.
pub const TOPIC_BYTES_MAX: usize = 512;

/// The shortest and the longest name of a user or a room, in bytes.
pub const NAME_BYTES_MIN: usize = 2;
/// See [`NAME_BYTES_MIN`].
pub const NAME_BYTES_MAX: usize = 32;

/// The shortest password, in bytes of UTF-8.
pub const PASSWORD_BYTES_MIN: usize = 8;
/// The longest password, in bytes of UTF-8; checked before anything is hashed.
pub const PASSWORD_BYTES_MAX: usize = 512;

/// Members that one message mentions by name.
pub const MENTIONS_MAX: usize = 32;

/// One reaction, in bytes of UTF-8.
pub const REACTION_BYTES_MAX: usize = 32;

/// Different reactions to one message.
pub const REACTIONS_MAX: usize = 20;

/// Somebody who goes on writing is told so this often, and not more often.
pub const TYPING_INTERVAL: Duration = Duration::from_secs(3);

/// Who was told to be writing is forgotten after this long.
pub const TYPING_LIFETIME: Duration = Duration::from_secs(6);

/// Other people in a direct room.
pub const DIRECT_OTHERS_MAX: usize = 7;

/// Invitations to rooms that one user has.
pub const INVITATIONS_MAX: usize = 50;

/// The longest slow mode and cooldown of a room.
pub const SLOW_MODE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest time for which a room keeps its events, so that no clock overflows: a hundred years.
pub const RETENTION_MAX: Duration = Duration::from_secs(100 * 366 * 24 * 60 * 60);

/// Why somebody is banned, in bytes of UTF-8.
pub const BAN_REASON_BYTES_MAX: usize = 256;

/// What a user says of themselves, in bytes of UTF-8.
pub const STATUS_BYTES_MAX: usize = 256;

/// A name for display, in bytes of UTF-8.
pub const DISPLAY_NAME_BYTES_MAX: usize = 64;

/// The name of a cursor that the server keeps, in bytes of UTF-8.
pub const CURSOR_NAME_BYTES_MAX: usize = 64;

/// Cursors that the server keeps for one user: names times rooms.
pub const CURSORS_MAX: usize = 100;

/// A search, in bytes of UTF-8.
pub const QUERY_BYTES_MAX: usize = 256;

/// A device's id.
pub const DEVICE_ID_BYTES: usize = 16;

/// The public key of a device, and a signature with it: Ed25519.
pub const PUBLIC_KEY_BYTES: usize = 32;
/// See [`PUBLIC_KEY_BYTES`].
pub const SIGNATURE_BYTES: usize = 64;

/// The nonce of a connection.
pub const NONCE_BYTES: usize = 32;

/// What devices sign as the server.
pub const SERVER_ID_BYTES: usize = 32;

/// Labels that a client gives: its name, its version, its device.
pub const LABEL_BYTES_MAX: usize = 64;

/// The secret of an invite, in bytes of text.
pub const INVITE_BYTES_MAX: usize = 64;

/// Accounts that can be made with one invite.
pub const INVITE_USES_MAX: u32 = 10_000;

/// How long an invite holds if nobody says, and at most.
pub const INVITE_VALID: Duration = Duration::from_hours(72);
/// See [`INVITE_VALID`].
pub const INVITE_VALID_MAX: Duration = Duration::from_hours(365 * 24);

/// A one-time code, in bytes of text.
pub const CODE_BYTES_MAX: usize = 64;

/// An API token, in bytes of text.
pub const API_TOKEN_BYTES_MAX: usize = 128;

/// Where a webhook delivers to, in bytes of ASCII.
pub const WEBHOOK_URL_BYTES_MAX: usize = 1_024;

/// Why a delivery has failed, in bytes of UTF-8.
pub const DELIVERY_PROBLEM_BYTES_MAX: usize = 256;

/// Webhooks of one room.
pub const WEBHOOKS_MAX: u32 = 20;

/// A session token.
pub const TOKEN_BYTES: usize = 32;

/// A client message id: a UUID.
pub const CLIENT_MESSAGE_ID_BYTES: usize = 16;

/// Files of one message.
pub const MESSAGE_FILES_MAX: usize = 8;

/// The name of a file, in bytes of UTF-8.
pub const FILE_NAME_BYTES_MAX: usize = 255;

/// A media type that the server found, in bytes.
pub const MEDIA_TYPE_BYTES_MAX: usize = 100;

/// SHA-256 of a file's content.
pub const FILE_HASH_BYTES: usize = 32;

/// One piece of a file, in either direction.
pub const FILE_PIECE_BYTES_MAX: usize = 32 * 1024;

/// Pieces of files that a connection may have in flight, in either direction.
pub const FILE_PIECES_IN_FLIGHT_MAX: usize = 4;

/// Requests that a connection may have in flight; beyond it the server stops reading.
pub const REQUESTS_IN_FLIGHT_MAX: u32 = 64;

/// Rows of one page: of history, rooms, members.
pub const PAGE_ROWS_MAX: u32 = 100;

/// Ids in one `GetUsers`.
pub const USER_IDS_MAX: usize = 100;

/// Cursors, and rooms, in one `Sync`.
pub const SYNC_ROOMS_MAX: usize = 256;

/// Events that `Sync` sends after a cursor; a longer gap is a reset.
pub const CATCH_UP_EVENTS_MAX: u64 = 10_000;

/// Users in one `GetPresence`, and sessions that it tells of each.
pub const PRESENCE_USERS_MAX: usize = 32;
/// See [`PRESENCE_USERS_MAX`].
pub const PRESENCE_SESSIONS_MAX: usize = 10;

/// Presences in one push.
pub const PRESENCES_MAX: usize = 100;

/// The revisions of `parlor.v1` that this code speaks.
pub const REVISION_MIN: u32 = 1;
/// See [`REVISION_MIN`].
pub const REVISION_MAX: u32 = 1;

/// Send some frame at least this often.
pub const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(20);

/// What a session's timeout is if nobody asks for another.
pub const SESSION_TIMEOUT: Duration = Duration::from_secs(45);

/// What clients that come and go ask for.
pub const SESSION_TIMEOUT_VISITOR: Duration = Duration::from_secs(15 * 60);

/// A client says that nobody is at the keys after this long.
pub const IDLE_AFTER: Duration = Duration::from_secs(5 * 60);

/// The ALPN protocol name (RFC 7301): the major version.
pub const ALPN: &[u8] = b"parlor/1";

/// The WebSocket subprotocol (RFC 6455, section 1.9).
pub const SUBPROTOCOL: &str = "parlor.v1";

/// The same for frames as JSON, one to a text message.
pub const SUBPROTOCOL_JSON: &str = "parlor.v1.json";

/// The path of the WebSocket on a bridge.
pub const WEBSOCKET_PATH: &str = "/v1/ws";

/// Where a bridge takes what programs give to webhooks; a secret follows.
pub const WEBHOOK_PATH: &str = "/v1/hooks/";

/// Where a daemon listens: P-A-R-L on a phone keypad.
pub const DAEMON_PORT: u16 = 7275;

/// Where a bridge listens.
pub const BRIDGE_PORT: u16 = 7276;

const _: () = assert!(FRAME_BYTES_MAX_BEFORE_AUTH <= FRAME_BYTES_MAX);
// A page of the longest messages is cut to fit, so one message must fit with room to spare.
const _: () = assert!(TEXT_BYTES_MAX * 2 <= FRAME_BYTES_MAX);
// A room's webhooks are listed in one frame, each with two names and a dozen numbers.
const _: () = assert!(
    WEBHOOKS_MAX as usize
        * (WEBHOOK_URL_BYTES_MAX + DELIVERY_PROBLEM_BYTES_MAX + 2 * NAME_BYTES_MAX + 128)
        < FRAME_BYTES_MAX
);
const _: () = assert!(FILE_PIECE_BYTES_MAX * 2 <= FRAME_BYTES_MAX);
const _: () = assert!(PASSWORD_BYTES_MAX + 2 * LABEL_BYTES_MAX < FRAME_BYTES_MAX_BEFORE_AUTH);
