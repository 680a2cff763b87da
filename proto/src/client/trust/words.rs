//! Why a certificate was refused, in words for a person who may have to decide about it.

use rustls::{CertificateError, Error as TlsError, OtherError};

/// Names of a certificate that are shown.
const NAMES_MAX: usize = 3;

/// The longest of them (RFC 1035).
const NAME_BYTES_MAX: usize = 253;

/// The words for each refusal that people meet; whatever is rarer is left to the library.
#[expect(clippy::wildcard_enum_match_arm, reason = "the library adds kinds as it likes")]
pub(super) fn why_refused(error: &TlsError) -> String {
    let TlsError::InvalidCertificate(error) = error else { return error.to_string() };
    let words = match error {
        CertificateError::UnknownIssuer => "its issuer is not known",
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired, if this machine's clock is right"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet, if this machine's clock is right"
        }
        CertificateError::Revoked => "it has been revoked",
        CertificateError::BadSignature => "its issuer has not signed it",
        CertificateError::BadEncoding => "it cannot be read",
        CertificateError::NotValidForNameContext { presented, .. } => return other_name(presented),
        CertificateError::NotValidForName => return other_name(&[]),
        CertificateError::Other(OtherError(other)) => match other.downcast_ref::<webpki::Error>() {
            Some(webpki::Error::CaUsedAsEndEntity) => {
                "it is an authority's own and not a server's; a self-made one is trusted by its pin"
            }
            _ => "it does not fit the rules for certificates",
        },
        other => return other.to_string(),
    };
    words.to_owned()
}

/// The library tells names as `DnsName("chat.example")` and `IpAddress(10.0.0.1)`. They are text
/// of a stranger: what is no plain name is not shown.
fn other_name(presented: &[String]) -> String {
    let name = |text: &String| {
        let inside = text.strip_prefix("DnsName(").or_else(|| text.strip_prefix("IpAddress("))?;
        let name = inside.strip_suffix(')')?.trim_matches('"');
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:*".contains(&byte);
        (name.len() <= NAME_BYTES_MAX && name.bytes().all(is_plain)).then(|| name.to_owned())
    };
    let names: Vec<_> = presented.iter().filter_map(name).take(NAMES_MAX).collect();
    if names.is_empty() {
        "it is for another name".to_owned()
    } else {
        format!("it is for another name: {}", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[track_caller]
    fn check(error: CertificateError, expect: &str) {
        let why = why_refused(&TlsError::InvalidCertificate(error));
        assert!(why.contains(expect), "{why}");
        assert!(!why.contains(['(', '{']), "this is for programmers: {why}");
    }

    #[test]
    fn people_read_words() {
        check(CertificateError::UnknownIssuer, "issuer is not known");
        check(CertificateError::Expired, "expired");
        let for_names = |presented: &[&str]| CertificateError::NotValidForNameContext {
            expected: "c.example".try_into().unwrap(),
            presented: presented.iter().map(|&name| name.to_owned()).collect(),
        };
        let names = ["DnsName(\"a.example\")", "DnsName(\"\u{1b}[2J\")", "IpAddress(10.0.0.1)"];
        check(for_names(&names), "it is for another name: a.example, 10.0.0.1");
        check(for_names(&[]), "it is for another name");
        let other = |error| CertificateError::Other(OtherError(Arc::new(error)));
        check(other(webpki::Error::CaUsedAsEndEntity), "trusted by its pin");
        check(other(webpki::Error::PathLenConstraintViolated), "does not fit");
    }
}
