//! From frames to requests: the only validation.
