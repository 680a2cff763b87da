//! `bot`: accounts for programs.

use parlor_proto::ids::UserId;
use parlor_proto::v1;

use super::{find, show};
use crate::args::admin::Bot;
use crate::connect::{Context, Stay, visit};
use crate::failure::Result;
use crate::record::admin::{BotAccount, ServerRecord};

pub(super) async fn run(command: Bot, context: &mut Context<'_>) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let out = &mut *context.out;
    visit(client, async |client| match command {
        Bot::Create { name, display_name, token } => {
            show(out, made(client.create_bot(name.as_str(), display_name, token).await?))
        }
        Bot::List => {
            let mut after = UserId(0);
            loop {
                let page = client.list_bots(after).await?;
                let last =
                    page.bots.last().and_then(|bot| bot.user.as_ref()).map(|bot| bot.user_id);
                for bot in page.bots {
                    show(out, ServerRecord::Bot(BotAccount::new(bot)))?;
                }
                match last.map(UserId).filter(|last| page.more && *last != after) {
                    Some(last) => after = last,
                    None => return Ok(()),
                }
            }
        }
        Bot::Token { bot, name } => {
            let bot = find(client, &bot).await?;
            show(out, made(client.create_api_token(bot, name).await?))
        }
        Bot::Revoke { token } => {
            client.revoke_api_token(token).await?;
            show(out, ServerRecord::ApiTokenRevoked { token_id: token })
        }
    })
    .await
}

fn made(answer: v1::ApiTokenResponse) -> ServerRecord {
    let v1::ApiTokenResponse { bot, token, secret } = answer;
    let (bot, token) = (bot.unwrap_or_default(), token.unwrap_or_default());
    ServerRecord::ApiTokenCreated {
        bot: bot.user_name,
        bot_id: bot.user_id,
        token_id: token.token_id,
        name: token.name,
        secret,
    }
}
