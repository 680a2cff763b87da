//! A map that can take back what was done to it since the last batch was remembered.
//!
//! The store may refuse a whole batch (a full disk). Then nothing of it may have happened, in
//! memory either. Each change keeps what it replaced until the batch is safe.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::{Bound, RangeBounds};

/// An ordered map with a way back.
#[derive(Clone, Debug)]
pub(super) struct Ledger<K, V> {
    map: BTreeMap<K, V>,
    // Invariant: putting these back, the last one first, gives the map of the last `keep`.
    replaced: Vec<(K, Option<V>)>,
}

impl<K: Ord + Clone, V: Clone> Ledger<K, V> {
    pub(super) fn insert(&mut self, key: K, value: V) {
        let before = self.map.insert(key.clone(), value);
        self.replaced.push((key, before));
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let removed = self.map.remove(key)?;
        self.replaced.push((key.clone(), Some(removed.clone())));
        Some(removed)
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let value = self.map.get_mut(key)?;
        self.replaced.push((key.clone(), Some(value.clone())));
        Some(value)
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key)
    }

    pub(super) fn contains(&self, key: &K) -> bool {
        self.map.contains_key(key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.map.iter()
    }

    pub(super) fn range(&self, range: impl RangeBounds<K>) -> impl Iterator<Item = (&K, &V)> {
        self.map.range(range)
    }

    /// What comes after a key, which itself need not be there.
    pub(super) fn after<Q>(&self, key: &Q) -> impl Iterator<Item = (&K, &V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.map.range::<Q, _>((Bound::Excluded(key), Bound::Unbounded))
    }

    pub(super) fn first(&self) -> Option<(&K, &V)> {
        self.map.first_key_value()
    }

    pub(super) fn last(&self) -> Option<(&K, &V)> {
        self.map.last_key_value()
    }

    pub(super) fn len(&self) -> usize {
        self.map.len()
    }

    /// The batch is safe: there is no way back any more.
    pub(super) fn keep(&mut self) {
        self.replaced.clear();
    }

    /// The batch is lost: as if it had not been.
    pub(super) fn undo(&mut self) {
        while let Some((key, before)) = self.replaced.pop() {
            match before {
                Some(value) => self.map.insert(key, value),
                None => self.map.remove(&key),
            };
        }
    }
}

impl<K, V> Default for Ledger<K, V> {
    fn default() -> Self {
        Self { map: BTreeMap::new(), replaced: Vec::new() }
    }
}

/// What can be undone is not part of what it is.
impl<K: PartialEq, V: PartialEq> PartialEq for Ledger<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_kept_is_undone_in_reverse() {
        let mut ledger = Ledger::default();
        ledger.insert("a", 1);
        ledger.insert("b", 1);
        ledger.keep();
        let kept = ledger.clone();
        *ledger.get_mut(&"a").unwrap() = 2;
        ledger.insert("a", 3);
        ledger.remove(&"b");
        ledger.insert("c", 1);
        ledger.remove(&"c");
        ledger.insert("b", 9);
        ledger.undo();
        assert_eq!(ledger, kept);
        ledger.undo();
        assert_eq!(ledger, kept);
    }
}
