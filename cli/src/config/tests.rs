//! Which of the places that name something wins.

use clap::Parser as _;
use parlor_proto::client::Token;

use super::*;
use crate::args::Args;
use crate::profile::Secret;

const PIN: &str = "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const OTHER_PIN: &str = "sha256:ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn store(&self) -> Store {
        Store::new(self.0.path().to_owned())
    }

    /// Signs in at a server.
    fn signed_in(self, profile: &str, server: &str, ca: Option<&str>) -> Self {
        let token = Some(Secret::from(&Token::from([7; 32])));
        let profile_of =
            Profile { server: server.into(), user: "ann".into(), ca: ca.map(Into::into), token };
        self.store().remember(&Name::parse(profile).unwrap(), &profile_of).unwrap();
        self
    }

    fn load(&self, options: &str, file: &str) -> Result<Config> {
        let words = ["parlor"].into_iter().chain(options.split_whitespace()).chain(["whoami"]);
        let mut global = Args::try_parse_from(words).unwrap().global;
        if !options.contains("--server") {
            global.server = None; // Whoever runs the tests may have one in the environment.
        }
        if !options.contains("--profile") {
            global.profile = None;
        }
        Config::new(&global, toml::from_str(file).unwrap(), self.store())
    }
}

#[test]
fn a_server_is_named_or_remembered_or_configured() {
    let home = Home::new().signed_in("work", "parlor://work", None);
    let check = |options: &str, file: &str, expect: Option<&str>| {
        let config = home.load(options, file).unwrap();
        assert_eq!(config.address().ok().as_deref(), expect, "{options} {file}");
    };
    check("", "", None);
    check("", "server = 'parlor://file'", Some("parlor://file:7275"));
    check("--profile work", "server = 'parlor://file'", Some("parlor://work:7275"));
    check("", "profile = 'work'", Some("parlor://work:7275"));
    check("--server ws://[::1]:80 --profile work", "", Some("ws://[::1]:80"));
    let url = format!("--server parlor://h?pin={PIN}&invite=secret");
    check(&url, "", Some("parlor://h:7275"));
}

#[test]
fn what_makes_no_sense_is_refused_as_usage() {
    let home = Home::new();
    for options in ["--server gopher://h", "--server parlor://", "--profile ../etc", "--profile x"]
    {
        let failure = home.load(options, "").unwrap_err();
        assert_eq!(failure.exit, Exit::Usage, "{options}");
    }
    assert_eq!(home.load("", "").unwrap().server().unwrap_err().exit, Exit::Usage);
    for file in ["colour = 'never'", "color = 'pink'", "profile = 3", "["] {
        assert!(toml::from_str::<File>(file).is_err(), "{file}");
    }
}

#[test]
fn a_token_goes_nowhere_but_where_it_came_from() {
    let home = Home::new().signed_in("default", "parlor://h:7275", None);
    assert!(home.load("", "").unwrap().signed_in().is_ok());
    assert!(home.load("--server parlor://H", "").unwrap().signed_in().is_ok());
    for other in ["parlor://evil", "parlor://h:7276", "wss://h:7275", "ws://h:7275"] {
        let config = home.load(&format!("--server {other}"), "").unwrap();
        let failure = config.signed_in().unwrap_err();
        assert_eq!(failure.exit, Exit::Authentication, "{other}");
        assert!(failure.sentence.contains("belongs to parlor://h:7275"), "{}", failure.sentence);
        let hint = failure.hint.unwrap();
        assert!(hint.starts_with("parlor --server ") && hint.ends_with(" login"), "{hint}");
    }
    let config = home.load("--profile work --server parlor://h", "").unwrap();
    let hint = config.signed_in().unwrap_err().hint.unwrap();
    assert_eq!(hint, "parlor --profile work --server parlor://h:7275 login");
}

#[test]
fn whom_to_believe() {
    let home = Home::new().signed_in("ca", "parlor://h:7275", Some("/remembered.pem"));
    home.store().trust(&"parlor://h".parse().unwrap(), OTHER_PIN.parse().unwrap()).unwrap();
    let check = |options: &str, expect: Belief| {
        assert_eq!(home.load(options, "").unwrap().belief(), Ok(expect), "{options}");
    };
    let (pin, other): (Pin, Pin) = (PIN.parse().unwrap(), OTHER_PIN.parse().unwrap());
    let url = format!("--server parlor://h?pin={PIN}");
    check(&format!("{url} --pin {OTHER_PIN} --ca /a.pem"), Belief::Given(other));
    check(&format!("{url} --ca /a.pem"), Belief::Authorities("/a.pem".into()));
    check(&url, Belief::Given(pin));
    check("--server parlor://h --profile ca", Belief::Authorities("/remembered.pem".into()));
    check("--server parlor://h", Belief::Stored(other));
    check("--server parlor://g --profile ca", Belief::System);
    let clear = home.load(&format!("--server ws://h --pin {PIN}"), "").unwrap();
    assert_eq!(clear.belief().unwrap_err().exit, Exit::Usage);
}

#[test]
fn words_for_a_shell() {
    for (word, expect) in [
        ("lobby", "lobby"),
        ("a b", "'a b'"),
        ("", "''"),
        ("it's", r"'it'\''s'"),
        ("$(x)", "'$(x)'"),
    ] {
        assert_eq!(quoted(word), expect);
    }
    let words = ["--server", "ws://h", "send", "lobby", "it's me"].into_iter().map(str::to_owned);
    let shown = again("--insecure", words);
    assert_eq!(shown, r"parlor --insecure --server ws://h send lobby 'it'\''s me'");
}
