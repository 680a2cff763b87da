//! The key of this installation: opens sessions without a password, at one server, for one user.

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use zeroize::Zeroize as _;

use super::Error;
use crate::device::{Place, Purpose};
use crate::ids::{DeviceId, UserId};
use crate::limits::{DEVICE_ID_BYTES, NONCE_BYTES, PUBLIC_KEY_BYTES, SERVER_ID_BYTES};
use crate::v1;

/// The secret half of a key, as it is stored.
pub const SEED_BYTES: usize = 32;

/// A device and its Ed25519 key. Shown to nobody, wiped when dropped.
#[derive(Clone, Eq, PartialEq)]
pub struct DeviceKey {
    /// The server that knows it. It signs for no other.
    pub server_id: [u8; SERVER_ID_BYTES],
    /// Whose it is.
    pub user: UserId,
    /// What it is called.
    pub device: DeviceId,
    seed: [u8; SEED_BYTES],
}

impl DeviceKey {
    /// A new one for the server that has said this hello.
    ///
    /// # Errors
    ///
    /// If the server knows no devices, or there are no random numbers.
    pub fn generate(hello: &v1::HelloResponse, user: UserId) -> Result<Self, Error> {
        let (mut seed, mut device) = ([0; SEED_BYTES], DeviceId([0; DEVICE_ID_BYTES]));
        let drawn = getrandom::fill(&mut seed).and_then(|()| getrandom::fill(&mut device.0));
        drawn.map_err(|error| Error::Misuse(format!("no random numbers: {error}")))?;
        let key = Self { server_id: place(hello)?.server_id, user, device, seed };
        seed.zeroize();
        Ok(key)
    }

    /// One that was stored.
    #[must_use]
    pub fn restore(
        server_id: [u8; SERVER_ID_BYTES],
        user: UserId,
        device: DeviceId,
        seed: [u8; SEED_BYTES],
    ) -> Self {
        Self { server_id, user, device, seed }
    }

    /// The secret itself, to be stored where only its owner can read.
    #[must_use]
    pub fn expose_seed(&self) -> &[u8; SEED_BYTES] {
        &self.seed
    }

    /// What the server is told.
    ///
    /// # Errors
    ///
    /// If the seed is none.
    pub fn public_key(&self) -> Result<[u8; PUBLIC_KEY_BYTES], Error> {
        self.pair()?.public_key().as_ref().try_into().map_err(|_| unusable())
    }

    /// Signs on the connection that has said this hello.
    pub(super) fn sign(
        &self,
        purpose: Purpose,
        hello: &v1::HelloResponse,
    ) -> Result<Vec<u8>, Error> {
        let place = place(hello)?;
        if place.server_id != self.server_id {
            let why = "this is another server than the one that knows this device";
            return Err(Error::Misuse(why.to_owned()));
        }
        let statement = place.statement(purpose, self.user, self.device);
        Ok(self.pair()?.sign(&statement).as_ref().to_vec())
    }

    fn pair(&self) -> Result<Ed25519KeyPair, Error> {
        Ed25519KeyPair::from_seed_unchecked(&self.seed).map_err(|_| unusable())
    }
}

fn unusable() -> Error {
    Error::Misuse("the device's key cannot be used".to_owned())
}

fn place(hello: &v1::HelloResponse) -> Result<Place, Error> {
    let server_id: Option<[u8; SERVER_ID_BYTES]> = hello.server_id.as_ref().try_into().ok();
    let nonce: Option<[u8; NONCE_BYTES]> = hello.nonce.as_ref().try_into().ok();
    let place = server_id.zip(nonce).map(|(server_id, nonce)| Place { server_id, nonce });
    place.ok_or_else(|| Error::Protocol("the server knows no devices".to_owned()))
}

// Keys never reach a log.
impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceKey(of user {})", self.user)
    }
}

impl Drop for DeviceKey {
    fn drop(&mut self) {
        self.seed.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    // PROTOCOL.md tells the same numbers.
    #[test]
    fn the_test_vector_of_the_document_holds() {
        let key =
            DeviceKey::restore([0x11; 32], UserId(7), DeviceId([0x33; 16]), [0x44; SEED_BYTES]);
        let hello = v1::HelloResponse {
            server_id: vec![0x11; 32].into(),
            nonce: vec![0x22; 32].into(),
            ..Default::default()
        };
        let document = include_str!("../../PROTOCOL.md");
        let signature = key.sign(Purpose::Login, &hello).unwrap();
        for part in [&key.public_key().unwrap()[..], &signature[..32], &signature[32..]] {
            let hex = HEXLOWER.encode(part);
            assert!(document.contains(&hex), "{hex}");
        }
    }

    #[test]
    fn a_key_signs_for_its_own_server_only() {
        let hello = |id: u8| v1::HelloResponse {
            server_id: vec![id; 32].into(),
            nonce: vec![2; 32].into(),
            ..Default::default()
        };
        let key = DeviceKey::generate(&hello(1), UserId(7)).unwrap();
        assert!(key.sign(Purpose::Add, &hello(1)).is_ok());
        assert!(matches!(key.sign(Purpose::Add, &hello(2)), Err(Error::Misuse(_))));
        let old = v1::HelloResponse::default();
        assert!(matches!(key.sign(Purpose::Add, &old), Err(Error::Protocol(_))));
    }
}
