//! `create`: makes a room.

use parlor_proto::name::Name;
use parlor_proto::v1::CreateRoomRequest;

use super::join::show;
use crate::args::place::RulesArgs;
use crate::connect::{Context, Stay, visit};
use crate::failure::Result;

pub(super) async fn run(
    context: &mut Context<'_>,
    name: &Name,
    topic: String,
    rules: &RulesArgs,
) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let create = async |client: &parlor_proto::client::Client| {
        let (name, rules) = (name.to_string(), rules.over(None));
        Ok(client.create_room_with(CreateRoomRequest { name, topic, rules }).await?)
    };
    let state = visit(client, create).await?;
    show(context, &state)
}
