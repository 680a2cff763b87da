//! How many people there are, and who is in which room. Knows no server.

/// Who is in which room: publishers first, each in rooms of their own as far as there are
/// enough, then everybody else, each in one room.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) rooms: u32,
    /// Of each room, its publishers included.
    pub(crate) members: u32,
    pub(crate) publishers: u32,
}

impl Shape {
    /// Everybody.
    pub(crate) fn people(self) -> u32 {
        (0..self.rooms).map(|room| self.listeners(room)).sum::<u32>() + self.publishers
    }

    /// Rooms of a person.
    pub(crate) fn rooms_of(self, person: u32) -> Vec<u32> {
        if person < self.publishers {
            let own = (person..self.rooms).step_by(self.publishers.try_into().unwrap_or(1));
            let own: Vec<u32> = own.collect();
            return if own.is_empty() { vec![person % self.rooms] } else { own };
        }
        let mut number = person - self.publishers;
        for room in 0..self.rooms {
            let listeners = self.listeners(room);
            if number < listeners {
                return vec![room];
            }
            number -= listeners;
        }
        Vec::new()
    }

    fn listeners(self, room: u32) -> u32 {
        let publishers = if self.publishers <= self.rooms {
            1
        } else {
            (room..self.publishers).step_by(self.rooms.try_into().unwrap_or(1)).count()
        };
        self.members.saturating_sub(u32::try_from(publishers).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rooms: u32, members: u32, publishers: u32, people: u32) {
        let shape = Shape { rooms, members, publishers };
        assert_eq!(shape.people(), people);
        let mut count = vec![0; usize::try_from(rooms).unwrap()];
        for person in 0..people {
            let own = shape.rooms_of(person);
            assert!(!own.is_empty(), "{person} is nowhere");
            own.iter().for_each(|&room| count[usize::try_from(room).unwrap()] += 1);
        }
        assert!(count.iter().all(|&count| count == members), "{count:?}");
    }

    #[test]
    fn every_room_has_its_members() {
        check(1, 100, 1, 100);
        check(200, 10, 20, 1820);
        check(7, 3, 3, 17);
        check(2, 10, 5, 20);
    }
}
