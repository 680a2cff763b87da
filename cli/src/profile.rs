//! What is remembered between commands, apart from configuration and readable by its owner
//! only: for each profile a server, a user and a token; for each server its pin.
//!
//! Every file is replaced as a whole, so that a reader never sees half of one.

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
        let path = self.profile_path(name);
        let text = toml::to_string(profile).map_err(|error| Failure::file(&path, error))?;
        write(&path, &text)
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

/// Puts a file there as a whole or not at all; only its owner can read it.
fn write(path: &Path, text: &str) -> Result<()> {
    let aside = path.with_added_extension(format!("{}.new", Uuid::new_v4().simple()));
    let write = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
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
