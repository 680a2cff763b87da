//! Certificates that are shown, refused, made and renewed.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::time::Duration;

use data_encoding::HEXLOWER;
use expect_test::{Expect, expect};
use rcgen::{CertificateParams, KeyPair, PublicKeyData as _, date_time_ymd};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::*;

/// 2026-11-22T00:00:00Z.
const TODAY: u64 = 1_795_305_600;

fn after_days(days: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(TODAY + days * 24 * 60 * 60))
}

/// A folder with certificates: `new.pem` holds from 2026-01-01 for two years, `old.pem` ended
/// on 2026-11-01, both for `key.pem`; `other.pem` is another key.
struct Folder {
    dir: TempDir,
    key: KeyPair,
}

impl Folder {
    fn new() -> Self {
        let folder = Self { dir: tempfile::tempdir().unwrap(), key: KeyPair::generate().unwrap() };
        let certificate = |from, to| {
            let mut params = CertificateParams::new(["chat.example.org".to_owned()]).unwrap();
            (params.not_before, params.not_after) = (from, to);
            params.self_signed(&folder.key).unwrap().pem()
        };
        let (from, to) = (date_time_ymd(2026, 1, 1), date_time_ymd(2028, 1, 1));
        folder.write("new.pem", &certificate(from, to), 0o644);
        folder.write("old.pem", &certificate(from, date_time_ymd(2026, 11, 1)), 0o644);
        folder.write("early.pem", &certificate(date_time_ymd(2027, 1, 1), to), 0o644);
        folder.write("key.pem", &folder.key.serialize_pem(), 0o600);
        folder.write("other.pem", &KeyPair::generate().unwrap().serialize_pem(), 0o600);
        folder.write("open.pem", &folder.key.serialize_pem(), 0o644);
        folder.write("garbage.pem", "garbage", 0o600);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str, mode: u32) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }

    fn given(&self, certificate: &str, key: &str) -> config::Tls {
        config::Tls { cert: Some(self.path(certificate)), key: Some(self.path(key)) }
    }

    #[track_caller]
    fn check_refused(&self, certificate: &str, key: &str, expect: &Expect) {
        let error = check(&self.given(certificate, key), after_days(0)).unwrap_err();
        let folder = format!("{}/", self.dir.path().display());
        expect.assert_eq(&error.to_string().replace(&folder, ""));
    }
}

const NOTHING_GIVEN: config::Tls = config::Tls { cert: None, key: None };

#[test]
fn a_pin_is_the_hash_of_the_public_key_as_certificates_hold_it() {
    let folder = Folder::new();
    let given = folder.given("new.pem", "key.pem");
    let pin = Certificates::load(&given, folder.dir.path(), after_days(0)).unwrap().pin();
    let expect = Sha256::digest(folder.key.subject_public_key_info());
    assert_eq!(pin.to_string(), format!("sha256:{}", HEXLOWER.encode(&expect)));
}

#[test]
fn what_cannot_be_shown_to_clients_is_refused() {
    let folder = Folder::new();
    folder.check_refused(
        "nothing.pem",
        "key.pem",
        &expect!["nothing.pem: No such file or directory (os error 2)"],
    );
    folder.check_refused(
        "new.pem",
        "nothing.pem",
        &expect!["nothing.pem: No such file or directory (os error 2)"],
    );
    folder.check_refused(
        "garbage.pem",
        "key.pem",
        &expect!["garbage.pem: holds no certificate in PEM"],
    );
    folder.check_refused(
        "new.pem",
        "garbage.pem",
        &expect!["garbage.pem: holds no private key in PEM"],
    );
    folder.check_refused("new.pem", "other.pem", &expect!["other.pem: is not the key of new.pem"]);
    folder.check_refused(
        "old.pem",
        "key.pem",
        &expect!["old.pem: certificate has expired: 2026-11-01"],
    );
    folder.check_refused(
        "new.pem",
        "open.pem",
        &expect!["open.pem: a private key that everybody can reach: mode 0644, want 0600"],
    );
    // The two in the wrong order.
    folder.check_refused("key.pem", "new.pem", &expect!["key.pem: holds no certificate in PEM"]);
    folder.check_refused("", "key.pem", &expect![": Is a directory (os error 21)"]);
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    folder.write("broken.pem", broken, 0o600);
    folder.check_refused(
        "broken.pem",
        "key.pem",
        &expect!["broken.pem: not usable: TrailingData(SignedData)"],
    );
}

