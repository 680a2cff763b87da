//! SIGHUP: the configuration is read again. What can change without disturbing anybody changes at
//! once; of the rest the log says that it needs a restart. What is wrong changes nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use tracing::{error, info, warn};

use crate::config::{Config, Limits};
use crate::hooks;
use crate::logs::Logging;
use crate::metrics::Place;
use crate::rest;
use crate::server::Bridge;
use crate::tls::Certificate;

/// What a reload changes, and what it cannot.
pub(crate) struct Reload {
    bridge: Arc<Bridge>,
    certificate: Option<Arc<Certificate>>,
    logging: Logging,
    fixed: Fixed,
}

/// What holds until the next start.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Fixed {
    upstream: String,
    listen: Vec<SocketAddr>,
    has_certificate: bool,
    metrics: Option<Place>,
    hooks: hooks::Settings,
    /// Apart from what is set by [`Reload::apply`].
    limits: Limits,
    rest: rest::Limits,
}

impl Fixed {
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            upstream: config.upstream.to_string(),
            listen: config.listen.clone(),
            has_certificate: config.tls.is_some(),
            metrics: config.metrics.clone(),
            hooks: config.hooks.clone(),
            limits: config.limits,
            rest: config.rest,
        }
    }

    /// The options that say something else.
    fn changed(&self, now: &Self) -> Vec<&'static str> {
        let options = [
            ("upstream", self.upstream != now.upstream),
            ("listen", self.listen != now.listen),
            ("tls-cert", self.has_certificate != now.has_certificate),
            ("metrics-listen", self.metrics != now.metrics),
            ("state-dir, hooks-allow or hooks-ca", self.hooks != now.hooks),
            ("answer-timeout", self.limits.answer_timeout != now.limits.answer_timeout),
            ("one that begins with rest-", self.rest != now.rest),
        ];
        options.into_iter().filter_map(|(option, differs)| differs.then_some(option)).collect()
    }
}

impl Reload {
    pub(crate) fn new(
        bridge: Arc<Bridge>,
        certificate: Option<Arc<Certificate>>,
        logging: Logging,
        fixed: Fixed,
    ) -> Self {
        Self { bridge, certificate, logging, fixed }
    }

    /// Reads what this process was started with once more, and says what came of it.
    pub(crate) fn run(&self) {
        match Config::again().and_then(|config| self.apply(config)) {
            Ok(()) => info!("reloaded"),
            Err(why) => error!(%why, "not reloaded: what is in use stays"),
        }
    }

    pub(crate) fn apply(&self, config: Config) -> Result<(), String> {
        let fixed = Fixed::of(&config);
        if let (Some(certificate), Some(files)) = (&self.certificate, &config.tls) {
            certificate.reload(files)?;
        }
        self.bridge.origins.store(Arc::new(config.origins));
        self.bridge.proxies.store(Arc::new(config.proxies));
        let limits = config.limits;
        let (max, per_address_max) = (limits.websockets_max, limits.websockets_per_address_max);
        self.bridge.websockets.resize(max, per_address_max);
        for visitors in [&self.bridge.visitors, &self.bridge.guests] {
            visitors.resize(limits.visitors_max, limits.visitors_per_address_max);
        }
        self.logging.set(config.log);
        for option in self.fixed.changed(&fixed) {
            warn!(option, "changed: this needs a restart");
        }
        Ok(())
    }
}
