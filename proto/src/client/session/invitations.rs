//! Which invitations the user of the client has been told of, so that one which was accepted or
//! taken back while nobody was connected is told of too.

use std::collections::BTreeSet;

use crate::client::Event;
use crate::ids::RoomId;
use crate::v1::Invitation;

/// Those that hold, as far as is known.
#[derive(Debug, Default)]
pub(super) struct Invitations(BTreeSet<RoomId>);

impl Invitations {
    /// All that there are: what is to be told.
    pub(super) fn synced(&mut self, all: Vec<Invitation>) -> Vec<Event> {
        let now: BTreeSet<RoomId> = all.iter().filter_map(room).collect();
        let gone = self.0.difference(&now).copied().map(Event::Uninvited);
        let events = gone.chain(all.into_iter().map(Event::Invited)).collect();
        self.0 = now;
        events
    }

    pub(super) fn added(&mut self, invitation: Invitation) -> Event {
        self.0.extend(room(&invitation));
        Event::Invited(invitation)
    }

    pub(super) fn removed(&mut self, room: RoomId) -> Event {
        self.0.remove(&room);
        Event::Uninvited(room)
    }
}

fn room(invitation: &Invitation) -> Option<RoomId> {
    invitation.room.as_ref().map(|room| RoomId(room.room_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1;

    fn to(room_id: u64) -> Invitation {
        let room = Some(v1::Room { room_id, ..Default::default() });
        Invitation { room, ..Default::default() }
    }

    #[test]
    fn what_went_while_nobody_was_connected_is_told() {
        let mut known = Invitations::default();
        assert_eq!(known.added(to(1)), Event::Invited(to(1)));
        assert_eq!(known.added(to(2)), Event::Invited(to(2)));
        assert_eq!(known.removed(RoomId(2)), Event::Uninvited(RoomId(2)));
        let told = known.synced(vec![to(3)]);
        assert_eq!(told, [Event::Uninvited(RoomId(1)), Event::Invited(to(3))]);
        assert_eq!(known.synced(vec![]), [Event::Uninvited(RoomId(3))]);
        assert_eq!(known.synced(vec![]), []);
    }
}
