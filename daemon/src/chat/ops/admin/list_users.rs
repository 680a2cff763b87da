//! All accounts, by name.

use super::account_facts;
use crate::chat::effects::{AdminAnswer, Answer};
use crate::chat::state::State;

pub(super) fn run(state: &State, after: &str, rows: u32) -> Answer {
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    let mut ids = state.users.after(after).map(|(id, _)| id);
    let page: Vec<_> = ids.by_ref().take(rows).collect();
    let more = ids.next().is_some();
    let users = page.into_iter().filter_map(|id| account_facts(state, id)).collect();
    Answer::Admin(AdminAnswer::Users { users, more })
}
