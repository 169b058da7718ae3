//! Who may do what: the key that a caller shows, looked up in the store and known for a second.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::Semaphore;

use super::{Gate, desk::now, key, recent::Recent};
use crate::{
    fault::{Code, Fault},
    limits,
    metrics::Levels,
    review::Origin,
    store::{ApiKey, Depth, OpenSession, Scope, Store, StoreError},
};

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Name of the key, as it stands in the audit; none where no key is asked for.
    pub name: Option<String>,
    /// What the key is for.
    pub scopes: Vec<Scope>,
    /// By which the key is found; it is no secret, and no other key has it.
    pub key_prefix: Option<String>,
}

impl Caller {
    /// Whoever calls where no key is asked for.
    pub(super) fn anyone() -> Self {
        Self { name: None, scopes: vec![Scope::Admin], key_prefix: None }
    }

    pub(super) fn with(key: &ApiKey) -> Self {
        Self { name: Some(key.name.clone()), scopes: key.scopes.clone(), key_prefix: Some(key.prefix.clone()) }
    }

    /// Whether this may be done by the caller.
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&Scope::Admin) || self.scopes.contains(&scope)
    }
}

/// Who is let in.
#[derive(Debug, Default)]
pub enum Access {
    /// Everyone, to everything.
    #[default]
    Open,
    /// Who has a key.
    Keys(Keys),
}

/// The keys of a store.
#[derive(Debug)]
pub struct Keys {
    pub(super) store: Arc<dyn Store>,
    /// Keys by their prefixes.
    known: Recent<String, ApiKey>,
    /// Sessions by the hashes of their tokens.
    pub(super) sessions: Recent<[u8; 32], OpenSession>,
    /// Questions to the store at a time: guesses of keys do not crowd out what the store is for.
    pub(super) asking: Semaphore,
}

/// Why nobody would know who is let in.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// There is no key that could be shown.
    #[error(
        "there is no API key, so everyone who reaches the listeners could do everything: make a key with \
         `pagegate keys create`, listen on 127.0.0.1 alone, or say --insecure"
    )]
    NoKey,
    /// The store does not say which keys there are.
    #[error("read the API keys")]
    Store(#[source] StoreError),
}

/// From where callers come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// From this machine alone.
    Near,
    /// From elsewhere, too.
    Far,
    /// From anywhere, and all are welcome: the operator says so.
    Welcome,
}

impl Access {
    /// Access by the keys of the store, if it has one that is neither revoked nor expired. Without, callers from
    /// this machine are let in, and others are none of this server's unless they are welcome.
    pub async fn of(store: Option<Arc<dyn Store>>, callers: Callers) -> Result<Self, AccessError> {
        let now = now();
        if let Some(store) = store.filter(|_| callers != Callers::Welcome) {
            let keys = store.keys().await.map_err(AccessError::Store)?;
            if keys.iter().any(|it| it.revoked.is_none() && it.expires.is_none_or(|it| it > now)) {
                return Ok(Self::keys(store));
            }
        }
        if callers == Callers::Far { Err(AccessError::NoKey) } else { Ok(Self::Open) }
    }

    fn store(&self) -> Option<&Arc<dyn Store>> {
        match self {
            Self::Open => None,
            Self::Keys(keys) => Some(&keys.store),
        }
    }

    /// Access by the keys of a store.
    #[must_use]
    pub fn keys(store: Arc<dyn Store>) -> Self {
        let asking = Semaphore::new(limits::KEY_QUESTIONS);
        Self::Keys(Keys { store, known: Recent::default(), sessions: Recent::default(), asking })
    }
}

impl Gate {
    /// Sets who is let in; without this, everyone is.
    #[must_use]
    pub fn with_access(self, access: Access) -> Self {
        Self { access, ..self }
    }

    /// Lets a caller in who shows a key for one of these scopes. `authorization` is the header's value:
    /// `Bearer pgk_…`. A key that was revoked is refused after a second at the latest.
    pub async fn authorize(&self, authorization: Option<&str>, scopes: &[Scope]) -> Result<Caller, Fault> {
        match &self.access {
            Access::Open => Ok(Caller::anyone()),
            Access::Keys(keys) => keys.authorize(authorization, scopes).await,
        }
    }

