//! Who is behind a number or a name.

use parlor_proto::ids::UserId;
use parlor_proto::name::Name;

use crate::chat::effects::{AccountAnswer, Answer};
use crate::chat::state::State;

pub(super) fn run(state: &State, ids: &[UserId], name: Option<&Name>) -> Answer {
    let named = name.and_then(|name| state.users.named(name));
    let wanted = ids.iter().copied().chain(named);
    Answer::Account(AccountAnswer::Users(wanted.filter_map(|id| state.users.facts(id)).collect()))
}
