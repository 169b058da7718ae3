//! Sessions: a person shows an API key once, and from then on a token that a browser keeps.
//!
//! A token is `pgs_` and 256 random bits; the store keeps its hash, so what is on disk opens nothing. A session ends
//! with its key, after its time, or when the person signs out; a server that has just looked learns of it within a
//! second.

use std::{sync::Arc, time::Instant};

use data_encoding::BASE32_DNSSEC;

use super::{
    Access, Caller, Gate, Keys,
    access::{check_scope, unauthenticated, unavailable},
    desk::now,
};
use crate::{
    fault::{Code, Fault},
    limits,
    review::Millis,
    store::{OpenSession, Scope, Session, StoreError},
};

/// How every token begins.
const MARK: &str = "pgs_";
/// Random bytes of a token: 52 letters.
const TOKEN_BYTES: usize = 32;

/// What a person who signed in gets.
pub struct SignedIn {
    /// The token, to be shown with each call from now on. Shown once.
    pub token: String,
    /// Who it is.
    pub caller: Caller,
    /// Until when.
    pub until: Millis,
}

/// Not the token: it would be in a log for ever.
impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn").field("caller", &self.caller).field("until", &self.until).finish_non_exhaustive()
    }
}

impl Gate {
    /// Signs a person in who shows an API key, `pgk_…`, of whatever scope. The session ends after
    /// [`limits::SESSION`], or with the key.
    pub async fn sign_in(&self, key_text: &str) -> Result<SignedIn, Fault> {
        match &self.access {
            Access::Open => {
                let message = "this server asks nobody for a key: there is nothing to sign in to";
                Err(Fault::new(Code::FailedPrecondition, "ACCESS_OPEN", message))
            }
            Access::Keys(keys) => keys.sign_in(key_text.trim()).await,
        }
    }

    /// Lets a caller in who shows the token of a session whose key is for one of these scopes.
    pub async fn session(&self, token: &str, scopes: &[Scope]) -> Result<Caller, Fault> {
        match &self.access {
            Access::Open => Ok(Caller::anyone()),
            Access::Keys(keys) => keys.session(token, scopes).await,
        }
    }

    /// Ends a session, on every server within a second. A token that opens nothing is none to end.
    pub async fn sign_out(&self, token: &str) -> Result<(), Fault> {
        match &self.access {
            Access::Open => Ok(()),
            Access::Keys(keys) => keys.sign_out(token).await,
        }
    }
}

impl Keys {
    async fn sign_in(&self, key_text: &str) -> Result<SignedIn, Fault> {
        let key = self.valid(key_text).await?;
        let token = new_token()?;
        let (created, lasts) = (now(), Millis::try_from(limits::SESSION.as_millis()).unwrap_or(Millis::MAX));
        let expires = key.expires.unwrap_or(Millis::MAX).min(created.saturating_add(lasts));
        let session = Session { token_hash: hash(&token), key_id: key.id, created, expires };
        self.store.open_session(session, created).await.map_err(|error| match error {
            // Revoked since the store was asked for it.
            StoreError::NotFound { .. } => unauthenticated("KEY_REVOKED", "the API key was revoked"),
            other => unavailable(&other),
        })?;
        Ok(SignedIn { token, caller: Caller::with(&key), until: expires })
    }

    async fn session(&self, token: &str, scopes: &[Scope]) -> Result<Caller, Fault> {
        let unknown = || unauthenticated("SESSION_UNKNOWN", "nobody is signed in here, or not any more: sign in");
        if !is_form(token) {
            return Err(unknown());
        }
        let found = self.find_session(hash(token)).await?.ok_or_else(unknown)?;
        let OpenSession { session, key } = &*found;
        // Takes the same time whatever of it differs.
        let is_of = blake3::hash(token.as_bytes()) == blake3::Hash::from(session.token_hash);
        let (now, ends) = (now(), [Some(session.expires), key.expires, key.revoked]);
        if !is_of || ends.into_iter().flatten().any(|it| it <= now) {
            return Err(unknown());
        }
        check_scope(key, scopes)?;
        Ok(Caller::with(key))
    }

    async fn sign_out(&self, token: &str) -> Result<(), Fault> {
        if !is_form(token) {
            return Ok(());
        }
        let token_hash = hash(token);
        self.store.close_session(&token_hash).await.map_err(|it| unavailable(&it))?;
        self.sessions.insert(token_hash, None, Instant::now());
        Ok(())
    }

    /// The session with this hash, as the store had it within the last second.
    async fn find_session(&self, token_hash: [u8; 32]) -> Result<Option<Arc<OpenSession>>, Fault> {
        if let Some(known) = self.sessions.get(&token_hash) {
            return Ok(known.value);
        }
        let _one = self.asking.acquire().await.map_err(|it| Fault::internal(&it))?;
        // Others may have asked while this one waited.
        if let Some(known) = self.sessions.get(&token_hash) {
            return Ok(known.value);
        }
        let at = Instant::now();
        let found = self.store.find_session(&token_hash).await.map_err(|it| unavailable(&it))?.map(Arc::new);
        self.sessions.insert(token_hash, found.clone(), at);
        Ok(found)
    }
}

/// A token that nobody can guess.
fn new_token() -> Result<String, Fault> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(|it| Fault::internal(&it))?;
    Ok(format!("{MARK}{}", BASE32_DNSSEC.encode(&bytes)))
}

fn hash(token: &str) -> [u8; 32] {
    *blake3::hash(token.as_bytes()).as_bytes()
}

/// Whether a text has the form of a token: what has not is no question for the store.
fn is_form(token: &str) -> bool {
    token.strip_prefix(MARK).is_some_and(|it| {
        it.len() == BASE32_DNSSEC.encode_len(TOKEN_BYTES)
            && it.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_has_one_form_and_no_two_are_alike() {
        let (token, other) = (new_token().expect("random"), new_token().expect("random"));
        assert!(token != other && token.len() == 4 + 52 && is_form(&token), "{token}");
        for wrong in ["", "pgs_", &token[1..], &token[..55], &token.to_uppercase(), &format!("{token}0")] {
            assert!(!is_form(wrong), "{wrong:?}");
        }
    }
}
