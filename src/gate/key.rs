//! API keys: how they are made, written and known again.
//!
//! A key is `pgk_`, a prefix by which it is found, `_` and its secret. The store keeps the prefix and a hash of the
//! whole; the secret is 256 random bits, so a fast hash is enough and nothing is to be guessed.

use data_encoding::BASE32_DNSSEC;

use crate::store::{ApiKey, Scope};

/// How every key begins.
const MARK: &str = "pgk_";
/// Random bytes of the prefix: eight letters.
const PREFIX_BYTES: usize = 5;
/// Random bytes of the secret: 52 letters.
const SECRET_BYTES: usize = 32;

/// A key as its bearer has it. Shown once, when it is made.
pub struct NewKey {
    /// By which it is found; no secret.
    pub prefix: String,
    /// The whole of it.
    pub text: String,
}

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("read random bytes of the operating system")]
pub struct RandomError(#[source] getrandom::Error);

impl NewKey {
    /// A key that nobody can guess.
    pub fn new() -> Result<Self, RandomError> {
        let (mut prefix, mut secret) = ([0; PREFIX_BYTES], [0; SECRET_BYTES]);
        getrandom::fill(&mut prefix).map_err(RandomError)?;
        getrandom::fill(&mut secret).map_err(RandomError)?;
        let prefix = BASE32_DNSSEC.encode(&prefix);
        let text = format!("{MARK}{prefix}_{}", BASE32_DNSSEC.encode(&secret));
        Ok(Self { prefix, text })
    }

    /// What the store keeps of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        *blake3::hash(self.text.as_bytes()).as_bytes()
    }
}

/// Not the secret: it would be in a log for ever.
impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{MARK}{}_…", self.prefix)
    }
}

/// The prefix of a text that has the form of a key.
pub(super) fn prefix(text: &str) -> Option<&str> {
    let (prefix, secret) = text.strip_prefix(MARK)?.split_once('_')?;
    let is_form = prefix.len() == BASE32_DNSSEC.encode_len(PREFIX_BYTES)
        && secret.len() == BASE32_DNSSEC.encode_len(SECRET_BYTES)
        && text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_');
    is_form.then_some(prefix)
}

/// Whether this is the text of a stored key. Takes the same time whatever of it differs.
pub(super) fn is_of(text: &str, key: &ApiKey) -> bool {
    blake3::hash(text.as_bytes()) == blake3::Hash::from(key.hash)
}

/// Whether a key is for one of these.
pub(super) fn has_scope(key: &ApiKey, scopes: &[Scope]) -> bool {
    key.scopes.iter().any(|it| *it == Scope::Admin || scopes.contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::KeyId;

    fn stored(new: &NewKey, scopes: &[Scope]) -> ApiKey {
        ApiKey {
            id: KeyId::new(0),
            prefix: new.prefix.clone(),
            hash: new.hash(),
            name: "test".into(),
            scopes: scopes.to_vec(),
            created: 0,
            expires: None,
            revoked: None,
        }
    }

    #[test]
    fn key_is_known_by_all_of_its_text_and_shown_without_its_secret() {
        let (new, other) = (NewKey::new().expect("random"), NewKey::new().expect("random"));
        assert_eq!(new.text.len(), 4 + 8 + 1 + 52);
        assert_eq!(prefix(&new.text), Some(new.prefix.as_str()));
        let key = stored(&new, &[Scope::Check]);
        assert!(is_of(&new.text, &key) && !is_of(&other.text, &key));
        let mut near = new.text.clone();
        let last = near.pop().expect("not empty");
        near.push(if last == '0' { '1' } else { '0' });
        assert!(!is_of(&near, &key), "the last letter counts");
        assert_eq!(format!("{new:?}"), format!("pgk_{}_…", new.prefix));
    }

    #[test]
    fn what_has_not_the_form_of_a_key_is_no_key() {
        let text = NewKey::new().expect("random").text;
        for wrong in [
            "",
            "pgk_",
            "pgk_abc_def",
            &text[1..],
            &text[..text.len() - 1],
            &text.to_uppercase(),
            &text.replace("pgk_", "pgk-"),
            &format!("{text}0"),
        ] {
            assert_eq!(prefix(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn scopes_are_their_own_and_admin_is_all() {
        let new = NewKey::new().expect("random");
        let key = stored(&new, &[Scope::Check]);
        assert!(has_scope(&key, &[Scope::Check]) && has_scope(&key, &[Scope::Check, Scope::Review]));
        assert!(!has_scope(&key, &[Scope::Review]) && !has_scope(&key, &[Scope::Admin]));
        assert!(has_scope(&stored(&new, &[Scope::Admin]), &[Scope::Review]));
        assert!(!has_scope(&stored(&new, &[]), &[Scope::Check, Scope::Review, Scope::Admin]));
    }
}
