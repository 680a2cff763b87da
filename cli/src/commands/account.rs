//! One's own account: sessions, devices, password, status, name.

use std::time::Duration;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use parlor_proto::client::Client;
use parlor_proto::ids::SessionId;

use crate::args::account::{AccountCommand, DevicesAction, SessionsAction};
use crate::connect::{Context, Stay, account, visit};
use crate::failure::{Failure, Result};
use crate::out::Out;
use crate::password;
use crate::record::Record;
use crate::record::account::AccountRecord;
use crate::terminal;
use crate::when::When;

pub(super) async fn run(command: AccountCommand, context: &mut Context<'_>) -> Result<()> {
    let mut passwords = None;
    if let AccountCommand::Passwd { password_stdin } = command {
        let obtain = move || password::obtain_change(password_stdin);
        passwords = Some(terminal::wait(obtain).await?);
    }
    let client = context.resume(Stay::Visit).await?;
    let out = &mut *context.out;
    visit(client, async |client| match command {
        AccountCommand::Sessions { action } => sessions(client, out, action).await,
        AccountCommand::Devices { action } => devices(client, out, action).await,
        AccountCommand::Passwd { .. } => change_password(client, out, passwords).await,
        AccountCommand::Status { text, duration, .. } => {
            status(client, out, text.unwrap_or_default(), duration).await
        }
        AccountCommand::Profile { name } => {
            let user = client.set_profile(name).await?;
            let (user, display_name) = (user.user_name, user.display_name);
            show(out, AccountRecord::Profile { user, display_name })
        }
    })
    .await
}

fn show(out: &mut Out, record: AccountRecord) -> Result<()> {
    out.record(&Record::Own(record))
}

async fn sessions(client: &Client, out: &mut Out, action: Option<SessionsAction>) -> Result<()> {
    let Some(SessionsAction::End { session, .. }) = action else {
        for session in client.list_sessions().await? {
            show(out, AccountRecord::Session(session.into()))?;
        }
        return Ok(());
    };
    let ended = client.end_sessions(session.map(SessionId)).await?;
    show(out, AccountRecord::OwnSessionsEnded { ended })
}

async fn devices(client: &Client, out: &mut Out, action: Option<DevicesAction>) -> Result<()> {
    match action {
        Some(DevicesAction::Remove { device }) => {
            client.remove_device(device).await?;
            let device_id = HEXLOWER.encode(&device.0);
            return show(out, AccountRecord::DeviceRemoved { device_id });
        }
        Some(DevicesAction::Rename { device, name }) => client.rename_device(device, name).await?,
        None => {}
    }
    for device in client.list_devices().await? {
        show(out, AccountRecord::Device(device.into()))?;
    }
    Ok(())
}

async fn change_password(
    client: &Client,
    out: &mut Out,
    passwords: Option<(String, String)>,
) -> Result<()> {
    let (old, new) = passwords.ok_or_else(|| Failure::usage("no password came"))?;
    client.change_password(old, new).await?;
    let user = account(client)?.user.user_name;
    show(out, AccountRecord::PasswordChanged { user })
}

async fn status(
    client: &Client,
    out: &mut Out,
    text: String,
    duration: Option<Duration>,
) -> Result<()> {
    let in_future = |duration: Duration| {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Timestamp::now().as_millisecond().saturating_add(millis)
    };
    let expires = duration.map_or(0, in_future);
    client.set_status(text.clone(), expires).await?;
    show(out, AccountRecord::Status { text, expires_at: When::known(expires) })
}
