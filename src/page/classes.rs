//! What is asked of every character, looked up once.
//!
//! The look-ups in Unicode's own tables cost ten times as much, which a page of nothing but marks would make
//! felt.

use std::sync::OnceLock;

use super::{fold, tally};

/// Facts about a character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Class(u32);

impl Class {
    /// It joins the cluster before it.
    pub(super) const JOINS: Self = Self(1 << 16);
    /// It folds to itself.
    pub(super) const STABLE: Self = Self(1 << 17);
    /// It folds to another single character of as many bytes: a large letter, mostly.
    pub(super) const LOWERED: Self = Self(1 << 18);
    pub(super) const ALPHANUMERIC: Self = Self(1 << 19);
    pub(super) const ALPHABETIC: Self = Self(1 << 20);
    pub(super) const LOWERCASE: Self = Self(1 << 21);
    pub(super) const UPPERCASE: Self = Self(1 << 22);
    pub(super) const SPACE: Self = Self(1 << 23);
    /// Words are written without spaces in its script.
    pub(super) const UNSPACED: Self = Self(1 << 24);
    /// A character that Latin-1 or windows-1252 may have.
    pub(super) const LATIN: Self = Self(1 << 25);
    /// One of those that a tally counts one by one.
    pub(super) const COUNTED: Self = Self(Self::UNSPACED.0 | Self::LATIN.0);

    fn of(c: char) -> Self {
        let latin = matches!(c, '\u{80}'..='\u{2ff}' | '\u{2000}'..='\u{21ff}');
        let facts = [
            (fold::compute_joins(c), Self::JOINS),
            (fold::compute_stable(c), Self::STABLE),
            (fold::lowered(c).is_some(), Self::LOWERED),
            (c.is_alphanumeric(), Self::ALPHANUMERIC),
            (c.is_alphabetic(), Self::ALPHABETIC),
            (c.is_lowercase(), Self::LOWERCASE),
            (c.is_uppercase(), Self::UPPERCASE),
            (c.is_whitespace(), Self::SPACE),
            (fold::is_unspaced(c), Self::UNSPACED),
            (latin, Self::LATIN),
        ];
        let facts = facts.iter().filter(|it| it.0).fold(0, |all, it| all | it.1.0);
        Self(facts | u32::from(tally::Signs::of(c).bits()))
    }

    /// Whether one of these facts holds.
    pub(super) const fn has(self, any_of: Self) -> bool {
        self.0 & any_of.0 != 0
    }

    /// What a tally notes of the character.
    pub(super) const fn signs(self) -> tally::Signs {
        let [low, high, ..] = self.0.to_le_bytes();
        tally::Signs::from_bits(u16::from_le_bytes([low, high]))
    }
}

impl std::ops::BitOr for Class {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Characters of one block of the table.
const BLOCK: usize = 256;

/// The classes of all characters, a block at a time: each is computed when the first of its characters is met.
static BLOCKS: [OnceLock<Box<[Class; BLOCK]>>; (char::MAX as usize + 1) / BLOCK] =
    [const { OnceLock::new() }; (char::MAX as usize + 1) / BLOCK];

/// What is known of a character.
#[inline]
pub(super) fn class_of(c: char) -> Class {
    let code = c as usize;
    BLOCKS[code / BLOCK].get_or_init(|| compute(code / BLOCK))[code % BLOCK]
}

fn compute(block: usize) -> Box<[Class; BLOCK]> {
    let class = |at: usize| u32::try_from(block * BLOCK + at).ok().and_then(char::from_u32).map(Class::of);
    Box::new(std::array::from_fn(|at| class(at).unwrap_or_default()))
}

/// Whether a character is a letter or a digit: [`char::is_alphanumeric`], looked up once.
#[must_use]
pub fn is_alphanumeric(c: char) -> bool {
    class_of(c).has(Class::ALPHANUMERIC)
}

/// Whether a character is a letter: [`char::is_alphabetic`], looked up once.
#[must_use]
pub fn is_alphabetic(c: char) -> bool {
    class_of(c).has(Class::ALPHABETIC)
}

/// Whether a character is a small letter: [`char::is_lowercase`], looked up once.
#[must_use]
pub fn is_lowercase(c: char) -> bool {
    class_of(c).has(Class::LOWERCASE)
}

/// Whether a character is a large letter: [`char::is_uppercase`], looked up once.
#[must_use]
pub fn is_uppercase(c: char) -> bool {
    class_of(c).has(Class::UPPERCASE)
}

/// How large a letter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// A small letter.
    Small,
    /// A large letter.
    Large,
    /// A letter of a script that has no such difference.
    None,
}

/// How large a letter is; none where the character is no letter.
#[must_use]
pub fn case_of(c: char) -> Option<Case> {
    let class = class_of(c);
    let case = match () {
        () if class.has(Class::LOWERCASE) => Case::Small,
        () if class.has(Class::UPPERCASE) => Case::Large,
        () => Case::None,
    };
    class.has(Class::ALPHABETIC).then_some(case)
}

/// Whether a character is part of a word that is written apart from others: a letter or digit of a script with
/// spaces.
#[must_use]
pub fn is_word(c: char) -> bool {
    let class = class_of(c);
    class.has(Class::ALPHANUMERIC) && !class.has(Class::UNSPACED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_looked_up_are_those_computed() {
        for c in ('\0'..=char::MAX).step_by(7) {
            assert_eq!(class_of(c), Class::of(c), "U+{:04X}", c as u32);
        }
    }
}
