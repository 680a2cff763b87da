//! Looks a device up, and whether it has really signed what its client says.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use parlor_proto::device::{Place, Purpose};
use parlor_proto::ids::{DeviceId, UserId};
use parlor_proto::limits::{PUBLIC_KEY_BYTES, SERVER_ID_BYTES};

use super::secrets::fresh_token;
use crate::chat::{DeviceRequest, Found, Proof, ProvenDevice, PublicKey};
use crate::store::{Store, StoreError};

/// A key of nobody: a signature is compared with it where there is no device, so that the time
/// tells nothing. It is the first test vector of RFC 8032.
const NOBODY: PublicKey = PublicKey([
    0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a,
    0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
]);

const _: () = assert!(NOBODY.0.len() == PUBLIC_KEY_BYTES, "an Ed25519 key");

/// What the core needs to know for a request about devices, and need not hold.
pub(super) fn look_up(
    store: &Store,
    asker: Option<UserId>,
    request: &DeviceRequest,
) -> Result<Found, StoreError> {
    let server_id = store.server_id()?;
    if let DeviceRequest::Login { user, device, proof, .. } = request {
        let found = store.device(*user, *device)?;
        let key = found.as_ref().map_or(NOBODY, |device| device.public_key);
        let signed = (server_id, *user, *device);
        let is_right = has_signed(key, Purpose::Login, proof, signed);
        return Ok(match found.filter(|_| is_right) {
            Some(device) => Found::Proven(Box::new(ProvenDevice { device, token: fresh_token() })),
            None => Found::Nothing,
        });
    }
    let Some(user) = asker else { return Ok(Found::Nothing) };
    let proven = match request {
        // Who is known learns nothing by the time: a second try costs nothing.
        DeviceRequest::Add { device, public_key, proof, .. } => {
            proof.nonce.is_some()
                && has_signed(*public_key, Purpose::Add, proof, (server_id, user, *device))
        }
        DeviceRequest::Login { .. }
        | DeviceRequest::List
        | DeviceRequest::Rename { .. }
        | DeviceRequest::Remove { .. } => false,
    };
    Ok(Found::Devices { devices: store.devices(user)?, proven })
}

fn has_signed(
    key: PublicKey,
    purpose: Purpose,
    Proof { signature, nonce }: &Proof,
    (server_id, user, device): ([u8; SERVER_ID_BYTES], UserId, DeviceId),
) -> bool {
    // Whoever comes without a nonce waits as long as the others.
    let place = Place { server_id, nonce: nonce.unwrap_or_default() };
    let statement = place.statement(purpose, user, device);
    let is_right = UnparsedPublicKey::new(&ED25519, key.0).verify(&statement, signature).is_ok();
    is_right && nonce.is_some()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};

    use super::*;

    const SERVER: [u8; SERVER_ID_BYTES] = [1; SERVER_ID_BYTES];
    const USER: UserId = UserId(7);
    const DEVICE: DeviceId = DeviceId([5; 16]);

    #[test]
    fn a_signature_is_good_for_what_was_signed_and_for_nothing_else() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[3; 32]).unwrap();
        let key = PublicKey(pair.public_key().as_ref().try_into().unwrap());
        let place = Place { server_id: SERVER, nonce: [2; 32] };
        let statement = place.statement(Purpose::Login, USER, DEVICE);
        let signature = pair.sign(&statement).as_ref().try_into().unwrap();
        let check = |key, purpose, nonce, signed| {
            has_signed(key, purpose, &Proof { signature, nonce }, signed)
        };
        let nonce = Some([2; 32]);
        assert!(check(key, Purpose::Login, nonce, (SERVER, USER, DEVICE)));
        assert!(!check(key, Purpose::Add, nonce, (SERVER, USER, DEVICE)));
        assert!(!check(key, Purpose::Login, Some([9; 32]), (SERVER, USER, DEVICE)));
        assert!(!check(key, Purpose::Login, None, (SERVER, USER, DEVICE)));
        assert!(!check(key, Purpose::Login, nonce, ([9; 32], USER, DEVICE)));
        assert!(!check(key, Purpose::Login, nonce, (SERVER, UserId(8), DEVICE)));
        assert!(!check(key, Purpose::Login, nonce, (SERVER, USER, DeviceId([9; 16]))));
        assert!(!check(NOBODY, Purpose::Login, nonce, (SERVER, USER, DEVICE)));
    }

    #[test]
    fn a_signature_of_zeros_with_no_nonce_is_none() {
        let proof = Proof { signature: [0; 64], nonce: None };
        for key in [NOBODY, PublicKey([0; 32]), PublicKey([0xff; 32])] {
            assert!(!has_signed(key, Purpose::Add, &proof, (SERVER, USER, DEVICE)));
        }
    }
}
