//! The chat server as a pure state machine: an input goes in, effects come out.
//!
//! Nothing in this folder blocks, fails, reads a clock, draws a random number or knows that
//! there is a network.

mod effects;
mod input;
mod snapshot;

pub(crate) use self::effects::*;
pub(crate) use self::input::*;
pub(crate) use self::snapshot::*;
