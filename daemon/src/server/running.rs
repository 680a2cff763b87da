//! What the daemon does while it serves: reload, renew, stop.

use std::time::Duration;

use tokio::time::interval;

use super::folder::Places;
use super::signals::{Call, Signals};
use super::tls::Renewal;
use super::{Failure, Server, portions, unix_time};
use crate::chat::Input;
use crate::config::{Config, Key};

/// How often certificates are looked at without being asked.
const CERTIFICATE_CHECK: Duration = Duration::from_secs(24 * 60 * 60);

impl Server {
    /// Until somebody says stop, or something ends that must not.
    pub(super) async fn run(mut self, signals: &mut Signals) -> Result<(), Failure> {
        let mut certificate_check = interval(CERTIFICATE_CHECK);
        loop {
            tokio::select! {
                biased;
                call = signals.next() => match call {
                    Call::Stop => break,
                    Call::Reload => {
                        self.reload();
                        // Whoever misses it is an engine that has ended.
                        self.interior.inbox().push(vec![Input::Reloaded]).await.ok();
                    }
                },
                // Nothing can be waited for any more; nobody was promised what is lost.
                failure = self.interior.failed() => return Err(failure),
                _ = self.tasks.join_next() => {
                    return Err(Failure::Internal("an accept loop has ended: see the log".into()));
                }
                // The first one is at once.
                _ = certificate_check.tick() => self.renew(),
            }
        }
        self.notifier.stopping("waiting for connections to end");
        tracing::info!("stopping");
        tokio::select! {
            stopped = self.stop() => stopped,
            () = signals.stop() => Err(Failure::Cut),
        }
    }

    /// Lets nobody in, lets everybody finish, writes everything.
    pub(super) async fn stop(mut self) -> Result<(), Failure> {
        Places::remove(&self.dir);
        if let Some(page) = &self.page {
            page.begin_drain();
        }
        self.tasks.shutdown().await;
        self.interior.stop().await?;
        if let Some(page) = self.page {
            page.close().await;
        }
        tracing::info!("stopped");
        Ok(())
    }

    /// Reads configuration and certificates again. What is wrong is logged and changes nothing.
    fn reload(&mut self) {
        self.notifier.reloading();
        match self.sources.load() {
            Ok(loaded) => self.take_over(&loaded.config),
            Err(mistake) => tracing::error!("not reloaded, the old configuration stays: {mistake}"),
        }
        self.renew();
        self.notifier.ready(&self.status());
    }

    /// Takes from a new configuration what can change while connections are open.
    fn take_over(&mut self, new: &Config) {
        match self.logging.set_filter(&new.log.filter) {
            Ok(()) => self.config.log = new.log.clone(),
            Err(failure) => tracing::error!("the old log filter stays: {failure}"),
        }
        self.config.tls = new.tls.clone();
        self.config.listen.host.clone_from(&new.listen.host);
        self.config.limits.take_admission(&new.limits);
        self.admission.set_limits(portions::admission_limits(&self.config));
        let waiting: Vec<_> = self.config.differences(new).iter().map(Key::path).collect();
        if waiting.is_empty() {
            tracing::info!("reloaded");
        } else {
            tracing::warn!("reloaded, but these need a restart: {}", waiting.join(", "));
        }
    }

    /// Reads the certificate again, and renews it if it is our own and ends soon.
    fn renew(&self) {
        let now = unix_time(&self.clock);
        match self.certificates.reload(&self.config.tls, &self.dir, now) {
            Ok(Renewal::Same) => {}
            Ok(Renewal::Renewed { same_pin: true }) => {
                tracing::info!("new certificate, same key: pins hold");
            }
            Ok(Renewal::Renewed { same_pin: false }) => {
                let pin = self.certificates.pin();
                tracing::warn!(%pin, "new certificate with a new key: old pins do not hold");
            }
            Err(unusable) => tracing::error!("the old certificate stays: {unusable}"),
        }
        if let Some(warning) = self.certificates.warning(now) {
            tracing::warn!("{warning}");
        }
        // Its URLs hold the pin.
        if let Err(error) = self.places().write(&self.dir) {
            tracing::warn!(%error, "the list of listeners is out of date");
        }
    }
}
