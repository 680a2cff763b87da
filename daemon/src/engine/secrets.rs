//! Secrets that the core hands out and must not draw itself.

use zeroize::Zeroize as _;

use crate::chat::FreshToken;
use crate::wire::parse::hash;

/// 32 bytes from the operating system, and what they are known by.
pub(super) fn fresh_token() -> FreshToken {
    let mut secret = [0; 32];
    #[expect(clippy::expect_used, reason = "without random numbers there can be no sessions")]
    getrandom::fill(&mut secret).expect("the operating system gives random bytes");
    let token = FreshToken { secret, hash: hash(&secret) };
    secret.zeroize();
    token
}
