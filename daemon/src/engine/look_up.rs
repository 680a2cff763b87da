//! What the core needs to know to decide and need not hold: looked up in the open transaction, and
//! handed in with the input.

use super::{collecting, devices, look_up_admin};
use crate::chat::{AccountRequest, Chat, Claim, Input, Now, Request};
use crate::store::{Store, StoreError};

/// Adds what the core needs to know and need not hold.
pub(super) fn look_up(
    store: &Store,
    chat: &Chat,
    now: Now,
    mut input: Input,
) -> Result<Input, StoreError> {
    if let Input::Asked { conn, request, .. } = &mut input {
        chat.resolve(*conn, request);
    }
    if let Input::Asked { conn, request, found, .. } = &mut input
        && let Some(known) = look_up_admin::look_up(store, chat, now, (*conn, request))?
    {
        *found = known;
    }
    if let Input::Asked {
        conn,
        request: Request::Account(AccountRequest::Device(wish)),
        found,
        ..
    } = &mut input
    {
        *found = devices::look_up(store, chat.user_of(*conn), wish)?;
    }
    if let Input::Asked { conn, request, found, .. } = &mut input
        && let Some(user) = chat.user_of(*conn)
    {
        match request {
            Request::Message(wish) => {
                // Of a room that one is not in nothing is read: it takes as long as of none.
                if wish.room().is_none_or(|room| chat.is_member(*conn, room)) {
                    *found = store.find_for_message(user, wish)?;
                }
            }
            Request::Reading(wish) => {
                let reading = |place| chat.reading(now, *conn, place);
                *found = store.find_for_reading(user, wish, reading)?;
            }
            Request::Account(_)
            | Request::Sync(_)
            | Request::Room(_)
            | Request::Admin(_)
            | Request::Webhook(_) => {}
            Request::File(wish) => *found = collecting::look_up(store, chat, *conn, wish)?,
        }
    }
    if let Input::Collect { found } = &mut input {
        *found = collecting::loose_files(store, chat, now)?;
    }
    if let Input::PasswordHashed { invite, .. } = &mut input
        && let Claim::Unchecked(hash) = *invite
    {
        *invite = store.invite(hash)?.map_or(Claim::Nothing, Claim::Known);
    }
    Ok(input)
}
