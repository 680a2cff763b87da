//! The key of this installation, in a file of its own beside the token.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use data_encoding::BASE64URL_NOPAD;
use parlor_proto::client::DeviceKey;
use parlor_proto::ids::{DeviceId, UserId};
use parlor_proto::name::Name;
use serde::{Deserialize, Serialize};

use super::{Store, read, write};
use crate::failure::{Failure, Result};

/// A key as it is written down.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    /// Where; without pin or invite.
    server: String,
    server_id: String,
    user_id: u64,
    device_id: String,
    seed: String,
}

impl KeyFile {
    /// `None` if it is none.
    fn key(&self) -> Option<DeviceKey> {
        Some(DeviceKey::restore(
            bytes(&self.server_id)?,
            UserId(self.user_id),
            DeviceId(bytes(&self.device_id)?),
            bytes(&self.seed)?,
        ))
    }
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()
}

impl Store {
    /// The key that signs in at this server, if there is one.
    pub(crate) fn device_key(&self, name: &Name, server: &str) -> Result<Option<DeviceKey>> {
        let path = self.key_path(name);
        let Some(text) = read(&path)? else { return Ok(None) };
        // The message alone: the error itself would show the line, seed and all.
        let file: KeyFile =
            toml::from_str(&text).map_err(|error| Failure::file(&path, error.message()))?;
        let key = file.key().ok_or_else(|| Failure::file(&path, "not a device's key"))?;
        Ok(Some(key).filter(|_| file.server == server))
    }

    pub(crate) fn remember_device(
        &self,
        name: &Name,
        server: String,
        key: &DeviceKey,
    ) -> Result<()> {
        let path = self.key_path(name);
        let file = KeyFile {
            server,
            server_id: BASE64URL_NOPAD.encode(&key.server_id),
            user_id: key.user.0,
            device_id: BASE64URL_NOPAD.encode(&key.device.0),
            seed: BASE64URL_NOPAD.encode(key.expose_seed()),
        };
        let text = toml::to_string(&file).map_err(|error| Failure::file(&path, error))?;
        write(&path, &text)
    }

    pub(crate) fn forget_device(&self, name: &Name) -> Result<()> {
        let path = self.key_path(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Failure::file(&path, error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn key_path(&self, name: &Name) -> PathBuf {
        self.folder.join("profiles").join(format!("{name}.key"))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_comes_back_for_its_own_server_and_only_its_owner_can_read_it() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path().to_owned());
        let name = Name::parse("default").unwrap();
        let key = DeviceKey::restore([1; 32], UserId(7), DeviceId([2; 16]), [3; 32]);
        store.remember_device(&name, "parlor://a".into(), &key).unwrap();
        assert_eq!(store.device_key(&name, "parlor://a").unwrap(), Some(key));
        assert_eq!(store.device_key(&name, "parlor://b").unwrap(), None);
        let mode = fs::metadata(store.key_path(&name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        store.forget_device(&name).unwrap();
        store.forget_device(&name).unwrap();
        assert_eq!(store.device_key(&name, "parlor://a").unwrap(), None);
    }
}
