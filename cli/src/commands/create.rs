//! `create`: makes a room.

use parlor_proto::name::Name;

use super::join::show;
use crate::connect::{Context, Stay, visit};
use crate::failure::Result;

pub(super) async fn run(context: &mut Context<'_>, name: &Name, topic: String) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let create = async |client: &parlor_proto::client::Client| {
        Ok(client.create_room(name.as_str(), topic).await?)
    };
    let state = visit(client, create).await?;
    show(context, &state)
}
