//! The door for benches: parts of the daemon that are private, each on a world made for it.
//! Takes no time itself, and is in no daemon that runs: only benches ask for its feature.

mod core;
mod log;

use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::name::Name;

pub use self::core::Core;
pub use self::log::{Batch, Log};
pub use crate::conn::bench::{Crowd, SealedCrowd};

/// What people say: some twenty words.
const TEXT: &str = "the quick brown fox jumps over the lazy dog, and the dog, being as lazy as \
                    it is said to be, lets it";

/// Who speaks.
const ANN: UserId = UserId(1);

const LOBBY: RoomId = RoomId(1);

fn name(of: &str, number: u64) -> Name {
    #[expect(clippy::expect_used, reason = "a bench that cannot go on should stop")]
    Name::parse(&format!("{of}-{number}")).expect("a good name")
}
