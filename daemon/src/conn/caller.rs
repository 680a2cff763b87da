//! What a connection's client has said of itself in its hello, and the nonce that it was told:
//! added to its requests, since the core knows nothing of a connection that it does not need.

use std::net::IpAddr;

use parlor_proto::limits::NONCE_BYTES;
use parlor_proto::v1;

use crate::chat::{AccountRequest, Client, DeviceRequest, Request};

#[derive(Debug)]
pub(super) struct Caller {
    client: Client,
    nonce: [u8; NONCE_BYTES],
    /// The nonce is good for one signature of each kind.
    has_tried_to_sign_in: bool,
    has_tried_to_add: bool,
}

impl Caller {
    pub(super) fn new(hello: &v1::HelloRequest) -> Self {
        let mut nonce = [0; NONCE_BYTES];
        #[expect(
            clippy::expect_used,
            reason = "without random numbers a signature proves nothing"
        )]
        getrandom::fill(&mut nonce).expect("the operating system gives random bytes");
        Self {
            client: Client {
                name: hello.client_name.as_str().into(),
                version: hello.client_version.as_str().into(),
            },
            nonce,
            has_tried_to_sign_in: false,
            has_tried_to_add: false,
        }
    }

    pub(super) fn nonce(&self) -> [u8; NONCE_BYTES] {
        self.nonce
    }

    /// Adds what the core is to know of the connection.
    pub(super) fn complete(&mut self, address: IpAddr, request: &mut Request) {
        if let Some(sign_in) = request.sign_in_mut() {
            sign_in.address = Some(address);
            sign_in.client = self.client.clone();
        }
        let Request::Account(AccountRequest::Device(request)) = request else { return };
        let (proof, was_used) = match request.as_mut() {
            DeviceRequest::Login { proof, .. } => (proof, &mut self.has_tried_to_sign_in),
            DeviceRequest::Add { proof, .. } => (proof, &mut self.has_tried_to_add),
            DeviceRequest::List | DeviceRequest::Rename { .. } | DeviceRequest::Remove { .. } => {
                return;
            }
        };
        proof.nonce = (!std::mem::replace(was_used, true)).then_some(self.nonce);
    }
}
