//! What can be asked about devices.

use std::sync::Arc;

use parlor_proto::ids::{DeviceId, UserId};
use parlor_proto::limits::{NONCE_BYTES, PUBLIC_KEY_BYTES, SIGNATURE_BYTES};

use super::SignIn;
use crate::chat::input::{FreshToken, Stamp, Verb};

#[derive(Clone, Debug)]
pub(crate) enum DeviceRequest {
    /// Opens a session without a password.
    Login {
        user: UserId,
        device: DeviceId,
        proof: Proof,
        sign_in: SignIn,
    },
    Add {
        device: DeviceId,
        public_key: PublicKey,
        name: Arc<str>,
        proof: Proof,
    },
    List,
    Rename {
        device: DeviceId,
        name: Arc<str>,
    },
    Remove {
        device: DeviceId,
    },
}

impl DeviceRequest {
    pub(super) fn verb(&self) -> Verb {
        match self {
            Self::Login { .. } => Verb::LoginWithDevice,
            Self::Add { .. } => Verb::AddDevice,
            Self::List => Verb::ListDevices,
            Self::Rename { .. } => Verb::RenameDevice,
            Self::Remove { .. } => Verb::RemoveDevice,
        }
    }
}

/// The key by which a device is known: Ed25519.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct PublicKey(pub [u8; PUBLIC_KEY_BYTES]);

/// What a device has signed on its connection. Whether it is right is looked up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Proof {
    pub(crate) signature: [u8; SIGNATURE_BYTES],
    /// Filled in by the shell; `None`: the connection's nonce has been used for this before.
    pub(crate) nonce: Option<[u8; NONCE_BYTES]>,
}

/// An installation of a client with a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Device {
    pub(crate) id: DeviceId,
    pub(crate) public_key: PublicKey,
    pub(crate) name: Arc<str>,
    pub(crate) created: Stamp,
    pub(crate) last_used: Option<Stamp>,
}

/// A device whose client has its key, and a token for the session that it opens.
#[derive(Clone, Debug)]
pub(crate) struct ProvenDevice {
    pub(crate) device: Device,
    pub(crate) token: FreshToken,
}
