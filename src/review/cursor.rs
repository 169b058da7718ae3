//! Opaque marks of where a list goes on.

use std::fmt;

use super::key::from_hex;

/// Where a list goes on: after this place, in the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// After this id of 16 bytes.
    Id([u8; 16]),
    /// After this number.
    Seq(i64),
}

/// A place in one list, bound to the list by a fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Fingerprint of the list: [`Filter::fingerprint`](super::Filter::fingerprint) or a name.
    list: [u8; 8],
    /// Where.
    position: Position,
}

/// A token that is no place in this list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// Not one of ours.
    #[error("page token is not one that this service gave: send next_page_token as it came")]
    Malformed,
    /// Of a list with other arguments.
    #[error("page token belongs to a list with other arguments: send the same filter, or start without a token")]
    OtherList,
}

impl Cursor {
    /// Fingerprint of the audit.
    pub const DECISIONS: [u8; 8] = *b"decision";
    /// Fingerprint of the audit backwards.
    pub const DECISIONS_BACK: [u8; 8] = *b"noisiced";
    /// Fingerprint of the list of decided pages.
    pub const EXPORT: [u8; 8] = *b"export\0\0";
    /// Fingerprint of the list of all allowances.
    pub const ALLOWANCES: [u8; 8] = *b"allowanc";

    /// A place in the list with this fingerprint.
    #[must_use]
    pub fn new(list: [u8; 8], position: Position) -> Self {
        Self { list, position }
    }

    /// Reads a token.
    ///
    /// # Errors
    /// If it is none, or of another list.
    pub fn parse(token: &str, list: [u8; 8]) -> Result<Self, CursorError> {
        let (kind, hex) = token.split_at_checked(1).ok_or(CursorError::Malformed)?;
        let (of, position) = match kind {
            "i" => {
                let bytes: [u8; 24] = from_hex(hex).ok_or(CursorError::Malformed)?;
                let (of, id) = bytes.split_at(8);
                (of.to_vec(), Position::Id(id.try_into().map_err(|_| CursorError::Malformed)?))
            }
            "s" => {
                let bytes: [u8; 16] = from_hex(hex).ok_or(CursorError::Malformed)?;
                let (of, seq) = bytes.split_at(8);
                let seq = i64::from_be_bytes(seq.try_into().map_err(|_| CursorError::Malformed)?);
                (of.to_vec(), Position::Seq(seq))
            }
            _ => return Err(CursorError::Malformed),
        };
        if of == list { Ok(Self { list, position }) } else { Err(CursorError::OtherList) }
    }

    /// Where the list with this fingerprint goes on.
    ///
    /// # Errors
    /// If it is of another list.
    pub fn position_in(&self, list: [u8; 8]) -> Result<Position, CursorError> {
        if self.list == list { Ok(self.position) } else { Err(CursorError::OtherList) }
    }

    /// Fingerprint of the list of a source's rejected pages, or of all.
    #[must_use]
    pub fn rejects_of(source: Option<&str>) -> [u8; 8] {
        let mut list = [0; 8];
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("rejects of {source:?}").as_bytes());
        hasher.finalize_xof().fill(&mut list);
        list
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, place) = match self.position {
            Position::Id(id) => ("i", id.to_vec()),
            Position::Seq(seq) => ("s", seq.to_be_bytes().to_vec()),
        };
        f.write_str(kind)?;
        self.list.iter().chain(&place).try_for_each(|it| write!(f, "{it:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cursor_comes_back_from_its_token_and_only_for_its_list() {
        for position in [Position::Id([7; 16]), Position::Seq(i64::MAX), Position::Seq(-1)] {
            let cursor = Cursor::new(Cursor::DECISIONS, position);
            assert_eq!(Cursor::parse(&cursor.to_string(), Cursor::DECISIONS), Ok(cursor));
            assert_eq!(cursor.position_in(Cursor::DECISIONS), Ok(position));
            assert_eq!(Cursor::parse(&cursor.to_string(), Cursor::EXPORT), Err(CursorError::OtherList));
            assert_eq!(cursor.position_in(Cursor::EXPORT), Err(CursorError::OtherList));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_cursor_or_refused(text in ".{0,60}") {
            if let Ok(cursor) = Cursor::parse(&text, Cursor::DECISIONS) {
                prop_assert_eq!(cursor.to_string(), text);
            }
        }
    }
}
