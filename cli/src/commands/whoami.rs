//! `whoami`: who is signed in, as the server sees it.

use super::login;
use crate::connect::{Context, Stay, account, visit};
use crate::failure::Result;

pub(super) async fn run(context: &mut Context<'_>) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let account = visit(client, async |client| account(client)).await?;
    let record = login::record(&context.config, account)?;
    context.out.record(&record)
}
