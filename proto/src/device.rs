//! What a device signs, to the byte. Does no cryptography.
//!
//! A signature is worth nothing on another connection (nonce), at another server, for another
//! user or device, or for another purpose.

use crate::ids::{DeviceId, UserId};
use crate::limits::{NONCE_BYTES, SERVER_ID_BYTES};

/// What a signature is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// To open a session.
    Login,
    /// To become a device of an account.
    Add,
}

/// The connection on which something is signed, as the server has told it in hello.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    /// Of which server.
    pub server_id: [u8; SERVER_ID_BYTES],
    /// Of which connection.
    pub nonce: [u8; NONCE_BYTES],
}

impl Place {
    /// The bytes to sign (Ed25519, RFC 8032).
    #[must_use]
    pub fn statement(&self, purpose: Purpose, user: UserId, device: DeviceId) -> Vec<u8> {
        let domain: &[u8] = match purpose {
            Purpose::Login => b"parlor/1 device login\0",
            Purpose::Add => b"parlor/1 device add\0",
        };
        let user = user.0.to_be_bytes();
        [domain, &self.server_id, &self.nonce, &user, &device.0].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_says_what_for_where_who_and_with_what() {
        let place = Place { server_id: [1; SERVER_ID_BYTES], nonce: [2; NONCE_BYTES] };
        let login = place.statement(Purpose::Login, UserId(0x0304), DeviceId([5; 16]));
        let mut expect = b"parlor/1 device login\0".to_vec();
        expect.extend([1; 32]);
        expect.extend([2; 32]);
        expect.extend([0, 0, 0, 0, 0, 0, 3, 4]);
        expect.extend([5; 16]);
        assert_eq!(login, expect);
        let add = place.statement(Purpose::Add, UserId(0x0304), DeviceId([5; 16]));
        assert!(add.starts_with(b"parlor/1 device add\0\x01"));
    }
}