    /// Whether everyone is let in, to everything.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.access, Access::Open)
    }

    /// The store of the queue, or that of the keys alone.
    fn any_store(&self) -> Option<&Arc<dyn Store>> {
        self.desk.as_ref().map(|it| &it.store).or_else(|| self.access.store())
    }

    /// Whether the gate can do its work.
    pub async fn ready(&self) -> Result<(), Fault> {
        match self.any_store() {
            Some(store) => store.health().await.map(|_| ()).map_err(|it| unavailable(&it)),
            None => Ok(()),
        }
    }

    /// What is read at the moment that metrics are asked for. A queue that cannot be read is left out: that it
    /// cannot, the metrics of the store say.
    pub async fn levels(&self, bytes_in_flight: usize) -> Levels {
        let levels = Levels { bytes_in_flight, ..Levels::default() };
        let Some(store) = self.any_store() else { return levels };
        let Ok(depth) = store.depth().await else { return levels };
        let age = depth.oldest.map_or(0, |it| now() - it);
        Levels {
            queue: Origin::ALL.iter().map(|origin| (origin.name(), count(&depth, *origin))).collect(),
            oldest: Duration::from_millis(u64::try_from(age).unwrap_or(0)),
            ..levels
        }
    }
}

/// Pages that wait, held for this.
fn count(depth: &Depth, origin: Origin) -> u64 {
    depth.pending.iter().filter(|it| it.0 == origin).map(|it| it.1).sum()
}

impl Keys {
    async fn authorize(&self, authorization: Option<&str>, scopes: &[Scope]) -> Result<Caller, Fault> {
        let Some(value) = authorization else {
            return Err(unauthenticated(
                "KEY_MISSING",
                "no API key was sent: send the header authorization with Bearer and a key, as \
                 `pagegate keys create` makes one",
            ));
        };
        let text = bearer(value).ok_or_else(|| {
            unauthenticated("KEY_MALFORMED", "the header authorization must be Bearer and a key, as pgk_…")
        })?;
        let key = self.valid(text).await?;
        check_scope(&key, scopes)?;
        Ok(Caller::with(&key))
    }

    /// The key of this text, if it is in force.
    pub(super) async fn valid(&self, text: &str) -> Result<Arc<ApiKey>, Fault> {
        let unknown = || unauthenticated("KEY_UNKNOWN", "the API key is none of this server's");
        let prefix = key::prefix(text).ok_or_else(unknown)?;
        let key = self.find(prefix).await?.filter(|it| key::is_of(text, it)).ok_or_else(unknown)?;
        let now = now();
        if key.revoked.is_some_and(|it| it <= now) {
            return Err(unauthenticated("KEY_REVOKED", "the API key was revoked"));
        }
        if key.expires.is_some_and(|it| it <= now) {
            return Err(unauthenticated("KEY_EXPIRED", "the API key has expired"));
        }
        Ok(key)
    }

    /// The key with this prefix, as the store had it within the last second.
    async fn find(&self, prefix: &str) -> Result<Option<Arc<ApiKey>>, Fault> {
        if let Some(known) = self.known.get(prefix) {
            return Ok(known.value);
        }
        let _one = self.asking.acquire().await.map_err(|it| Fault::internal(&it))?;
        // Others may have asked while this one waited.
        if let Some(known) = self.known.get(prefix) {
            return Ok(known.value);
        }
        let at = Instant::now();
        let key = self.store.find_key(prefix).await.map_err(|it| unavailable(&it))?.map(Arc::new);
        self.known.insert(prefix.to_owned(), key.clone(), at);
        Ok(key)
    }
}

/// Refuses a key that is for none of these.
pub(super) fn check_scope(key: &ApiKey, scopes: &[Scope]) -> Result<(), Fault> {
    if key::has_scope(key, scopes) {
        return Ok(());
    }
    let needed = scopes.iter().map(|it| it.name()).collect::<Vec<_>>().join(" or ");
    let message = format!("the API key {:?} is not for this, the scope {needed} is needed", key.name);
    Err(Fault::new(Code::PermissionDenied, "SCOPE_MISSING", message).with("needed", needed))
}

/// The caller is told no more: what the store says names hosts and files.
pub(super) fn unavailable(error: &StoreError) -> Fault {
    tracing::warn!(%error, "ask the store");
    Fault::unavailable("the store does not answer; try again")
}

/// The token of `Bearer TOKEN`.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

pub(super) fn unauthenticated(reason: &'static str, message: &str) -> Fault {
    Fault::new(Code::Unauthenticated, reason, message)
}
