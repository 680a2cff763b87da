//! The tasks of a shard: one for each connection, from its handshake to its end. Here they
//! are begun and joined; dropping this cuts them all.

use std::future::pending;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::opening::{self, NotOpened, Opened};
use super::shard::Shard;
use super::{Accepted, Place, life};
use crate::chat::{Ending, Input};
use crate::engine::EngineGone;

#[derive(Debug, Default)]
pub(super) struct Tasks {
    openings: JoinSet<Option<(Opened, Place)>>,
    lives: JoinSet<Result<(), EngineGone>>,
    drain: Drain,
}

#[derive(Clone, Copy, Debug, Default)]
enum Drain {
    #[default]
    No,
    /// Answers are waited for until the first, connections until the second.
    Patient(Instant, Instant),
    Hasty(Instant),
    Over,
}

impl Tasks {
    /// Begins with an accepted socket.
    pub(super) fn admit(&mut self, shard: &Shard, accepted: Accepted, place: Place) {
        if !matches!(self.drain, Drain::No) {
            return;
        }
        let now = shard.now().moment;
        let tally = Arc::clone(&shard.tally);
        tally.accepted.add(accepted.socket.transport() as usize);
        let address = accepted.guard.address();
        let admission = shard.seams.admission.clone();
        let opening = opening::open(accepted, shard.settings.patience, now);
        // Boxed, so that a handshake's size is gone with the handshake.
        let opening = Box::pin(opening);
        self.openings.spawn_local(async move {
            match opening.await {
                Ok(opened) => Some((opened, place)),
                Err(NotOpened::HealthCheck) => None,
                Err(why) => {
                    tally.not_opened(&why);
                    match address {
                        Some(address) if admission.may_complain(address, now) => {
                            tracing::warn!(%address, "connection not opened: {why}");
                        }
                        _ => tracing::debug!(?address, "connection not opened: {why}"),
                    }
                    None
                }
            }
        });
    }

    /// No more requests; see [`Shards::drain`](super::Shards::drain).
    pub(super) fn drain(&mut self, shard: &Shard, within: Duration) {
        let now = shard.now().moment;
        let at = |after| shard.seams.clock.instant(now.plus(after));
        self.drain = Drain::Patient(at(within / 2), at(within));
        self.openings.abort_all();
        shard.begin_drain();
    }

    /// Whether the drain is over.
    pub(super) fn are_over(&self) -> bool {
        match self.drain {
            Drain::No => false,
            Drain::Patient(..) | Drain::Hasty(_) => self.lives.is_empty(),
            Drain::Over => true,
        }
    }

    /// Waits for a task to end, or for the next step of the drain, and does what follows.
    /// Fails if the engine is gone.
    pub(super) async fn next_end(&mut self, shard: &Rc<Shard>) -> Result<(), EngineGone> {
        let (Drain::Patient(next, _) | Drain::Hasty(next)) = self.drain else {
            return self.next_task_end(shard).await;
        };
        tokio::select! {
            ended = self.next_task_end(shard) => return ended,
            () = sleep_until(next) => {}
        }
        self.drain = if let Drain::Patient(_, end) = self.drain {
            shard.hasten_drain();
            Drain::Hasty(end)
        } else {
            Drain::Over
        };
        Ok(())
    }

    async fn next_task_end(&mut self, shard: &Rc<Shard>) -> Result<(), EngineGone> {
        tokio::select! {
            Some(opened) = self.openings.join_next() => match opened {
                Ok(Some((opened, place))) => self.begin_life(shard, opened, place),
                Ok(None) => {}
                Err(error) => report(&error),
            },
            Some(ended) = self.lives.join_next() => match ended {
                Ok(ended) => ended?,
                Err(error) => self.bury(shard, &error),
            },
            else => pending().await,
        }
        Ok(())
    }

    fn begin_life(&mut self, shard: &Rc<Shard>, opened: Opened, place: Place) {
        let conn = shard.welcome(opened, place);
        let task = self.lives.spawn_local(life::live(Rc::clone(&conn), Rc::clone(shard)));
        conn.task.set(Some(task.id()));
    }

    /// A connection's task has panicked: that connection is over, and no other.
    fn bury(&mut self, shard: &Rc<Shard>, error: &JoinError) {
        report(error);
        let connections = shard.connections.borrow();
        let dead = connections.values().find(|conn| conn.task.get() == Some(error.id())).cloned();
        drop(connections);
        let Some(conn) = dead else { return };
        shard.forget(&conn);
        if conn.is_known.get() {
            let inbox = shard.seams.inbox.clone();
            let heard = conn.pulse.get().heard;
            let closed = Input::Closed { conn: conn.id, heard, ending: Ending::Lost };
            // A task, because the inbox may be full, and a shard never waits for the engine.
            self.lives.spawn_local(async move { inbox.push(vec![closed]).await });
        }
    }
}

fn report(error: &JoinError) {
    if error.is_panic() {
        tracing::error!("a connection's task panicked: {error}");
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::{Builder, LocalOptions, LocalRuntime};

    use super::super::tests::world;
    use super::*;

    #[test]
    fn a_panic_ends_one_connection_and_the_engine_hears_of_it() {
        runtime().block_on(async {
            let (shard, mut inputs) = world::shard();
            let mut tasks = Tasks::default();
            let welcome = |(opened, place)| shard.welcome(opened, place);
            let bad = welcome(world::opened(&shard));
            let good = welcome(world::opened(&shard));
            bad.is_known.set(true);
            let task = tasks.lives.spawn_local(async { panic!("a bug") });
            bad.task.set(Some(task.id()));

            tasks.next_end(&shard).await.unwrap();
            tasks.next_end(&shard).await.unwrap(); // The input is pushed.
            let left: Vec<_> = shard.connections.borrow().keys().copied().collect();
            assert_eq!(left, [good.id]);
            let input = inputs.next().await.unwrap();
            assert!(matches!(input, Input::Closed { conn, .. } if conn == bad.id), "{input:?}");
        });
    }

    #[test]
    fn a_connection_at_rest_needs_little_besides_its_tls_state() {
        runtime().block_on(async {
            let (shard, _inputs) = world::shard();
            let (opened, place) = world::opened(&shard);
            let conn = shard.welcome(opened, place);
            let shared = size_of_val(&*conn);
            let own = size_of_val(&life::live(conn, shard));
            assert!(shared <= 576 && own <= 512, "{shared} and {own} bytes");
        });
    }

    fn runtime() -> LocalRuntime {
        Builder::new_current_thread().enable_all().build_local(LocalOptions::default()).unwrap()
    }
}
