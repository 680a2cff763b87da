//! Who may connect: counts and rates, per address and in total, before anybody has signed in.
//!
//! Shared by the accept loop and the shards. Limits per user are not here but in the core.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use thiserror::Error;

pub(crate) use super::rates::Rate;
use super::rates::{Block, Rates};
use crate::chat::Moment;

/// Warnings about one address.
const COMPLAINTS: Rate = Rate { burst: 1, every: Duration::from_secs(60) };

/// What an operator may turn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct AdmissionLimits {
    pub(crate) connections_max: usize,
    /// Of these, in the TLS handshake or before the PROXY header.
    pub(crate) handshakes_max: usize,
    /// Of these, not signed in.
    pub(crate) strangers_max: usize,
    pub(crate) connections_per_address_max: usize,
    pub(crate) arrivals_per_address: Rate,
    pub(crate) logins_per_address: Rate,
    /// Where everybody may register.
    pub(crate) registrations: Option<Registrations>,
}

/// How many accounts may be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Registrations {
    pub(crate) per_address: Rate,
    pub(crate) in_all: Rate,
}

impl Default for AdmissionLimits {
    fn default() -> Self {
        Self {
            connections_max: 12_000,
            handshakes_max: 512,
            strangers_max: 1_024,
            connections_per_address_max: 32,
            arrivals_per_address: Rate { burst: 60, every: Duration::from_millis(200) },
            logins_per_address: Rate { burst: 5, every: Duration::from_secs(10) },
            registrations: Some(Registrations {
                per_address: Rate { burst: 3, every: Duration::from_mins(20) },
                in_all: Rate { burst: 30, every: Duration::from_secs(20) },
            }),
        }
    }
}

/// Why a connection is turned away.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(crate) enum Refusal {
    #[error("the server has as many connections as it takes")]
    Full,
    #[error("too many connections are being opened at once")]
    TooManyHandshakes,
    #[error("too many connections have not signed in")]
    TooManyStrangers,
    #[error("too many connections from this address")]
    TooManyFromAddress,
    #[error("new connections from this address come too fast")]
    TooFast,
}

/// The one book that all connections of the daemon are in. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Admission(Arc<Mutex<Book>>);

#[derive(Debug)]
struct Book {
    limits: AdmissionLimits,
    connections: usize,
    handshakes: usize,
    strangers: usize,
    // Invariant: no entry is zero, so there are at most as many as connections.
    per_address: HashMap<Block, usize>,
    arrivals: Rates,
    logins: Rates,
    registrations: Rates,
    /// Of all addresses together.
    all_registrations: Rates,
    complaints: Rates,
    refused: [u64; Refusal::ALL.len()],
}

/// Who is there, and who was turned away.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Census {
    /// In the TLS handshake or before the PROXY header.
    pub(crate) handshakes: usize,
    /// Not signed in.
    pub(crate) strangers: usize,
    /// Since the start, in the order of [`Refusal::ALL`].
    pub(crate) refused: [u64; Refusal::ALL.len()],
}

impl Refusal {
    pub(crate) const ALL: [Self; 5] = [
        Self::Full,
        Self::TooManyHandshakes,
        Self::TooManyStrangers,
        Self::TooManyFromAddress,
        Self::TooFast,
    ];

    /// As figures tell it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::TooManyHandshakes => "handshakes",
            Self::TooManyStrangers => "signed_out",
            Self::TooManyFromAddress => "address",
            Self::TooFast => "rate",
        }
    }
}

impl Admission {
    pub(crate) fn new(limits: AdmissionLimits) -> Self {
        Self(Arc::new(Mutex::new(Book {
            limits,
            connections: 0,
            handshakes: 0,
            strangers: 0,
            per_address: HashMap::new(),
            arrivals: Rates::default(),
            logins: Rates::default(),
            registrations: Rates::default(),
            all_registrations: Rates::default(),
            complaints: Rates::default(),
            refused: [0; Refusal::ALL.len()],
        })))
    }

    /// Holds for whoever comes from now on.
    pub(crate) fn set_limits(&self, limits: AdmissionLimits) {
        self.book().limits = limits;
    }

