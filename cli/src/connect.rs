//! From configuration to a client that is signed in, and back out of it politely.

use std::pin::pin;
use std::time::Duration;

use parlor_proto::client::{Account, Client, Error, Options, SignIn, Trust};
use parlor_proto::limits::SESSION_TIMEOUT_VISITOR;
use parlor_proto::name::Name;

use crate::config::{Config, again, typed};
use crate::failure::{Exit, Failure, Result};
use crate::out::Out;
use crate::profile::{Profile, Secret, Store};
use crate::trust;

/// How long saying goodbye may take.
pub(crate) const GOODBYE: Duration = Duration::from_millis(300);

/// Whether a command comes and goes, or stays connected; the session ends so much later.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stay {
    Visit,
    Stay,
}

/// What every command works with.
pub(crate) struct Context<'a> {
    pub(crate) config: Config,
    pub(crate) out: &'a mut Out,
    /// The command that finishes this one safely, if it ends and nobody knows how far it came.
    pub(crate) again: Option<String>,
}

impl Context<'_> {
    /// Goes on with the session that `login` opened.
    pub(crate) async fn resume(&self, stay: Stay) -> Result<Client> {
        let profile = self.config.signed_in()?;
        let connected = self.connect(stay, way_in(profile)?).await;
        let client = connected.map_err(|failure| {
            let is_over = failure.exit == Exit::Authentication && failure.hint.is_none();
            if is_over { failure.hint(self.config.login_command()) } else { failure }
        })?;
        self.keeper(profile.token.clone()).keep(&client)?;
        Ok(client)
    }

    /// The same for a client that stays, perhaps longer than its session.
    pub(crate) async fn resume_and_keep(&self, stay: Stay) -> Result<(Client, Keeper)> {
        let client = self.resume(stay).await?;
        let keeper = self.keeper(token(&client));
        Ok((client, keeper))
    }

    /// Turns away who goes by calls: a conversation is more than what is said.
    pub(crate) fn needs_connection(&self) -> Result<()> {
        if self.config.server()?.transport.is_http() {
            let why = "this needs a live connection: use parlor://, ws:// or wss://";
            return Err(Failure::usage(why));
        }
        Ok(())
    }

    fn keeper(&self, known: Option<Secret>) -> Keeper {
        let config = &self.config;
        Keeper { store: config.store.clone(), profile: config.profile_name.clone(), known }
    }

    /// Connects; asks about a server that is not known yet.
    pub(crate) async fn connect(&self, stay: Stay, sign_in: SignIn) -> Result<Client> {
        let config = &self.config;
        let belief = config.belief()?;
        match Client::connect(options(config, Trust::from(&belief), stay)?, sign_in.clone()).await {
            Err(Error::Untrusted { presented, why }) => {
                trust::decide(config, &belief, presented, &why).await?;
                let pinned = Trust { pins: vec![presented], ca: None, system_roots: false };
                Ok(Client::connect(options(config, pinned, stay)?, sign_in).await?)
            }
            Err(error @ Error::Insecure(_)) => {
                Err(Failure::from(error).hint(again("--insecure", typed())))
            }
            connected => Ok(connected?),
        }
    }
}

/// Writes down the session that the device has opened without a word, so that the next command
/// goes on with it.
pub(crate) struct Keeper {
    store: Store,
    profile: Name,
    /// The session that this command knows to be the profile's.
    known: Option<Secret>,
}

impl Keeper {
    pub(crate) fn keep(&mut self, client: &Client) -> Result<()> {
        let Some(now) = token(client) else { return Ok(()) };
        if self.known.as_ref() != Some(&now) {
            self.store.replace_token(&self.profile, self.known.as_ref(), now.clone())?;
            self.known = Some(now);
        }
        Ok(())
    }
}

fn token(client: &Client) -> Option<Secret> {
    client.account().map(|account| Secret::from(&account.token))
}

/// The session that is known, else the device.
fn way_in(profile: &Profile) -> Result<SignIn> {
    let Some(secret) = &profile.token else { return Ok(SignIn::Device) };
    let token = secret.token();
    let broken = || Failure::new(Exit::Authentication, "the token that was kept is none");
    token.map(|token| SignIn::Resume { token }).ok_or_else(broken)
}

fn options(config: &Config, trust: Trust, stay: Stay) -> Result<Options> {
    let mut options = Options::new(config.server()?.clone(), trust);
    options.client_name = env!("CARGO_PKG_NAME").to_owned();
    options.client_version = env!("CARGO_PKG_VERSION").to_owned();
    options.device.clone_from(&config.device);
    options.session_timeout = match stay {
        Stay::Visit => SESSION_TIMEOUT_VISITOR,
        Stay::Stay => Duration::ZERO,
    };
    options.follows = stay == Stay::Stay;
    options.device_key.clone_from(&config.device_key);
    options.allow_insecure_ws = config.insecure;
    Ok(options)
}

/// Does something with a client that shows no events, and closes it.
pub(crate) async fn visit<T>(
    client: Client,
    work: impl AsyncFnOnce(&Client) -> Result<T>,
) -> Result<T> {
    with(client, async |client| ignoring_events(client, work(client)).await).await
}

/// Takes events and forgets them, since a client that hands out none reads no answers either.
pub(crate) async fn ignoring_events<T>(client: &Client, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased; // So that no event is lost that comes after the last answer.
            done = &mut work => return done,
            Some(_) = client.next_event() => {}
            else => return work.await,
        }
    }
}

/// Does something with a client and closes it, also when interrupted meanwhile.
pub(crate) async fn with<T>(
    client: Client,
    work: impl AsyncFnOnce(&Client) -> Result<T>,
) -> Result<T> {
    let done = tokio::select! {
        biased; // The work may listen for interrupts as well, and has more to say then.
        done = work(&client) => done,
        interrupt = interrupt() => Err(interrupt),
    };
    // Who does not hear a goodbye in time will notice that nobody is there.
    drop(tokio::time::timeout(GOODBYE, client.close()).await);
    done
}

/// The same for work that listens for interrupts itself and has something to do then.
pub(crate) async fn to_its_end<T>(
    client: Client,
    work: impl AsyncFnOnce(&Client) -> Result<T>,
) -> Result<T> {
    let done = work(&client).await;
    drop(tokio::time::timeout(GOODBYE, client.close()).await);
    done
}

/// Waits for the person to interrupt the command.
pub(crate) async fn interrupt() -> Failure {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Failure::interrupted(),
        Err(error) => Failure::new(Exit::Failure, format!("waiting for signals: {error}")),
    }
}

/// The account that a client that has signed in must have.
pub(crate) fn account(client: &Client) -> Result<Account> {
    client.account().ok_or_else(|| Failure::new(Exit::Authentication, "nobody is signed in"))
}
