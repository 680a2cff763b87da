//! Passwords are hashed here: slow on purpose, so on a few threads of their own. Each job
//! comes back to the engine as an input.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};

use super::Inbox;
use super::clock::Clock;
use super::secrets::fresh_token;
use super::tally::Tally;
use crate::chat::{Checked, Claim, Hashed, Input, Job, Password, PasswordHash};
use crate::hub::step_back;
use crate::tally::micros;

/// What a password must withstand: guesses, as a power of ten, by zxcvbn's estimate.
const GUESSES_LOG10_MIN: f64 = 8.0;

/// A longer password is judged by its beginning: zxcvbn takes seconds for a hundred characters
/// chosen for that, and no longer than hashing does for these.
const JUDGED_CHARS_MAX: usize = 32;

/// How much the threads that hash step back.
const NICE: i32 = 10;

/// What is said of a password that something goes wrong with.
const UNUSABLE: &str = "this password cannot be used: take another";

/// How hashing is done, and by how many.
#[derive(Clone, Debug)]
pub(crate) struct PasswordSettings {
    pub(crate) threads: usize,
    /// Jobs that may wait; the core never asks for more.
    pub(crate) queue_max: usize,
    /// Memory in KiB, passes and lanes of argon2id (RFC 9106).
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    pub(crate) lanes: u32,
}

/// The pool. Ends when it is dropped; its threads finish what they have begun.
#[derive(Debug)]
pub(super) struct Passwords {
    queue: SyncSender<Job>,
    tally: Arc<Tally>,
    threads: Vec<JoinHandle<()>>,
}

impl Passwords {
    pub(super) fn start(
        settings: &PasswordSettings,
        inbox: &Inbox,
        clock: &Clock,
        tally: &Arc<Tally>,
    ) -> io::Result<Self> {
        let hasher = Hasher::new(settings)?;
        let (queue, jobs) = sync_channel(settings.queue_max);
        let jobs = Arc::new(Mutex::new(jobs));
        let mut threads = Vec::with_capacity(settings.threads);
        for number in 0..settings.threads {
            let (hasher, jobs, inbox) = (hasher.clone(), Arc::clone(&jobs), inbox.clone());
            let (clock, tally) = (clock.clone(), Arc::clone(tally));
            let work = move || work(&hasher, &jobs, &inbox, (&clock, &tally));
            threads.push(thread::Builder::new().name(format!("password-{number}")).spawn(work)?);
        }
        Ok(Self { queue, tally: Arc::clone(tally), threads })
    }

    pub(super) fn submit(&self, job: Job) {
        // Before it can be taken, or the level would fall below nothing.
        self.tally.passwords_waiting.raise();
        if self.queue.try_send(job).is_err() {
            self.tally.passwords_waiting.lower();
            // The core counts what is pending, so this is a mistake of ours.
            tracing::error!("a password job found no place in the queue");
        }
    }

    pub(super) fn join(self) {
        drop(self.queue);
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a password thread panicked");
            }
        }
    }
}

fn work(
    hasher: &Hasher,
    jobs: &Mutex<Receiver<Job>>,
    inbox: &Inbox,
    (clock, tally): (&Clock, &Tally),
) {
    // Whoever signs in can wait for the messages of those who have.
    step_back(NICE);
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        tally.passwords_waiting.lower();
        let began = clock.uptime();
        let input = match job {
            Job::HashPassword { conn, name, password, invite } => Input::PasswordHashed {
                conn,
                outcome: or_if_it_panics(Hashed::Weak(UNUSABLE.into()), || {
                    hasher.hash(name.as_str(), &password)
                }),
                token: fresh_token(),
                invite: invite.map_or(Claim::Nothing, Claim::Unchecked),
            },
            Job::CheckPassword { conn, password, against } => Input::PasswordChecked {
                conn,
                outcome: or_if_it_panics(Checked::Mismatch, || {
                    hasher.check(&password, against.as_ref())
                }),
                token: fresh_token(),
            },
        };
        tally.passwords.observe(micros(clock.uptime().saturating_sub(began)));
        if inbox.push_blocking(input).is_err() {
            return;
        }
    }
}

/// What looks at passwords is not ours and what it looks at is hostile: a panic costs one answer,
/// not the thread, without which nobody could sign in.
fn or_if_it_panics<T>(otherwise: T, look: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|_| {
        tracing::error!("looking at a password panicked");
        otherwise
    })
}

#[derive(Clone)]
struct Hasher {
    argon2: Argon2<'static>,
    /// What a password is compared with when there is no account.
    nobody: Arc<str>,
}

impl Hasher {
    fn new(settings: &PasswordSettings) -> io::Result<Self> {
        let PasswordSettings { memory_kib, passes, lanes, .. } = *settings;
        let params = Params::new(memory_kib, passes, lanes, None).map_err(io::Error::other)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = argon2.hash_password(b"nobody").map_err(io::Error::other)?;
        Ok(Self { argon2, nobody: nobody.to_string().into() })
    }

