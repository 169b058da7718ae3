//! What the store said lately of keys and sessions: believed for a second, within a bound.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::limits;

/// Answers of the store by what it was asked for, that there is nothing included.
#[derive(Debug)]
pub(super) struct Recent<K, V>(Mutex<HashMap<K, Answer<V>>>);

/// An answer of the store.
#[derive(Debug)]
pub(super) struct Answer<V> {
    /// What there is, if there is something.
    pub(super) value: Option<Arc<V>>,
    /// When it was asked.
    at: Instant,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V> Recent<K, V> {
    /// What the store said, if that is not too long ago.
    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<Answer<V>>
    where
        K: Borrow<Q>,
    {
        self.lock()
            .get(key)
            .filter(|it| it.at.elapsed() < limits::KEY_KNOWN)
            .map(|it| Answer { value: it.value.clone(), at: it.at })
    }

    /// Keeps what the store said when it was asked at that moment.
    pub(super) fn insert(&self, key: K, value: Option<Arc<V>>, at: Instant) {
        let mut known = self.lock();
        if known.len() >= limits::KEYS_KNOWN {
            known.retain(|_, it| it.at.elapsed() < limits::KEY_KNOWN);
        }
        // Full of fresh ones: this one is asked for again.
        if known.len() < limits::KEYS_KNOWN || known.contains_key(&key) {
            known.insert(key, Answer { value, at });
        }
    }

    /// No code panics while it holds the lock, so a poisoned one is whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Answer<V>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