    /// Somebody has connected; `address` is not known yet if a proxy is to tell it.
    pub(crate) fn arrive(&self, address: Option<IpAddr>, now: Moment) -> Result<Guard, Refusal> {
        let mut book = self.book();
        if book.connections >= book.limits.connections_max {
            return Err(book.refuse(Refusal::Full));
        }
        if book.handshakes >= book.limits.handshakes_max {
            return Err(book.refuse(Refusal::TooManyHandshakes));
        }
        if let Some(address) = address {
            book.enter(address, now)?;
        }
        book.connections += 1;
        book.handshakes += 1;
        Ok(Guard { admission: self.clone(), address, stage: Stage::Opening })
    }

    /// Somebody wants a password to be checked. Refused: how long to wait.
    pub(super) fn login(&self, address: IpAddr, now: Moment) -> Result<(), Duration> {
        let mut book = self.book();
        let rate = book.limits.logins_per_address;
        book.logins.take(rate, Block::of(address), now)
    }

    /// Somebody wants an account. Refused: how long to wait.
    pub(super) fn register(&self, address: IpAddr, now: Moment) -> Result<(), Duration> {
        let mut book = self.book();
        let Some(Registrations { per_address, in_all }) = book.limits.registrations else {
            return Ok(());
        };
        book.registrations.take(per_address, Block::of(address), now)?;
        book.all_registrations.take(in_all, Block::ALL, now)
    }

    /// Whether a warning about this address may be written.
    pub(crate) fn may_complain(&self, address: IpAddr, now: Moment) -> bool {
        self.book().complaints.take(COMPLAINTS, Block::of(address), now).is_ok()
    }

    pub(crate) fn census(&self) -> Census {
        let book = self.book();
        let Book { handshakes, strangers, refused, .. } = *book;
        Census { handshakes, strangers, refused }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // Nothing here panics half way; and if it did, wrong counts are better than no door.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn enter(&mut self, address: IpAddr, now: Moment) -> Result<(), Refusal> {
        let block = Block::of(address);
        let held = self.per_address.get(&block).copied().unwrap_or_default();
        if held >= self.limits.connections_per_address_max {
            return Err(self.refuse(Refusal::TooManyFromAddress));
        }
        let rate = self.limits.arrivals_per_address;
        self.arrivals.take(rate, block, now).map_err(|_| self.refuse(Refusal::TooFast))?;
        self.per_address.insert(block, held + 1);
        Ok(())
    }

    fn refuse(&mut self, refusal: Refusal) -> Refusal {
        if let Some(count) = self.refused.get_mut(refusal as usize) {
            *count += 1;
        }
        refusal
    }

    fn leave(&mut self, address: IpAddr) {
        let block = Block::of(address);
        if let Some(held) = self.per_address.get_mut(&block) {
            *held -= 1;
            if *held == 0 {
                self.per_address.remove(&block);
            }
        }
    }

    fn count(&mut self, stage: Stage) -> Option<&mut usize> {
        match stage {
            Stage::Opening => Some(&mut self.handshakes),
            Stage::Stranger => Some(&mut self.strangers),
            Stage::SignedIn => None,
        }
    }
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Opening,
    Stranger,
    SignedIn,
}

/// A connection's place in the book. Given back when dropped.
#[derive(Debug)]
pub(crate) struct Guard {
    admission: Admission,
    address: Option<IpAddr>,
    stage: Stage,
}

impl Guard {
    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// A proxy has told the address.
    pub(super) fn identify(&mut self, address: IpAddr, now: Moment) -> Result<(), Refusal> {
        self.admission.book().enter(address, now)?;
        self.address = Some(address);
        Ok(())
    }

    /// The handshake is done.
    pub(super) fn opened(&mut self) -> Result<(), Refusal> {
        {
            let mut book = self.admission.book();
            if book.strangers >= book.limits.strangers_max {
                return Err(book.refuse(Refusal::TooManyStrangers));
            }
        }
        self.advance(Stage::Stranger);
        Ok(())
    }

    pub(super) fn signed_in(&mut self) {
        self.advance(Stage::SignedIn);
    }

    fn advance(&mut self, to: Stage) {
        let mut book = self.admission.book();
        if let Some(count) = book.count(self.stage) {
            *count -= 1;
        }
        if let Some(count) = book.count(to) {
            *count += 1;
        }
        self.stage = to;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.advance(Stage::SignedIn);
        let mut book = self.admission.book();
        book.connections -= 1;
        if let Some(address) = self.address {
            book.leave(address);
        }
    }
}

#[cfg(test)]
mod tests;
