//! What an operator may turn, as the core sees it.

use std::time::Duration;

use parlor_proto::limits;

use super::input::Moment;

/// Rooms of one answer that tells what is unread: they fit a frame.
pub(crate) const UNREAD_ROOMS_MAX: usize = 64;

const NANOS_PER_MILLI: u64 = 1_000_000;

/// The numbers that the core decides by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rules {
    pub(crate) registration: Registration,
    /// A connection that was not heard from for so long is no sign of presence.
    pub(crate) keep_alive_timeout: Duration,
    pub(crate) session_timeout: Duration,
    pub(crate) session_timeout_min: Duration,
    pub(crate) session_timeout_max: Duration,
    /// Changes of one user's presence are told this far apart, the first one at once.
    pub(crate) presence_interval: Duration,
    pub(crate) connections_per_session_max: usize,
    /// Accounts, those of bots too.
    pub(crate) users_max: usize,
    /// One more, and one ends: without a connection, else heard from longest ago.
    pub(crate) sessions_per_user_max: usize,
    pub(crate) devices_per_user_max: usize,
    pub(crate) rooms_per_user_max: usize,
    pub(crate) members_per_room_max: u32,
    /// Messages of one user; `None`: no limit.
    pub(crate) sends: Option<Rate>,
    /// Edits, deletions and reactions of one user; `None`: no limit.
    pub(crate) message_changes: Option<Rate>,
    /// KiB of text that one user sends; `None`: no limit.
    pub(crate) sent_kib: Option<Rate>,
    /// Pages of history that one user reads; `None`: no limit.
    pub(crate) pages: Option<Rate>,
    /// Markers and cursors that one user sets; `None`: no limit.
    pub(crate) marks: Option<Rate>,
    /// Rooms that one user makes; `None`: no limit.
    pub(crate) rooms_created: Option<Rate>,
    /// Searches of one user; `None`: no limit.
    pub(crate) searches: Option<Rate>,
    /// Whether there is an index to search in.
    pub(crate) has_index: bool,
    /// Rooms that one user joins, people they invite, lists they ask for, and how often they go
    /// live; `None`: no limit.
    pub(crate) joins: Option<Rate>,
    pub(crate) invitations: Option<Rate>,
    /// Changes of rooms, and of the places of people in them, that one user makes; `None`: no
    /// limit.
    pub(crate) room_changes: Option<Rate>,
    pub(crate) lists: Option<Rate>,
    pub(crate) syncs: Option<Rate>,
    /// Invitations that wait for an answer.
    pub(crate) invitations_per_room_max: usize,
    pub(crate) invitations_per_user_max: usize,
    pub(crate) bans_per_room_max: usize,
    pub(crate) directs_per_user_max: usize,
    /// Changes of one's own account: name for display, status, devices; `None`: no limit.
    pub(crate) account_changes: Option<Rate>,
    /// Wrong passwords for one name.
    pub(crate) wrong_passwords: Rate,
    /// Passwords being hashed or waiting for it.
    pub(crate) passwords_pending_max: usize,
    pub(crate) catch_up_events_max: u64,
    /// How long events are kept; `None`: for ever.
    pub(crate) retention: Option<Duration>,
    pub(crate) invites_by: InvitesBy,
    /// Good invites of one user.
    pub(crate) invites_per_user_max: u32,
    /// Invites that one user makes; `None`: no limit.
    pub(crate) invites_made: Option<Rate>,
    pub(crate) bots_per_user_max: u32,
    pub(crate) tokens_per_bot_max: u32,
    /// Bots and tokens that one user makes; `None`: no limit.
    pub(crate) bots_made: Option<Rate>,
    pub(crate) webhooks_per_room_max: u32,
    /// Messages of one webhook; `None`: no limit.
    pub(crate) webhook_sends: Option<Rate>,
    /// Older entries of the audit log may go.
    pub(crate) audit_keep: Duration,
    pub(crate) file_bytes_max: u64,
    /// What the files of one user, and of all, may take.
    pub(crate) files_per_user_bytes_max: u64,
    pub(crate) files_bytes_max: u64,
    /// Uploads that are not finished.
    pub(crate) uploads_per_user_max: usize,
    pub(crate) uploads_max: usize,
    /// Files that are in no message, and uploads of which nothing is heard, go after this long.
    pub(crate) unsent_files_keep: Duration,
    /// How often one user begins, asks after and ends uploads; `None`: no limit.
    pub(crate) uploads: Option<Rate>,
    /// KiB of files that one user sends and reads; `None`: no limit.
    pub(crate) upload_kib: Option<Rate>,
    pub(crate) download_kib: Option<Rate>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            registration: Registration::Open,
            keep_alive_timeout: limits::SESSION_TIMEOUT,
            session_timeout: limits::SESSION_TIMEOUT,
            session_timeout_min: Duration::from_secs(10),
            session_timeout_max: Duration::from_secs(24 * 60 * 60),
            presence_interval: Duration::from_secs(5),
            connections_per_session_max: 8,
            users_max: 50_000,
            sessions_per_user_max: 10,
            devices_per_user_max: 20,
            rooms_per_user_max: 200,
            members_per_room_max: 2_000,
            sends: Some(Rate { burst: 20, interval: Duration::from_millis(200) }),
            message_changes: Some(Rate { burst: 40, interval: Duration::from_millis(100) }),
            sent_kib: Some(Rate { burst: 128, interval: Duration::from_micros(62_500) }),
            pages: Some(Rate { burst: 20, interval: Duration::from_millis(200) }),
            marks: Some(Rate { burst: 200, interval: Duration::from_millis(50) }),
            rooms_created: Some(Rate { burst: 10, interval: Duration::from_secs(60) }),
            searches: Some(Rate { burst: 5, interval: Duration::from_secs(2) }),
            has_index: true,
            joins: Some(Rate { burst: 10, interval: Duration::from_secs(5) }),
            invitations: Some(Rate { burst: 10, interval: Duration::from_secs(60) }),
            room_changes: Some(Rate { burst: 60, interval: Duration::from_millis(500) }),
            lists: Some(Rate { burst: 100, interval: Duration::from_millis(100) }),
            syncs: Some(Rate { burst: 60, interval: Duration::from_millis(500) }),
            invitations_per_room_max: 200,
            invitations_per_user_max: limits::INVITATIONS_MAX,
            bans_per_room_max: 1_000,
            directs_per_user_max: 1_000,
            account_changes: Some(Rate { burst: 10, interval: Duration::from_secs(6) }),
            wrong_passwords: Rate { burst: 5, interval: Duration::from_secs(60) },
            passwords_pending_max: 64,
            catch_up_events_max: limits::CATCH_UP_EVENTS_MAX,
            retention: None,
            invites_by: InvitesBy::Users,
            invites_per_user_max: 100,
            invites_made: Some(Rate { burst: 10, interval: Duration::from_mins(1) }),
            bots_per_user_max: 10,
            tokens_per_bot_max: 10,
            bots_made: Some(Rate { burst: 10, interval: Duration::from_mins(1) }),
            webhooks_per_room_max: limits::WEBHOOKS_MAX,
            webhook_sends: Some(Rate { burst: 30, interval: Duration::from_secs(1) }),
            audit_keep: Duration::from_hours(365 * 24),
            file_bytes_max: 256 << 20,
            files_per_user_bytes_max: 1 << 30,
            files_bytes_max: 20 << 30,
            uploads_per_user_max: 8,
            uploads_max: 1_000,
            unsent_files_keep: Duration::from_hours(24),
            uploads: Some(Rate { burst: 60, interval: Duration::from_millis(500) }),
            upload_kib: Some(Rate { burst: 4_096, interval: Duration::from_nanos(61_035) }),
            download_kib: Some(Rate { burst: 4_096, interval: Duration::from_nanos(30_517) }),
        }
    }
}

