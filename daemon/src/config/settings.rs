//! Every setting: its place in the file, its type, its default and the reason for it. The file,
//! the environment, the flags and `--print-config` all go by this table.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use parlor_proto::limits;

use super::value::{
    Given, InvitesBy, Keep, Local, Rate, Registration, Setting, Size, Threads, UnixPath,
};

/// The settings that stand above the first section of the file.
pub(super) const TOP: &str = "top";

/// One setting, by name.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Key {
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    /// What it is for and why its default is what it is.
    pub(super) reason: &'static str,
}

/// No setting has this name.
pub(super) const UNKNOWN: &str = "no such setting";

macro_rules! settings {
    ($(
        $(#[doc = $about:literal])+
        $section:ident: $Section:ident {
            $( $(#[doc = $reason:literal])+ $name:ident: $Type:ty = $default:expr; )+
        }
    )+) => {
        $(
            $(#[doc = $about])+
            #[derive(Clone, Debug, PartialEq)]
            pub(crate) struct $Section {
                $( $(#[doc = $reason])+ pub(crate) $name: $Type, )+
            }
        )+

        /// What the operator wants.
        #[derive(Clone, Debug, PartialEq)]
        pub(crate) struct Config {
            $( pub(crate) $section: $Section, )+
        }

        impl Default for Config {
            fn default() -> Self {
                Self { $( $section: $Section { $( $name: $default, )+ }, )+ }
            }
        }

        /// In the order of `--print-config`.
        pub(crate) const KEYS: &[Key] = &[ $($(
            Key {
                section: stringify!($section),
                name: stringify!($name),
                reason: concat!($($reason),+),
            },
        )+)+ ];

        impl Config {
            pub(super) fn set(
                &mut self,
                (section, name): (&str, &str),
                given: &Given<'_>,
            ) -> Result<(), String> {
                $($( if (section, name) == (stringify!($section), stringify!($name)) {
                    self.$section.$name = Setting::read(given)?;
                    return Ok(());
                } )+)+
                Err(UNKNOWN.to_owned())
            }

            /// The value of a setting as it would stand in the file.
            pub(super) fn show(&self, key: Key) -> String {
                $($( if (key.section, key.name) == (stringify!($section), stringify!($name)) {
                    return self.$section.$name.show();
                } )+)+
                String::new()
            }
        }
    };
}

settings! {
    /// The daemon as a whole.
    top: Top {
        /// Database, certificate and lock. Empty: $STATE_DIRECTORY, else $XDG_DATA_HOME/parlord.
        data_dir: Option<PathBuf> = None;
        /// What clients show as the server's name. Empty: the machine's host name.
        name: String = String::new();
        /// Threads that serve connections. "auto": one a core, which is what they can use.
        shards: Threads = Threads(None);
        /// Threads that read history. Two: one long page must not keep the others waiting.
        readers: u32 = 2;
    }

    /// Where clients come in.
    listen: Listen {
        /// TLS listeners. Loopback, so that nothing is open to the world unless somebody says so.
        tls: Vec<SocketAddr> = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, limits::DAEMON_PORT))];
        /// Socket for bridges, "unix:PATH". None: it is trusted to tell the clients' addresses.
        bridge: UnixPath = UnixPath(None);
        /// Host to print in URLs and invites. Empty: the address listened on; for a wildcard the
        /// address this machine has in its network.
        host: String = String::new();
    }

    /// What the daemon shows as its identity.
    tls: Tls {
        /// Certificate chain, PEM. Empty: a self-made one in the data folder, trusted by its pin.
        cert: Option<PathBuf> = None;
        /// Its private key, PEM; the world must not be able to read it.
        key: Option<PathBuf> = None;
    }

    /// Who may make an account.
    registration: Accounts {
        /// "open", "invite" or "closed". "auto": open while only this machine can connect (every
        /// listener on loopback and no bridge), else by invite.
        mode: Registration = Registration::Auto;
    }

    /// Who lets people in.
    invites: Invites {
        /// "users" or "admins". Who is trusted to be here is trusted to bring friends.
        by: InvitesBy = InvitesBy::Users;
        /// Good invites that one user may have.
        per_user: u32 = 100;
        /// Invites that one user makes at once.
        burst: u32 = 10;
        /// Invites that one user makes a minute after that; "off" for load tests.
        per_minute: Rate = Rate(Some(1));
    }

    /// Accounts for programs.
    bots: Bots {
        /// Bots that one user may have.
        per_user: u32 = 10;
        /// API tokens that one bot may have.
        tokens: u32 = 10;
        /// Bots and tokens that one user makes at once.
        burst: u32 = 10;
        /// Bots and tokens that one user makes a minute after that; "off" for load tests.
        per_minute: Rate = Rate(Some(1));
    }

    /// Accounts that say something in one room, or deliver its events.
    webhooks: Webhooks {
        /// Webhooks of one room.
        per_room: u32 = limits::WEBHOOKS_MAX;
        /// Messages of one webhook at once.
        burst: u32 = 30;
        /// Messages of one webhook a minute after that; "off" for load tests. Programs that fail
        /// say so again and again.
        per_minute: Rate = Rate(Some(60));
    }

    /// The log of what matters for security.
    audit: Audit {
        /// Older entries go. A year: until the next yearly look at it.
        keep: Duration = Duration::from_hours(365 * 24);
    }

    /// How clients show that they are there.
    keep_alive: KeepAlive {
        /// Clients send something at least this often. Below common NAT timeouts of 30 s.
        interval: Duration = limits::KEEP_ALIVE_INTERVAL;
        /// Nobody at the keys for this long is shown as away.
        idle_after: Duration = limits::IDLE_AFTER;
    }

    /// How long a session outlives silence.
    session: Session {
        /// For clients that ask for nothing else. Two lost keepalives and some delay.
        timeout: Duration = limits::SESSION_TIMEOUT;
        /// The shortest that a client may ask for. One that comes for a moment is soon gone.
        timeout_min: Duration = Duration::from_secs(10);
        /// The longest. A token that leaks is good for no longer than this after its last use.
        timeout_max: Duration = Duration::from_secs(24 * 60 * 60);
    }

    /// How fast one user may send messages.
    send: Send {
        /// Messages at once. A pasted list, not a flood.
        burst: u32 = 20;
        /// Messages a second after that; "off" for load tests. Faster than anybody types.
        per_second: Rate = Rate(Some(5));
        /// Edits, deletions and reactions at once.
        change_burst: u32 = 40;
        /// Edits, deletions and reactions a second after that; "off" for load tests.
        changes_per_second: Rate = Rate(Some(10));
        /// Read markers and cursors at once: one for each of many rooms.
        mark_burst: u32 = 200;
        /// Read markers and cursors a second after that; "off" for load tests.
        marks_per_second: Rate = Rate(Some(20));
        /// KiB of text at once; each message counts as one at least.
        burst_kib: u32 = 128;
        /// KiB of text a second after that; "off" for load tests.
        kib_per_second: Rate = Rate(Some(16));
    }

    /// What has been said.
    history: History {
        /// How long events are kept, by their age; a room's owner may say less. "forever": nothing
        /// is lost unless somebody asks for it.
        keep: Keep = Keep(None);
    }

    /// What the work on passwords may cost.
    password: Passwords {
        /// Threads that hash. "auto": half of the cores, so that logins never starve messages.
        threads: Threads = Threads(None);
        /// Passwords that may wait for a thread; then clients are told to try again.
        queue: u32 = 64;
        /// Argon2id memory in KiB: 19 MiB is the first choice of OWASP's password storage page.
        memory_kib: u32 = 19 * 1024;
        /// Argon2id passes, for that memory.
        passes: u32 = 2;
        /// Argon2id lanes. One: more cores are used by more logins.
        lanes: u32 = 1;
    }

    /// What one address, and all together, may take.
    limits: Limits {
        /// Connections in all. Each costs about 16 KiB and a file descriptor.
        connections: u32 = 12_000;
        /// Connections of one address (IPv6: of one /64). A household or a small office.
        connections_per_address: u32 = 32;
        /// Connections in the TLS handshake: it costs CPU before anybody is known.
        handshakes: u32 = 512;
        /// Connections that have not signed in.
        signed_out: u32 = 1_024;
        /// New connections of one address at once. A script that runs a command per line is no flood.
        connect_burst: u32 = 60;
        /// New connections of one address a second after that; "off" for load tests.
        connect_per_second: Rate = Rate(Some(5));
        /// Registrations and logins of one address at once: each costs a password hash.
        login_burst: u32 = 5;
        /// Registrations and logins of one address a minute after that; "off" for load tests.
        login_per_minute: Rate = Rate(Some(6));
        /// Accounts made from one address at once, where everybody may register.
        register_burst: u32 = 3;
        /// Accounts made from one address an hour after that; "off" for load tests.
        register_per_hour: Rate = Rate(Some(3));
        /// Accounts made from all addresses together in ten minutes; "off" for load tests.
        register_per_ten_minutes: Rate = Rate(Some(30));
        /// Requests of one connection at once, of any kind.
        request_burst: u32 = 300;
        /// Requests of one connection a second after that; "off" for load tests.
        requests_per_second: Rate = Rate(Some(100));
        /// Pages that one user reads at once: of history, threads, reactions, mentions.
        page_burst: u32 = 20;
        /// Pages that one user reads a second after that; "off" for load tests.
        pages_per_second: Rate = Rate(Some(5));
        /// Accounts in all, those of bots too; then nobody registers. Each is kept in memory.
        users: u32 = 50_000;
        /// Sessions of one user; one more, and one ends: without a connection, else heard from
        /// longest ago.
        sessions_per_user: u32 = 10;
        /// Devices of one user: installations of a client with a key.
        devices_per_user: u32 = 20;
        /// Rooms that one user may be in.
        rooms_per_user: u32 = 200;
        /// Members of one room. Each message is sent to all of them.
        members_per_room: u32 = 2_000;
        /// Rooms that one user makes at once.
        room_burst: u32 = 10;
        /// Rooms that one user makes a minute after that; "off" for load tests.
        rooms_per_minute: Rate = Rate(Some(1));
        /// Direct rooms that one user is in; who writes to more people is refused.
        directs_per_user: u32 = 1_000;
        /// Bans of one room that hold.
        bans_per_room: u32 = 1_000;
        /// People who are invited to one room and have not answered.
        invitations_per_room: u32 = 200;
        /// Rooms that one user joins at once.
        join_burst: u32 = 10;
        /// Rooms that one user joins a minute after that; "off" for load tests.
        joins_per_minute: Rate = Rate(Some(12));
        /// People whom one user invites at once: an invitation makes noise.
        invitation_burst: u32 = 10;
        /// People whom one user invites a minute after that; "off" for tests.
        invitations_per_minute: Rate = Rate(Some(1));
        /// Changes of rooms and of people's places in them that one user makes at once: who clears
        /// away a flood is not held up.
        room_change_burst: u32 = 60;
        /// Such changes a second after that; "off" for tests. Everybody in the room hears of them.
        room_changes_per_second: Rate = Rate(Some(2));
        /// Lists that one user asks for at once: of rooms, members, bans, users, presence, sessions,
        /// devices, invites, bots, entries of the audit log.
        list_burst: u32 = 100;
        /// Lists a second after that; "off" for tests. Each looks through all that there are.
        lists_per_second: Rate = Rate(Some(10));
        /// How often one user's clients go live at once.
        sync_burst: u32 = 60;
        /// How often a second after that; "off" for load tests. Each tells of all rooms.
        syncs_per_second: Rate = Rate(Some(2));
        /// Changes of one's own account at once: name, status, devices.
        account_burst: u32 = 10;
        /// Changes of one's own account a minute after that; "off" for tests.
        account_changes_per_minute: Rate = Rate(Some(10));
        /// Time for the TLS handshake. Slow links need a second or two.
        handshake_timeout: Duration = Duration::from_secs(10);
        /// Time to sign in after it. Clients do it at once; people have typed before.
        sign_in_timeout: Duration = Duration::from_secs(10);
        /// Time for one whole frame, so that nobody holds a buffer by dripping bytes.
        frame_timeout: Duration = Duration::from_secs(20);
        /// Bytes that may wait for all readers together. Beyond half of it whoever lags gets no more
        /// until they read.
        outboxes: Size = Size(256 << 20);
        /// Bytes of recent events that are kept for readers who are behind: from here they cost
        /// no disk.
        recent: Size = Size(64 << 20);
    }

    /// Looking for what was said.
    search: Search {
        /// Whether messages can be searched. The index takes about as much disk as the messages;
        /// without it "search.db" is removed, and made anew when this is true again.
        enabled: bool = true;
        /// CPU time of one search; then it is answered with what it has. Enough for any search
        /// that means something.
        work: Duration = Duration::from_millis(50);
        /// Searches of one user at once. More than anybody types.
        burst: u32 = 5;
        /// Searches of one user a minute after that; "off" for load tests.
        per_minute: Rate = Rate(Some(30));
    }

    /// Files that belong to messages.
    files: Files {
        /// How large one file may be. A picture, a log, a short film.
        per_file: Size = Size(256 << 20);
        /// What the files of one user may take; the smallest counts as 4 KiB, and one whose content
        /// is there already as much as any other.
        per_user: Size = Size(1 << 30);
        /// What the files of all users may take, counted in the same way: the disk's share.
        total: Size = Size(20 << 30);
        /// Uploads of one user that are not finished.
        uploads_per_user: u32 = 8;
        /// Files that are in no message go after this long, and so do uploads to which nothing comes.
        unsent_keep: Duration = Duration::from_hours(24);
        /// How often one user begins, asks after and finishes uploads at once.
        burst: u32 = 60;
        /// How often a minute after that; "off" for load tests.
        per_minute: Rate = Rate(Some(120));
        /// KiB that one user uploads as fast as they come, before the rate counts: a picture.
        upload_burst_kib: u32 = 4 * 1024;
        /// KiB a second after that, 16 MiB; "off" for load tests. So that one user does not fill
        /// the disk's time.
        upload_kib_per_second: Rate = Rate(Some(16 * 1024));
        /// KiB that one user downloads as fast as they go, before the rate counts.
        download_burst_kib: u32 = 4 * 1024;
        /// KiB a second after that, 32 MiB; "off" for load tests.
        download_kib_per_second: Rate = Rate(Some(32 * 1024));
    }

    /// The daemon's figures and its state of health.
    metrics: Metrics {
        /// Where /metrics, /livez and /readyz answer: "unix:PATH" or "127.0.0.1:7277". Empty:
        /// nowhere, since what nobody reads need not listen.
        listen: Local = Local(None);
    }

    /// What is logged.
    log: Log {
        /// By level ("info") and module ("info,parlord::conn=debug").
        filter: String = "info".to_owned();
    }
}

impl Limits {
    /// Takes those that can change while connections are open.
    pub(crate) fn take_admission(&mut self, new: &Self) {
        self.connections = new.connections;
        self.connections_per_address = new.connections_per_address;
        self.handshakes = new.handshakes;
        self.signed_out = new.signed_out;
        self.connect_burst = new.connect_burst;
        self.connect_per_second = new.connect_per_second;
        self.login_burst = new.login_burst;
        self.login_per_minute = new.login_per_minute;
        self.register_burst = new.register_burst;
        self.register_per_hour = new.register_per_hour;
        self.register_per_ten_minutes = new.register_per_ten_minutes;
    }
}