#[test]
fn the_operator_is_warned_before_a_certificate_ends_and_while_it_has_not_begun() {
    let folder = Folder::new();
    let load = |name| {
        let given = folder.given(name, "key.pem");
        Certificates::load(&given, folder.dir.path(), after_days(0)).unwrap()
    };
    let new = load("new.pem");
    assert_eq!(new.warning(after_days(0)), None);
    let soon = new.warning(after_days(395)).unwrap();
    assert_eq!(soon, "certificate expires soon, renew it: 2028-01-01");
    let late = new.warning(after_days(406)).unwrap();
    assert_eq!(late, "certificate has expired: 2028-01-01");
    let early = load("early.pem").warning(after_days(0)).unwrap();
    let expect = "certificate is not valid yet, clients will refuse it before 2027-01-01";
    assert_eq!(early, expect);
}

#[test]
fn a_bad_file_at_a_reload_leaves_the_old_certificate() {
    let folder = Folder::new();
    let given = folder.given("new.pem", "key.pem");
    let dir = folder.dir.path();
    let certificates = Certificates::load(&given, dir, after_days(0)).unwrap();
    let pin = certificates.pin();
    assert_eq!(certificates.reload(&given, dir, after_days(0)), Ok(Renewal::Same));
    fs::copy(folder.path("other.pem"), folder.path("key.pem")).unwrap();
    assert!(certificates.reload(&given, dir, after_days(0)).is_err());
    assert_eq!(certificates.pin(), pin);
    let other = folder.given("early.pem", "open.pem");
    folder.write("open.pem", &folder.key.serialize_pem(), 0o640);
    let renewed = certificates.reload(&other, dir, after_days(0));
    assert_eq!(renewed, Ok(Renewal::Renewed { same_pin: true }));
}

#[test]
fn the_first_start_makes_a_certificate_whose_key_is_private() {
    let dir = tempfile::tempdir().unwrap();
    let first = Certificates::load(&NOTHING_GIVEN, dir.path(), after_days(0)).unwrap();
    let key = fs::metadata(dir.path().join("tls-key.pem")).unwrap();
    assert_eq!(key.mode() & 0o777, 0o600);
    let again = Certificates::load(&NOTHING_GIVEN, dir.path(), after_days(1)).unwrap();
    assert_eq!(first.pin(), again.pin());
    assert_eq!(first.current.0.load().key.cert, again.current.0.load().key.cert);
    assert_eq!(first.warning(after_days(0)), None);
    assert!(first.server_config().is_ok());
}

#[test]
fn the_first_certificate_is_for_this_machine() {
    let dir = tempfile::tempdir().unwrap();
    let own = Certificates::load(&NOTHING_GIVEN, dir.path(), after_days(0)).unwrap();
    let identity = own.current.0.load();
    let leaf = webpki::EndEntityCert::try_from(identity.key.cert.first().unwrap()).unwrap();
    for name in ["localhost", "127.0.0.1", "::1"] {
        let name = rustls_pki_types::ServerName::try_from(name).unwrap();
        assert!(leaf.verify_is_valid_for_subject_name(&name).is_ok(), "{name:?}");
    }
}

#[test]
fn a_renewed_certificate_keeps_its_key_and_so_its_pin() {
    let dir = tempfile::tempdir().unwrap();
    let own = Certificates::load(&NOTHING_GIVEN, dir.path(), after_days(0)).unwrap();
    let reload = |days| own.reload(&NOTHING_GIVEN, dir.path(), after_days(days));
    assert_eq!(reload(334), Ok(Renewal::Same));
    assert_eq!(reload(336), Ok(Renewal::Renewed { same_pin: true }));
    assert_eq!(own.warning(after_days(336 + 334)), None);
    fs::remove_file(dir.path().join("tls-cert.pem")).unwrap();
    assert_eq!(reload(337), Ok(Renewal::Renewed { same_pin: true }));
    fs::write(dir.path().join("tls-cert.pem"), "garbage").unwrap();
    assert_eq!(reload(338), Ok(Renewal::Renewed { same_pin: true }));
}

#[test]
fn a_lost_key_is_not_replaced_behind_the_back_of_those_who_pinned_it() {
    let dir = tempfile::tempdir().unwrap();
    let own = Certificates::load(&NOTHING_GIVEN, dir.path(), after_days(0)).unwrap();
    fs::remove_file(dir.path().join("tls-key.pem")).unwrap();
    let error = own.reload(&NOTHING_GIVEN, dir.path(), after_days(0)).unwrap_err();
    assert!(error.reason.starts_with("is gone; put it back"), "{error}");
    fs::write(dir.path().join("tls-key.pem"), "garbage").unwrap();
    assert!(Certificates::load(&NOTHING_GIVEN, dir.path(), after_days(0)).is_err());
}
