//! The only disk.