/// Who may register.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Registration {
    Open,
    Invite,
    Closed,
}

/// Who may make invites.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum InvitesBy {
    Users,
    Admins,
}

/// What users do at a limited rate.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Limited {
    Send,
    /// By KiB.
    SendText,
    Page,
    CreateRoom,
    Search,
    /// Edits, deletions, reactions.
    ChangeMessage,
    CreateInvite,
    CreateBot,
    /// Read markers, cursors.
    Mark,
    Join,
    Invite,
    /// Names, topics, rules, roles, bans, preferences.
    ChangeRoom,
    List,
    Sync,
    ChangeAccount,
    WebhookSend,
    /// Beginnings, questions, ends.
    Upload,
    /// By KiB.
    UploadBytes,
    DownloadBytes,
}

impl Rules {
    pub(crate) fn rate(&self, limited: Limited) -> Option<Rate> {
        match limited {
            Limited::Send => self.sends,
            Limited::SendText => self.sent_kib,
            Limited::Page => self.pages,
            Limited::CreateRoom => self.rooms_created,
            Limited::Search => self.searches,
            Limited::ChangeMessage => self.message_changes,
            Limited::CreateInvite => self.invites_made,
            Limited::CreateBot => self.bots_made,
            Limited::Mark => self.marks,
            Limited::Join => self.joins,
            Limited::Invite => self.invitations,
            Limited::ChangeRoom => self.room_changes,
            Limited::List => self.lists,
            Limited::Sync => self.syncs,
            Limited::ChangeAccount => self.account_changes,
            Limited::WebhookSend => self.webhook_sends,
            Limited::Upload => self.uploads,
            Limited::UploadBytes => self.upload_kib,
            Limited::DownloadBytes => self.download_kib,
        }
    }
}

