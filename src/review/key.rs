//! What makes two pages, or two quotes, the same.

use std::fmt;

use crate::page::fold;

/// Hash of all that a check looks at in a page, by blake3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 32]);

/// Which page, and which content of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageKey {
    /// Source, may be empty.
    pub source: String,
    /// Id within the source; never empty, where the caller gave none it is the content hash.
    pub page_id: String,
    /// Its content.
    pub content_hash: ContentHash,
}

/// A [`PageKey`] in 16 bytes: what the door keeps in memory of all decided pages. 128 bits of blake3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHash(pub [u8; 16]);

/// Hash of a quoted text, folded, so that case, width and white space make no difference. 128 bits of blake3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuoteHash(pub [u8; 16]);

impl PageKey {
    /// The key in 16 bytes.
    #[must_use]
    pub fn hash(&self) -> KeyHash {
        KeyHash(hash_of(&[self.source.as_bytes(), self.page_id.as_bytes(), &self.content_hash.0]))
    }
}

impl QuoteHash {
    /// Hash of a quote. An empty one has a hash too.
    #[must_use]
    pub fn of(quote: &str) -> Self {
        let folded = fold::fold(quote);
        let words: Vec<&str> = folded.split_whitespace().collect();
        Self(hash_of(&[words.join(" ").as_bytes()]))
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|it| write!(f, "{it:02x}"))
    }
}

impl fmt::Display for QuoteHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|it| write!(f, "{it:02x}"))
    }
}

impl QuoteHash {
    /// The hash that was printed so.
    #[must_use]
    pub fn parse(hex: &str) -> Option<Self> {
        from_hex(hex).map(Self)
    }
}

/// Lengths go in with the parts, so that no two lists of parts give the same bytes.
fn hash_of(parts: &[&[u8]]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut hash = [0; 16];
    hasher.finalize_xof().fill(&mut hash);
    hash
}

/// Bytes of lower-case hexadecimal digits, exactly as many.
pub(super) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_that_fold_alike_are_the_same() {
        assert_eq!(QuoteHash::of("Share  THIS\u{a0}page "), QuoteHash::of("share this page"));
        assert_ne!(QuoteHash::of("share this page"), QuoteHash::of("share that page"));
        let hash = QuoteHash::of("");
        assert_eq!(QuoteHash::parse(&hash.to_string()), Some(hash));
    }

    #[test]
    fn parts_of_a_key_do_not_run_into_each_other() {
        let key = |source: &str, page_id: &str| {
            PageKey { source: source.to_owned(), page_id: page_id.to_owned(), content_hash: ContentHash([0; 32]) }
                .hash()
        };
        assert_ne!(key("ab", "c"), key("a", "bc"));
        assert_ne!(key("", "abc"), key("abc", ""));
    }
}
