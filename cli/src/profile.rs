//! What is remembered between commands, apart from configuration and readable by its owner
//! only: for each profile a server, a user and a token; for each server its pin.
//!
//! Every file is replaced as a whole, so that a reader never sees half of one. Who reads a
//! profile to change it holds its lock, so that two commands do not undo each other.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use parlor_proto::client::{Pin, ServerUrl, Token};
use parlor_proto::name::Name;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::failure::{Failure, Result};

mod device;

/// The longest file that is read: far more than we ever write.
pub(crate) const FILE_BYTES_MAX: u64 = 256 * 1024;

/// What `login` leaves behind.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// Where; without pin or invite.
    pub(crate) server: String,
    pub(crate) user: String,
    /// The file of authorities that vouched for the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ca: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<Secret>,
}

/// A token as it is written down.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<&Token> for Secret {
    fn from(token: &Token) -> Self {
        Self(BASE64URL_NOPAD.encode(token.expose()))
    }
}

impl Secret {
    /// `None` if it is no token.
    pub(crate) fn token(&self) -> Option<Token> {
        let bytes = BASE64URL_NOPAD.decode(self.0.as_bytes()).ok()?;
        Token::try_from(bytes.as_slice()).ok()
    }
}

/// The folder of all that.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    folder: PathBuf,
}

impl Store {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub(crate) fn profile(&self, name: &Name) -> Result<Option<Profile>> {
        let path = self.profile_path(name);
        let Some(text) = read(&path)? else { return Ok(None) };
        toml::from_str(&text).map(Some).map_err(|error| {
            // The message alone: the error itself would show the line, token and all.
            Failure::file(&path, error.message())
        })
    }

    pub(crate) fn remember(&self, name: &Name, profile: &Profile) -> Result<()> {
        let _lock = self.lock(name)?;
        self.put(name, profile)
    }

    /// Goes on with another session. Not if the profile has moved on meanwhile: to a session
    /// that another command has opened, to somebody else, or to nobody.
    pub(crate) fn replace_token(
        &self,
        name: &Name,
        before: Option<&Secret>,
        now: Secret,
    ) -> Result<()> {
        let _lock = self.lock(name)?;
        match self.profile(name)? {
            Some(profile) if profile.token.as_ref() == before => {
                self.put(name, &Profile { token: Some(now), ..profile })
            }
            Some(_) | None => Ok(()),
        }
    }

    fn put(&self, name: &Name, profile: &Profile) -> Result<()> {
        let path = self.profile_path(name);
        let text = toml::to_string(profile).map_err(|error| Failure::file(&path, error))?;
        write(&path, &text)
    }

    /// Held until it is dropped, or until the process ends, however it does.
    fn lock(&self, name: &Name) -> Result<File> {
        let path = self.folder.join("locks").join(format!("{name}.lock"));
        let lock = || -> io::Result<File> {
            make_folder_of(&path)?;
            let mut options = OpenOptions::new();
            let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path)?;
            match file.lock() {
                // Some network's disks know no locks; then the last one wins.
                Err(error) if error.kind() == ErrorKind::Unsupported => Ok(file),
                locked => locked.map(|()| file),
            }
        };
        lock().map_err(|error| Failure::file(&path, error))
    }

    /// The pin that was trusted for this server, if any.
    pub(crate) fn pin(&self, server: &ServerUrl) -> Result<Option<Pin>> {
        let path = self.pin_path(server);
        let Some(text) = read(&path)? else { return Ok(None) };
        text.trim().parse().map(Some).map_err(|error| Failure::file(&path, error))
    }

    pub(crate) fn trust(&self, server: &ServerUrl, pin: Pin) -> Result<()> {
        write(&self.pin_path(server), &format!("{pin}\n"))
    }

    fn profile_path(&self, name: &Name) -> PathBuf {
        self.folder.join("profiles").join(format!("{name}.toml"))
    }

    // One file per server, so that two commands cannot undo each other's trust. A server's
    // host is letters, digits, dots, dashes and colons: no separator of folders.
    fn pin_path(&self, server: &ServerUrl) -> PathBuf {
        self.folder.join("pins").join(format!("{}.pin", server.authority().replace('/', "_")))
    }
}

/// A whole file of ours, or `None` if there is none.
pub(crate) fn read(path: &Path) -> Result<Option<String>> {
    let read = || -> io::Result<String> {
        let mut text = String::new();
        let bytes = File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
        if bytes as u64 > FILE_BYTES_MAX { Err(ErrorKind::FileTooLarge.into()) } else { Ok(text) }
    };
    match read() {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::file(path, error)),
    }
}