/// What a text counts as: the KiB that it takes, one at least.
pub(crate) fn kib(text: &str) -> u32 {
    kib_of(text.len())
}

/// The same of so many bytes.
pub(crate) fn kib_of(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX).max(1)
}

/// So many at once, then one per interval.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Rate {
    pub(crate) burst: u32,
    pub(crate) interval: Duration,
}

/// A token bucket (GCRA): remembers only when it will be full again.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Bucket {
    /// In nanoseconds: KiB come faster than milliseconds.
    full_at: u64,
}

impl Bucket {
    /// Takes several, or none.
    ///
    /// # Errors
    ///
    /// How long to wait until there are so many.
    pub(crate) fn take_many(
        &mut self,
        now: Moment,
        rate: Rate,
        count: u32,
    ) -> Result<(), Duration> {
        self.check_many(now, rate, count)?;
        self.full_at = self.after(now, rate, count);
        Ok(())
    }

    /// Whether so many could be taken.
    ///
    /// # Errors
    ///
    /// How long to wait until there are so many, in whole milliseconds.
    pub(crate) fn check_many(&self, now: Moment, rate: Rate, count: u32) -> Result<(), Duration> {
        let after = self.after(now, rate, count).saturating_sub(nanos_at(now));
        let wait = after.saturating_sub(nanos(rate.interval * rate.burst));
        match wait.div_ceil(NANOS_PER_MILLI) {
            0 => Ok(()),
            millis => Err(Duration::from_millis(millis)),
        }
    }

    pub(crate) fn is_full(&self, now: Moment) -> bool {
        self.full_at <= nanos_at(now)
    }

    fn after(self, now: Moment, rate: Rate, count: u32) -> u64 {
        self.full_at.max(nanos_at(now)).saturating_add(nanos(rate.interval * count))
    }
}

fn nanos_at(moment: Moment) -> u64 {
    moment.0.saturating_mul(NANOS_PER_MILLI)
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_one_per_interval() {
        let rate = Rate { burst: 3, interval: Duration::from_millis(200) };
        let mut bucket = Bucket::default();
        let at = Moment(1_000);
        for _ in 0..3 {
            assert_eq!(bucket.take_many(at, rate, 1), Ok(()));
        }
        assert_eq!(bucket.take_many(at, rate, 1), Err(Duration::from_millis(200)));
        assert_eq!(bucket.take_many(Moment(1_199), rate, 1), Err(Duration::from_millis(1)));
        assert_eq!(bucket.take_many(Moment(1_200), rate, 1), Ok(()));
        assert_eq!(bucket.take_many(Moment(1_200), rate, 1), Err(Duration::from_millis(200)));
        assert!(!bucket.is_full(Moment(1_799)));
        assert!(bucket.is_full(Moment(1_800)));
    }

    #[test]
    fn a_bucket_counts_what_comes_faster_than_milliseconds() {
        let rate = Rate { burst: 100, interval: Duration::from_micros(10) };
        let mut bucket = Bucket::default();
        for _ in 0..100 {
            assert_eq!(bucket.take_many(Moment(5), rate, 1), Ok(()));
        }
        assert_eq!(bucket.take_many(Moment(5), rate, 1), Err(Duration::from_millis(1)));
        assert_eq!(bucket.take_many(Moment(6), rate, 100), Ok(()));
        assert_eq!(bucket.take_many(Moment(6), rate, 150), Err(Duration::from_millis(2)));
    }
}
