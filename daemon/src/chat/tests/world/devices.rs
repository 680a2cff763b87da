//! What the engine would look up about devices, and a simple kind of signature.

use parlor_proto::ids::UserId;

use super::World;
use super::script::secret;
use crate::chat::*;

impl World {
    pub(super) fn look_up_device(&self, asker: Option<UserId>, request: &DeviceRequest) -> Found {
        if let DeviceRequest::Login { user, device, proof, .. } = request {
            let found = self.store.devices.get(&(*user, *device));
            let found = found.filter(|device| is_signed_by(device.public_key, proof));
            let fresh = secret(&format!("token {}", self.serial));
            let token = FreshToken { secret: fresh.0, hash: fresh };
            let proven = |device: &Device| ProvenDevice { device: device.clone(), token };
            return found.map_or(Found::Nothing, |device| Found::Proven(Box::new(proven(device))));
        }
        let Some(user) = asker else { return Found::Nothing };
        let proven = matches!(request, DeviceRequest::Add { public_key, proof, .. }
                              if is_signed_by(*public_key, proof));
        let of_user = self.store.devices.iter().filter(|((of, _), _)| *of == user);
        Found::Devices { devices: of_user.map(|(_, device)| device.clone()).collect(), proven }
    }
}

/// What stands for a signature here.
fn is_signed_by(key: PublicKey, proof: &Proof) -> bool {
    proof.signature[0] == key.0[0]
}
