//! Devices are not held by the core: they are looked up when somebody asks, also in the open
//! transaction.

use std::sync::Arc;

use parlor_proto::ids::{DeviceId, UserId};
use parlor_proto::limits::{DEVICE_ID_BYTES, PUBLIC_KEY_BYTES, SERVER_ID_BYTES};
use rusqlite::{OptionalExtension as _, Row};

use super::Store;
use super::columns::int;
use super::error::Result;
use crate::chat::{Device, PublicKey, Stamp};

macro_rules! select_devices {
    ($condition:literal) => {
        concat!(
            "SELECT id, public_key, name, created, last_used FROM device WHERE ",
            $condition,
            " ORDER BY created, id"
        )
    };
}

impl Store {
    /// What devices sign as the server.
    pub(crate) fn server_id(&self) -> Result<[u8; SERVER_ID_BYTES]> {
        let mut select = self.conn.prepare_cached("SELECT server_id FROM identity")?;
        Ok(select.query_row((), |row| row.get(0))?)
    }

    /// The devices of a user, the oldest first.
    pub(crate) fn devices(&self, user: UserId) -> Result<Vec<Device>> {
        let mut select = self.conn.prepare_cached(select_devices!("user = ?1"))?;
        let devices = select.query_map([int(user.0)?], device)?;
        Ok(devices.collect::<rusqlite::Result<_>>()?)
    }

    /// One device. Asked before anybody is known: the user is what a peer says.
    pub(crate) fn device(&self, user: UserId, id: DeviceId) -> Result<Option<Device>> {
        let Ok(user) = int(user.0) else { return Ok(None) };
        let mut select = self.conn.prepare_cached(select_devices!("user = ?1 AND id = ?2"))?;
        Ok(select.query_row((user, id.0), device).optional()?)
    }
}

fn device(row: &Row<'_>) -> rusqlite::Result<Device> {
    let id: [u8; DEVICE_ID_BYTES] = row.get(0)?;
    let public_key: [u8; PUBLIC_KEY_BYTES] = row.get(1)?;
    let name: Arc<str> = row.get(2)?;
    Ok(Device {
        id: DeviceId(id),
        public_key: PublicKey(public_key),
        name,
        created: Stamp(row.get(3)?),
        last_used: row.get::<_, Option<_>>(4)?.map(Stamp),
    })
}
