//! Rooms by name. Those of public rooms are all different. A private room may be called like any
//! other, so that nobody learns of it by trying names.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::name::Name;

use super::{Room, Rooms};
use crate::chat::effects::{RoomPlace, Visibility};
use crate::chat::ledger::Ledger;

const FIRST: RoomId = RoomId(0);
const LAST: RoomId = RoomId(u64::MAX);

/// All rooms that have a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Names {
    public: Ledger<RoomPlace, ()>,
    private: Ledger<RoomPlace, ()>,
}

impl Rooms {
    /// The public room of this name.
    pub(in crate::chat) fn public(&self, name: &Name) -> Option<RoomId> {
        self.names.public.range(all_named(name)).map(|((_, id), ())| *id).next()
    }

    /// Rooms of this name that somebody is in, and those that they are invited to.
    pub(in crate::chat) fn own_named(
        &self,
        user: UserId,
        name: &Name,
    ) -> (Option<RoomId>, Option<RoomId>) {
        let is_named =
            |room: &RoomId| self.get(*room).is_some_and(|r| r.name.as_ref() == Some(name));
        (self.of_user(user).find(is_named), self.invited_to(user).find(is_named))
    }

    /// The first private room of this name.
    pub(in crate::chat) fn private(&self, name: &Name) -> Option<RoomId> {
        self.names.private.range(all_named(name)).map(|((_, id), ())| *id).next()
    }

    /// After a place, in order of names: the public rooms, and of the private ones those that
    /// somebody is in or invited to; or all.
    pub(in crate::chat) fn following<'a>(
        &'a self,
        (user, all): (UserId, bool),
        after: &'a RoomPlace,
    ) -> impl Iterator<Item = RoomPlace> {
        let mut public = self.names.public.after(after).map(|(place, ())| place.clone()).peekable();
        let mut private = self.private_following((user, all), after).peekable();
        std::iter::from_fn(move || match (public.peek(), private.peek()) {
            (Some(one), Some(other)) if one < other => public.next(),
            (Some(_), None) => public.next(),
            _ => private.next(),
        })
    }

    fn private_following<'a>(
        &'a self,
        (user, all): (UserId, bool),
        after: &'a RoomPlace,
    ) -> Box<dyn Iterator<Item = RoomPlace> + 'a> {
        if all {
            return Box::new(self.names.private.after(after).map(|(place, ())| place.clone()));
        }
        let own = self.of_user(user).chain(self.invited_to(user));
        let own = own.filter_map(|id| {
            let room = self.get(id).filter(|room| room.rules.visibility == Visibility::Private)?;
            Some(place(room.name.as_ref()?, id))
        });
        let mut own: Vec<RoomPlace> = own.filter(|place| place > after).collect();
        own.sort_unstable();
        own.dedup();
        Box::new(own.into_iter())
    }
}

impl Names {
    pub(super) fn add(&mut self, id: RoomId, room: &Room) {
        if let Some(name) = &room.name {
            self.of(room.rules.visibility).insert(place(name, id), ());
        }
    }

    pub(super) fn remove(&mut self, id: RoomId, room: &Room) {
        if let Some(name) = &room.name {
            self.of(room.rules.visibility).remove(&place(name, id));
        }
    }

    pub(super) fn keep(&mut self) {
        self.public.keep();
        self.private.keep();
    }

    pub(super) fn undo(&mut self) {
        self.public.undo();
        self.private.undo();
    }

    fn of(&mut self, visibility: Visibility) -> &mut Ledger<RoomPlace, ()> {
        match visibility {
            Visibility::Public => &mut self.public,
            Visibility::Private => &mut self.private,
        }
    }
}

fn place(name: &Name, id: RoomId) -> RoomPlace {
    (name.as_str().into(), id)
}

fn all_named(name: &Name) -> std::ops::RangeInclusive<RoomPlace> {
    let name: Arc<str> = name.as_str().into();
    (Arc::clone(&name), FIRST)..=(name, LAST)
}
