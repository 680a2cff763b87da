//! Identifiers: small newtypes, so that a room is never taken for a user.

use std::fmt;

use crate::limits::{CLIENT_MESSAGE_ID_BYTES, DEVICE_ID_BYTES, FILE_HASH_BYTES};

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident($inner:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

numbers! {
    /// An account. Given out from 1; 0 names nobody.
    UserId(u64);
    /// A room. Given out from 1, below 2^27; 0 names no room.
    RoomId(u64);
    /// One authenticated presence of a user.
    SessionId(u64);
    /// An event's number in its room: 1, 2, 3 and so on without a gap; 0 is before the first.
    Seq(u64);
    /// A request on one connection; 0 marks a push, or that no answer is wanted.
    RequestId(u32);
    /// A file. Given out from 1; never given out twice.
    FileId(u64);
    /// An upload that is not finished. Given out from 1; never given out twice.
    UploadId(u64);
    /// Changes whenever stored history may have gone backwards.
    Epoch(u64);
}

impl Seq {
    /// The number after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The number before this one; 0 stays 0.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

/// The sender's own name for a message: 16 bytes, unique per room and user.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ClientMessageId(pub [u8; CLIENT_MESSAGE_ID_BYTES]);

impl TryFrom<&[u8]> for ClientMessageId {
    type Error = std::array::TryFromSliceError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        bytes.try_into().map(Self)
    }
}

/// An installation of a client, as it calls itself: 16 bytes, unique per user.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct DeviceId(pub [u8; DEVICE_ID_BYTES]);

impl TryFrom<&[u8]> for DeviceId {
    type Error = std::array::TryFromSliceError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        bytes.try_into().map(Self)
    }
}

/// What a file is known by: the SHA-256 of its content.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FileHash(pub [u8; FILE_HASH_BYTES]);

impl TryFrom<&[u8]> for FileHash {
    type Error = std::array::TryFromSliceError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        bytes.try_into().map(Self)
    }
}
