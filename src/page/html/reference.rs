//! Character references: `&amp;`, `&#38;`, `&#x26;`.

use memchr::memchr3;
use web_atoms::{C1_REPLACEMENTS, NAMED_ENTITIES};

/// Bytes of the longest name, without its semicolon.
const LONGEST_NAME: usize = 31;
/// Bytes of the shortest and the longest name that needs no semicolon.
const BARE_NAME: std::ops::RangeInclusive<usize> = 2..=6;

/// Where a reference stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In text.
    Text,
    /// In the value of an attribute, where `&copy=1` is part of an address.
    Attribute,
}

/// A character reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// Its bytes, from `&` on.
    pub(super) len: usize,
    first: char,
    second: Option<char>,
}

impl Reference {
    /// What it stands for: one character or two.
    pub(super) fn characters(self) -> impl Iterator<Item = char> {
        [Some(self.first), self.second].into_iter().flatten()
    }
}

/// The reference that `text`, which begins with `&`, begins with.
pub(super) fn read(text: &str, place: Place) -> Option<Reference> {
    match text.as_bytes()[1..] {
        [b'#', b'x' | b'X', ..] => numeric(text, 3, 16),
        [b'#', ..] => numeric(text, 2, 10),
        [first, ..] if first.is_ascii_alphanumeric() => named(text, place),
        _ => None,
    }
}

fn numeric(text: &str, start: usize, radix: u32) -> Option<Reference> {
    let mut code = 0_u32;
    let mut len = start;
    for digit in text[start..].chars().map_while(|it| it.to_digit(radix)) {
        code = code.saturating_mul(radix).saturating_add(digit);
        len += 1;
    }
    if len == start {
        return None;
    }
    len += usize::from(text[len..].starts_with(';'));
    let replaced = match code {
        0 => None,
        0x80..=0x9f => C1_REPLACEMENTS[code as usize - 0x80].or(char::from_u32(code)),
        _ => char::from_u32(code),
    };
    Some(Reference { len, first: replaced.unwrap_or(char::REPLACEMENT_CHARACTER), second: None })
}

/// The longest name counts. Those without a semicolon are few and short.
fn named(text: &str, place: Place) -> Option<Reference> {
    let name = &text[1..];
    let letters = name.bytes().take(LONGEST_NAME + 1).take_while(u8::is_ascii_alphanumeric).count();
    if name[letters..].starts_with(';')
        && let Some(found) = lookup(&name[..=letters])
    {
        return Some(found);
    }
    let bare = BARE_NAME.rev().filter(|it| *it <= letters).find_map(|it| lookup(&name[..it]))?;
    let is_part = matches!(name.as_bytes().get(bare.len - 1), Some(it) if *it == b'=' || it.is_ascii_alphanumeric());
    (place == Place::Text || !is_part).then_some(bare)
}

fn lookup(name: &str) -> Option<Reference> {
    let (first, second) = *NAMED_ENTITIES.get(name)?;
    // The table has the beginnings of names as well, as zeros.
    let first = char::from_u32(first).filter(|it| *it != '\0')?;
    let second = char::from_u32(second).filter(|it| *it != '\0');
    Some(Reference { len: 1 + name.len(), first, second })
}

/// Whether a value of an attribute differs from what is written.
pub(super) fn must_decode(value: &str) -> bool {
    memchr3(b'&', b'\r', 0, value.as_bytes()).is_some()
}

/// Appends the value of an attribute to `decoded`, with what references stand for.
pub(super) fn decode(value: &str, decoded: &mut String) {
    let mut rest = value;
    while let Some(at) = memchr3(b'&', b'\r', 0, rest.as_bytes()) {
        decoded.push_str(&rest[..at]);
        let special = &rest[at..];
        let len = match special.as_bytes() {
            [b'&', ..] => {
                let found = read(special, Place::Attribute);
                match found {
                    Some(found) => decoded.extend(found.characters()),
                    None => decoded.push('&'),
                }
                found.map_or(1, |it| it.len)
            }
            [b'\r', b'\n', ..] => {
                decoded.push('\n');
                2
            }
            [b'\r', ..] => {
                decoded.push('\n');
                1
            }
            _ => {
                decoded.push(char::REPLACEMENT_CHARACTER);
                1
            }
        };
        rest = &special[len..];
    }
    decoded.push_str(rest);
}
