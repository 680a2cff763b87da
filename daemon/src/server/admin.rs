//! `parlord admin` and `parlord audit`: what whoever may read and write the data folder can do
//! beside the daemon, and the code by which the first administrator comes to be.

use std::path::Path;
use std::thread;
use std::time::Duration;

use parlor_proto::name::Name;

use super::failure::Failure;
use super::folder::Places;
use crate::chat::{ControlWish, Snapshot};
use crate::engine::clock::Clock;
use crate::engine::look_up_admin::fresh_code;
use crate::store::{ControlDoor, Store, Verdict, verify_audit};

/// How long a reset code is good for that was made on the machine.
const RESET_CODE_VALID: Duration = Duration::from_hours(24);

/// How long a running daemon has to do what is wanted, and how often that is looked at.
const DONE_WITHIN: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What to do.
#[derive(Clone, Debug)]
pub(crate) enum AdminWish {
    Grant(Name),
    Revoke(Name),
    ResetCode(Name),
    List,
}

/// Does it, and gives what to print.
pub(crate) fn admin(dir: &Path, wish: &AdminWish) -> Result<String, Failure> {
    let door = ControlDoor::open(dir)?;
    match wish {
        AdminWish::Grant(user) => {
            let when = leave(dir, &door, user, &ControlWish::Admin(true))?;
            Ok(format!("{user} is an administrator{when}\n"))
        }
        AdminWish::Revoke(user) => {
            let when = leave(dir, &door, user, &ControlWish::Admin(false))?;
            Ok(format!("{user} is no administrator{when}\n"))
        }
        AdminWish::ResetCode(user) => {
            let code = fresh_code();
            let expires = Clock::start().now().stamp.plus(RESET_CODE_VALID);
            leave(dir, &door, user, &ControlWish::ResetCode { hash: code.hash, expires })?;
            Ok(format!("{}\n", code.text))
        }
        AdminWish::List => Ok(door.admins()?.into_iter().map(|name| format!("{name}\n")).collect()),
    }
}

/// Leaves it to the daemon, and waits until it is done if there is one; else says so.
fn leave(
    dir: &Path,
    door: &ControlDoor,
    user: &Name,
    wish: &ControlWish,
) -> Result<&'static str, Failure> {
    let id = door.leave(user, wish)?.ok_or_else(|| {
        Failure::Unavailable(format!("there is no such user, or it is a bot: {user}"))
    })?;
    let places = Places::read(dir)
        .map_err(|error| Failure::Storage(format!("{}: {error}", dir.display())))?;
    if places.len() == 0 {
        return Ok(" once the daemon runs");
    }
    let clock = Clock::start();
    while !door.is_done(id)? {
        if clock.uptime() > DONE_WITHIN {
            return Err(Failure::Unavailable(
                "the daemon does not answer: it is done when the daemon can write again".into(),
            ));
        }
        pause();
    }
    Ok("")
}

#[expect(clippy::disallowed_methods, reason = "the daemon is another process and tells nobody")]
fn pause() {
    thread::sleep(LOOK_EVERY);
}

/// Says whether the audit log is what it was.
pub(crate) fn audit_verify(dir: &Path) -> Result<String, Failure> {
    match verify_audit(dir)? {
        Verdict::Whole { entries, head } => Ok(format!("{entries} entries, whole up to {head}\n")),
        Verdict::Broken { at } => Err(Failure::Storage(format!(
            "the audit log was changed or cut: entry {at} is not what it was"
        ))),
    }
}

/// As long as there are no users, whoever knows the code that is logged becomes the first
/// administrator.
pub(super) fn offer_claim(store: &Store, snapshot: &mut Snapshot) -> Result<(), Failure> {
    if !snapshot.users.is_empty() {
        return Ok(());
    }
    let code = fresh_code();
    store.set_claim(code.hash)?;
    snapshot.claim = Some(code.hash);
    tracing::warn!(
        "there is no administrator yet: register, then `parlor admin claim {}`",
        code.text
    );
    Ok(())
}
