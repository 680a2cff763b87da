//! `parlord invite`: lets somebody make an account. Runs beside the daemon.

use std::path::Path;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;

use super::failure::Failure;
use super::folder::Places;
use crate::chat::Stamp;
use crate::engine::clock::Clock;
use crate::store;
use crate::wire::parse::hash;

/// 128 bits: nobody guesses one, and the URL stays short.
const SECRET_BYTES: usize = 16;

/// What an invite is good for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// Accounts that can be made with it.
    pub(crate) uses: u32,
    pub(crate) expires_in: Duration,
}

/// Makes an invite and gives its URL.
pub(crate) fn invite(dir: &Path, terms: Terms) -> Result<String, Failure> {
    let places = Places::read(dir)
        .map_err(|error| Failure::Storage(format!("{}: {error}", dir.display())))?;
    if places.len() == 0 {
        let dir = dir.display();
        return Err(Failure::Unavailable(format!("no daemon serves from {dir}: start parlord")));
    }
    let url = places.for_people().ok_or_else(|| {
        Failure::Unavailable(
            "the daemon has no TLS listener that an invite could name: set listen.tls".to_owned(),
        )
    })?;
    let secret = secret()?;
    let now = Clock::start().now().stamp;
    let expires = now.plus(terms.expires_in);
    add(dir, &secret, terms.uses, expires, now)?;
    Ok(format!("{url}&invite={secret}"))
}

fn add(dir: &Path, secret: &str, uses: u32, expires: Stamp, now: Stamp) -> Result<(), Failure> {
    // As text, because that is how clients send it.
    store::add_invite(dir, hash(secret.as_bytes()), uses, expires, now).map_err(Failure::from)
}

fn secret() -> Result<String, Failure> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::Internal(format!("no random numbers: {error}")))?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    const ONCE: Terms = Terms { uses: 1, expires_in: Duration::from_secs(60) };

    fn places(dir: &Path, tls: &[&str]) {
        let tls: Vec<_> = tls.iter().map(|address| address.parse().unwrap()).collect();
        let bridge = Some(Path::new("/run/bridge.sock"));
        Places::new(&tls, bridge, "", [7; 32].into()).write(dir).unwrap();
    }

    #[test]
    fn an_invite_is_a_url_whose_secret_the_daemon_knows_by_its_hash() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        places(dir.path(), &["127.0.0.1:7275"]);
        let (first, second) =
            (invite(dir.path(), ONCE).unwrap(), invite(dir.path(), ONCE).unwrap());
        assert_ne!(first, second);
        let (url, secret) = first.split_once("&invite=").unwrap();
        assert_eq!(url, format!("parlor://127.0.0.1:7275?pin=sha256:{}", "07".repeat(32)));
        assert_eq!(BASE64URL_NOPAD.decode(secret.as_bytes()).unwrap().len(), 16);
        let known = store.invite(hash(secret.as_bytes())).unwrap().unwrap();
        assert_eq!(known.uses_left, 1);
        assert!(store.invite(hash(b"another")).unwrap().is_none());
    }

    #[test]
    fn without_a_daemon_or_a_listener_to_name_there_is_no_invite() {
        let dir = tempfile::tempdir().unwrap();
        let none = invite(dir.path(), ONCE).unwrap_err();
        assert!(none.to_string().ends_with("start parlord"), "{none}");
        let _store = Store::open(dir.path()).unwrap();
        places(dir.path(), &[]);
        let nowhere = invite(dir.path(), ONCE).unwrap_err();
        assert!(nowhere.to_string().contains("listen.tls"), "{nowhere}");
        assert_eq!((none.code(), nowhere.code()), (69, 69));
    }
}
