//! From events and answers to bytes.
