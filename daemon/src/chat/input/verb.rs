//! The verbs of the protocol as a table: what each is called, and what the shell must know of it
//! before the core sees the request.

/// Declares [`Verb`]. `signs_in`: attaches the connection to a session; `password`: has one
/// looked at, which is slow; `page`: the answer may fill a frame;
/// `piece`: a piece of a file is sent or asked for, which are limited by their bytes.
macro_rules! verbs {
    ($($name:ident = $text:literal $(, $trait:ident)*;)*) => {
        /// What is asked for.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Verb {
            $($name,)*
        }

        impl Verb {
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            /// As the protocol calls it.
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            fn traits(self) -> &'static [Trait] {
                match self { $(Self::$name => &[$(verbs!(@$trait)),*],)* }
            }
        }
    };
    (@signs_in) => { Trait::SignsIn };
    (@password) => { Trait::Password };
    (@page) => { Trait::Page };
    (@piece) => { Trait::Piece };
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Trait {
    SignsIn,
    Password,
    Page,
    Piece,
}

verbs! {
    Register = "register", signs_in, password;
    Login = "login", signs_in, password;
    Resume = "resume", signs_in;
    Logout = "logout";
    GetUsers = "get_users", page;
    ChangePassword = "change_password", password;
    ListSessions = "list_sessions", page;
    EndSessions = "end_sessions";
    LoginWithDevice = "login_with_device", signs_in;
    AddDevice = "add_device";
    ListDevices = "list_devices";
    RenameDevice = "rename_device";
    RemoveDevice = "remove_device";
    SetProfile = "set_profile";
    SetStatus = "set_status";
    GetPresence = "get_presence", page;

    Sync = "sync";

    CreateRoom = "create_room";
    JoinRoom = "join_room";
    LeaveRoom = "leave_room";
    ListRooms = "list_rooms", page;
    ListMembers = "list_members", page;
    UpdateRoom = "update_room";
    InviteMember = "invite_member";
    DeclineInvitation = "decline_invitation";
    RemoveMember = "remove_member";
    BanMember = "ban_member";
    UnbanMember = "unban_member";
    ListBans = "list_bans", page;
    MuteMember = "mute_member";
    SetRole = "set_role";
    TransferRoom = "transfer_room";
    ArchiveRoom = "archive_room";
    GetRoom = "get_room";
    GetDirect = "get_direct";
    SetRoomPreferences = "set_room_preferences";
    CreateWebhook = "create_webhook";
    ListWebhooks = "list_webhooks", page;
    RemoveWebhook = "remove_webhook";
    PauseWebhook = "pause_webhook";
    ReportDeliveries = "report_deliveries";

    ResetPassword = "reset_password", signs_in, password;
    LoginWithToken = "login_with_token", signs_in;
    CreateInvite = "create_invite";
    ListInvites = "list_invites", page;
    RevokeInvite = "revoke_invite";
    ClaimAdmin = "claim_admin";
    ListUsers = "list_users", page;
    SuspendUser = "suspend_user";
    SetServerRole = "set_server_role";
    CreateResetCode = "create_reset_code";
    EndUserSessions = "end_user_sessions";
    CreateBot = "create_bot";
    ListBots = "list_bots", page;
    CreateApiToken = "create_api_token";
    RevokeApiToken = "revoke_api_token";
    ListAudit = "list_audit", page;

    Send = "send";
    History = "history", page;
    Search = "search", page;
    Edit = "edit";
    Delete = "delete";
    SetReaction = "set_reaction";
    ListReactions = "list_reactions", page;
    ListThread = "list_thread", page;
    Typing = "typing";

    MarkRead = "mark_read";
    ListUnread = "list_unread", page;
    ListMentions = "list_mentions", page;
    SetCursor = "set_cursor";
    GetCursors = "get_cursors", page;
    RemoveCursor = "remove_cursor";

    BeginUpload = "begin_upload";
    WriteUpload = "write_upload", piece;
    GetUpload = "get_upload";
    FinishUpload = "finish_upload";
    CancelUpload = "cancel_upload";
    ListUploads = "list_uploads";
    ReadFile = "read_file", piece;
}

impl Verb {
    /// Whether the request attaches the connection to a session.
    pub(crate) fn signs_in(self) -> bool {
        self.traits().contains(&Trait::SignsIn)
    }

    /// Whether a password is to be looked at.
    pub(crate) fn needs_password_work(self) -> bool {
        self.traits().contains(&Trait::Password)
    }

    /// Whether somebody says who they are, which an address may do only so often.
    pub(crate) fn is_login(self) -> bool {
        self.needs_password_work() || (self.signs_in() && self != Self::Resume)
    }

    /// Whether the answer may fill a frame.
    pub(crate) fn is_page(self) -> bool {
        self.traits().contains(&Trait::Page)
    }

    /// Whether it carries a piece of a file, there or back.
    pub(crate) fn is_piece(self) -> bool {
        self.traits().contains(&Trait::Piece)
    }

    /// Where it stands among all.
    pub(crate) fn place(self) -> usize {
        Self::ALL.iter().position(|verb| *verb == self).unwrap_or_default()
    }
}
