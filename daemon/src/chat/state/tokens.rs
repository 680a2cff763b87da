//! API tokens: what bots sign in with.

use std::sync::Arc;

use parlor_proto::ids::UserId;

use crate::chat::effects::TokenFacts;
use crate::chat::input::{SecretHash, SecretId, Stamp};
use crate::chat::ledger::Ledger;
use crate::chat::snapshot::TokenRow;

const FIRST: SecretHash = SecretHash([0; 32]);
const LAST: SecretHash = SecretHash([u8::MAX; 32]);

/// All API tokens, by their hash and by the bot whose they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::chat) struct Tokens {
    by_hash: Ledger<SecretHash, ApiToken>,
    of_bot: Ledger<(UserId, SecretHash), ()>,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::chat) struct ApiToken {
    pub(in crate::chat) bot: UserId,
    pub(in crate::chat) name: Arc<str>,
    pub(in crate::chat) created: Stamp,
    pub(in crate::chat) last_used: Option<Stamp>,
}

impl Tokens {
    pub(super) fn new(rows: Vec<TokenRow>) -> Self {
        let mut tokens = Self::default();
        for TokenRow { hash, bot, name, created, last_used } in rows {
            tokens.add(hash, ApiToken { bot, name, created, last_used });
        }
        tokens
    }

    pub(in crate::chat) fn add(&mut self, hash: SecretHash, token: ApiToken) {
        self.of_bot.insert((token.bot, hash), ());
        self.by_hash.insert(hash, token);
    }

    pub(in crate::chat) fn remove(&mut self, hash: &SecretHash) {
        if let Some(token) = self.by_hash.remove(hash) {
            self.of_bot.remove(&(token.bot, *hash));
        }
    }

    pub(in crate::chat) fn get(&self, hash: &SecretHash) -> Option<&ApiToken> {
        self.by_hash.get(hash)
    }

    pub(in crate::chat) fn get_mut(&mut self, hash: &SecretHash) -> Option<&mut ApiToken> {
        self.by_hash.get_mut(hash)
    }

    /// The token that people call so.
    pub(in crate::chat) fn called(&self, id: SecretId) -> Option<(SecretHash, &ApiToken)> {
        let (least, greatest) = id.hashes();
        self.by_hash.range(least..=greatest).next().map(|(hash, token)| (*hash, token))
    }

    pub(in crate::chat) fn of_bot(&self, bot: UserId) -> impl Iterator<Item = SecretHash> {
        self.of_bot.range((bot, FIRST)..=(bot, LAST)).map(|((_, hash), ())| *hash)
    }

    pub(in crate::chat) fn facts(&self, hash: &SecretHash) -> Option<TokenFacts> {
        let ApiToken { name, created, last_used, .. } = self.get(hash)?;
        let (name, created, last_used) = (Arc::clone(name), *created, *last_used);
        Some(TokenFacts { token: SecretId::of(hash), name, created, last_used })
    }

    pub(super) fn keep(&mut self) {
        self.by_hash.keep();
        self.of_bot.keep();
    }

    pub(super) fn undo(&mut self) {
        self.by_hash.undo();
        self.of_bot.undo();
    }
}
