//! The messages of `parlor.v1`, generated from `schema/parlor/v1`.
//!
//! Each message and field is documented in the schema and in `PROTOCOL.md`.
#![expect(missing_docs, reason = "generated code: the schema documents it")]

include!(concat!(env!("OUT_DIR"), "/parlor.v1.rs"));