    fn hash(&self, name: &str, password: &Password) -> Hashed {
        if let Some(why) = weakness(name, &password.0) {
            return Hashed::Weak(why);
        }
        match self.argon2.hash_password(password.0.as_bytes()) {
            Ok(hashed) => Hashed::Done(PasswordHash(hashed.to_string().into())),
            Err(error) => {
                tracing::error!(%error, "hashing a password");
                Hashed::Weak(UNUSABLE.into())
            }
        }
    }

    /// Takes the same time whether there is an account or not.
    fn check(&self, password: &Password, against: Option<&PasswordHash>) -> Checked {
        let stored = against.map_or(&self.nobody, |stored| &stored.0);
        let Ok(parsed) = phc::PasswordHash::new(stored) else {
            tracing::error!("a stored password hash cannot be read");
            return Checked::Mismatch;
        };
        let matches = self.argon2.verify_password(password.0.as_bytes(), &parsed).is_ok();
        if against.is_none() || !matches {
            return Checked::Mismatch;
        }
        let raised = self.is_weaker(&parsed).then(|| {
            let again = self.argon2.hash_password(password.0.as_bytes()).ok()?;
            Some(PasswordHash(again.to_string().into()))
        });
        Checked::Match { raised: raised.flatten() }
    }

    /// Whether a stored hash was made with less than today's parameters.
    fn is_weaker(&self, stored: &phc::PasswordHash) -> bool {
        let today = self.argon2.params();
        let Ok(then) = Params::try_from(stored) else { return true };
        (then.m_cost(), then.t_cost(), then.p_cost())
            != (today.m_cost(), today.t_cost(), today.p_cost())
    }
}

/// Why a password is easily guessed, if it is.
fn weakness(name: &str, password: &str) -> Option<String> {
    if password.to_lowercase().contains(name) && password.len() < name.len() + 8 {
        return Some("the password is built around the user's name".into());
    }
    let beginning: String = password.chars().take(JUDGED_CHARS_MAX).collect();
    let estimate = zxcvbn::zxcvbn(&beginning, &[name, "parlor"]);
    if estimate.guesses_log10() >= GUESSES_LOG10_MIN {
        return None;
    }
    let warning = estimate.feedback().and_then(|feedback| feedback.warning());
    let why = warning.map(|warning| format!(": {}", warning.to_string().to_lowercase()));
    Some(format!(
        "the password is easily guessed{}; a few unrelated words are better",
        why.unwrap_or_default().trim_end_matches('.')
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(memory_kib: u32) -> Hasher {
        let queue_max = 1;
        let settings = PasswordSettings { threads: 1, queue_max, memory_kib, passes: 1, lanes: 1 };
        Hasher::new(&settings).unwrap()
    }

    #[test]
    fn weak_passwords_are_named_as_such() {
        for weak in ["password1", "ann-12345", "qwertyuiop", "aaaaaaaaaaaa", "Anniversary"] {
            assert!(weakness("ann", weak).is_some(), "{weak}");
        }
        for good in ["correct horse battery", "x7#Lq-Vmw2", "ann likes purple trains"] {
            assert_eq!(weakness("ann", good), None, "{good}");
        }
    }

    #[test]
    fn a_panic_costs_one_answer() {
        assert_eq!(or_if_it_panics(1, || panic!("a bug")), 1);
        assert_eq!(or_if_it_panics(1, || 2), 2);
    }

    #[test]
    fn a_long_password_is_judged_by_its_beginning() {
        let good = "x7#Lq-Vmw2";
        assert!(weakness("ann", &format!("{}{good}", "a".repeat(JUDGED_CHARS_MAX))).is_some());
        assert_eq!(weakness("ann", &format!("{good}{}", "a".repeat(500))), None);
        assert_eq!(weakness("ann", &format!("{good}{}", "€".repeat(160))), None);
    }

    #[test]
    fn a_password_matches_itself_only_and_is_raised_when_parameters_rise() {
        let password = Password("correct horse battery".into());
        let Hashed::Done(stored) = hasher(64).hash("ann", &password) else { panic!("too weak") };
        assert!(stored.0.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));

        let same = hasher(64).check(&password, Some(&stored));
        assert!(matches!(same, Checked::Match { raised: None }));
        let raised = hasher(128).check(&password, Some(&stored));
        assert!(matches!(raised, Checked::Match { raised: Some(_) }));
        let wrong = hasher(64).check(&Password("correct horse batter".into()), Some(&stored));
        assert!(matches!(wrong, Checked::Mismatch));
        let nobody = hasher(64).check(&Password("nobody".into()), None);
        assert!(matches!(nobody, Checked::Mismatch));
    }
}
