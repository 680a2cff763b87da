//! The border between protobuf and the core, in two files: nothing of the one passes to the
//! other unchecked.

pub(crate) mod encode;
pub(crate) mod parse;