fn make_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Puts a file there as a whole or not at all; only its owner can read it.
fn write(path: &Path, text: &str) -> Result<()> {
    let aside = path.with_added_extension(format!("{}.new", Uuid::new_v4().simple()));
    let write = || -> io::Result<()> {
        make_folder_of(path)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&aside, path)
    };
    write().map_err(|error| {
        drop(fs::remove_file(&aside)); // Most likely it was never made.
        Failure::file(path, error)
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const PIN: &str = "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    fn profile() -> Profile {
        Profile {
            server: "parlor://127.0.0.1:7275".into(),
            user: "ann".into(),
            ca: None,
            token: Some(Secret::from(&Token::from([7; 32]))),
        }
    }

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn what_is_remembered_comes_back() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path().join("state/parlor"));
        assert_eq!(store.profile(&name("default")).unwrap(), None);
        store.remember(&name("default"), &profile()).unwrap();
        store.remember(&name("default"), &profile()).unwrap();
        let back = store.profile(&name("default")).unwrap().unwrap();
        assert_eq!(back, profile());
        assert_eq!(back.token.unwrap().token(), Some(Token::from([7; 32])));
        assert_eq!(store.profile(&name("work")).unwrap(), None);
    }

    #[test]
    fn a_new_session_takes_the_place_of_the_one_that_was_known_and_of_no_other() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path().to_owned());
        let token = |byte: u8| Secret::from(&Token::from([byte; 32]));
        let known = || store.profile(&name("default")).unwrap().and_then(|profile| profile.token);
        let replace = |before, now| {
            let (before, now) = (token(before), token(now));
            store.replace_token(&name("default"), Some(&before), now).unwrap();
        };
        replace(7, 8);
        assert_eq!(known(), None, "nobody is signed in");
        store.remember(&name("default"), &profile()).unwrap();
        replace(7, 8);
        assert_eq!(known(), Some(token(8)));
        replace(7, 9);
        assert_eq!(known(), Some(token(8)), "another command was first");
        let logged_out = Profile { token: None, ..profile() };
        store.remember(&name("default"), &logged_out).unwrap();
        replace(8, 9);
        assert_eq!(known(), None, "logged out meanwhile");
    }

    #[test]
    fn many_at_once_leave_one_whole_profile() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path().to_owned());
        let token = |byte: u8| Secret::from(&Token::from([byte; 32]));
        store.remember(&name("default"), &profile()).unwrap();
        std::thread::scope(|scope| {
            for byte in 100..108 {
                let store = &store;
                scope.spawn(move || {
                    let (before, now) = (token(7), token(byte));
                    store.replace_token(&name("default"), Some(&before), now).unwrap();
                });
            }
        });
        let won = store.profile(&name("default")).unwrap().unwrap();
        assert!((100..108).any(|byte| won.token == Some(token(byte))), "one of them was first");
        assert_eq!(fs::read_dir(home.path().join("profiles")).unwrap().count(), 1);
    }

    #[test]
    fn pins_are_kept_by_host_and_port() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path().to_owned());
        let server = |url: &str| url.parse::<ServerUrl>().unwrap();
        let pin = PIN.parse().unwrap();
        store.trust(&server("parlor://[::1]:7275"), pin).unwrap();
        assert_eq!(store.pin(&server("parlor://[::1]")).unwrap(), Some(pin));
        assert_eq!(store.pin(&server("parlor://[::1]:7276")).unwrap(), None);
        assert_eq!(store.pin(&server("parlor://localhost")).unwrap(), None);
    }

    #[test]
    fn only_the_owner_can_read_and_nothing_is_left_lying_about() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path().join("parlor"));
        store.remember(&name("default"), &profile()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = home.path().join("parlor/profiles");
        assert_eq!(mode(&folder.join("default.toml")), 0o600);
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&home.path().join("parlor")), 0o700);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_file_is_named_and_its_secret_is_not_shown() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path().to_owned());
        let path = store.profile_path(&name("default"));
        for (text, why) in [
            ("token = \"hush\nserver", "default.toml"),
            ("token = \"hush\"", "missing field"),
            ("server = 'a'\nuser = 'b'\nsecret = 'hush'", "unknown field"),
        ] {
            write(&path, text).unwrap();
            let failure = store.profile(&name("default")).unwrap_err();
            assert!(failure.sentence.contains(why), "{}", failure.sentence);
            assert!(!failure.sentence.contains("hush"), "{}", failure.sentence);
        }
        let long = "#".repeat(usize::try_from(FILE_BYTES_MAX).unwrap() + 1);
        write(&path, &long).unwrap();
        assert!(store.profile(&name("default")).is_err());
        assert!(!format!("{:?}", profile()).contains("Bwc"));
    }
}
