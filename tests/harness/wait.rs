//! Waiting: for something that happens, never for time to pass.

use std::future::Future;
use std::time::Duration;

/// How long a test waits for what must happen, on a machine that does much else meanwhile.
/// A test that passes never waits this long.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How often [`until`] looks where nothing tells it to.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// The future's value; stops the test if it does not come.
#[track_caller]
pub fn within<T>(what: &str, future: impl Future<Output = T>) -> impl Future<Output = T> {
    let place = std::panic::Location::caller();
    let what = what.to_owned();
    async move {
        match tokio::time::timeout(PATIENCE, future).await {
            Ok(value) => value,
            Err(_) => panic!("waited in vain for {what}, at {place}"),
        }
    }
}

/// Looks again and again until there is something: for files and processes, which tell
/// nobody that they have changed.
#[track_caller]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> impl Future<Output = T> {
    within(what, async move {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    })
}
