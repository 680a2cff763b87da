//! Parlor as a whole: real processes, real TLS, real disks. One module per subject; what can
//! be seen through both doors is run through both.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![expect(clippy::panic, reason = "a test that cannot go on should stop")]
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on should stop")]
#![expect(clippy::wildcard_enum_match_arm, reason = "whatever a test does not expect fails it")]

mod accounts;
mod admin_people;
mod admin_record;
mod admin_roles;
mod bad_fields;
mod bad_frames;
mod bad_requests;
mod bad_sockets;
mod bridge;
mod bridge_figures;
mod certificates;
mod chat;
mod commands;
mod configuration;
mod device_keys;
mod devices;
mod figures;
mod file_removal;
mod files;
mod files_commands;
mod hooks;
mod json_files;
mod limits;
mod matrix;
mod messages_changes;
mod messages_commands;
mod messages_reading;
mod messaging;
mod places;
mod presence;
mod proxied;
mod removal;
mod rest_accounts;
mod rest_commands;
mod rest_events;
mod rest_files;
mod rest_http;
mod rest_messages;
mod rest_rooms;
mod resume;
mod retention;
mod rooms;
mod search;
mod served;
mod shutdown;
mod slow_reader;
mod systemd;
mod three_devices;
mod trust;
mod void_tokens;
mod webhooks;
