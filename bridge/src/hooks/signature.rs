//! What says that a delivery is ours: an HMAC with the webhook's key over the time and the body.

use aws_lc_rs::hmac;
use data_encoding::HEXLOWER;

/// What keys begin with, so that they are found where they do not belong.
const KEY_PREFIX: &str = "whk_";
const KEY_BYTES: usize = 32;

/// `t=UNIX,v1=HEX`: HMAC-SHA-256 with the key as it was shown, over `UNIX.BODY`.
pub(super) fn signature(key: &str, unix_seconds: u64, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(format!("{unix_seconds}.").as_bytes());
    context.update(body);
    format!("t={unix_seconds},v1={}", HEXLOWER.encode(context.sign().as_ref()))
}

/// A key for one webhook. Shown once.
pub(super) fn fresh_key() -> Result<String, aws_lc_rs::error::Unspecified> {
    let mut bytes = [0; KEY_BYTES];
    aws_lc_rs::rand::fill(&mut bytes)?;
    Ok(format!("{KEY_PREFIX}{}", HEXLOWER.encode(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_other_programs_make_of_it() {
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whk_key
        let expect = "t=1700000000,v1=\
                      d7638da591bea335b7bcb540a7f1a090f9dc545ef406ec27a81a959ee9847b97";
        let signed = signature("whk_key", 1_700_000_000, br#"{"a":1}"#);
        assert_eq!(signed, expect);
        assert_ne!(signed, signature("whk_key", 1_700_000_001, br#"{"a":1}"#));
        assert_ne!(signed, signature("whk_kez", 1_700_000_000, br#"{"a":1}"#));
        let (one, other) = (fresh_key().unwrap(), fresh_key().unwrap());
        assert!(one.starts_with("whk_") && one.len() == 68 && one != other);
    }
}
