//! Single-byte charsets as tables from character to byte, for encoding damaged text again.

use std::sync::LazyLock;

use encoding_rs::{
    Encoding, ISO_8859_2, KOI8_R, MACINTOSH, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254,
    WINDOWS_1257,
};

/// Charsets that UTF-8 is commonly read as, the most common first. The first is Latin-1 as well, whose bytes
/// 0x80 to 0x9F are the C1 control characters; others have those where they leave a byte open, as in browsers.
const CHARSETS: &[Charset] = &[
    Charset::Known(WINDOWS_1252),
    Charset::Known(WINDOWS_1251),
    Charset::Known(WINDOWS_1250),
    Charset::Known(MACINTOSH),
    Charset::Dos,
    Charset::Known(KOI8_R),
    Charset::Known(ISO_8859_2),
    Charset::Known(WINDOWS_1254),
    Charset::Known(WINDOWS_1253),
    Charset::Known(WINDOWS_1257),
];

/// First bytes of the characters of two bytes that may end in a no-break space that became a space: no-break space
/// itself, "à", "Š", "Р" and "٠".
pub(super) const SPACED: [u8; 5] = [0xc2, 0xc3, 0xc5, 0xd0, 0xd9];

/// Number of the table of windows-1252.
pub(super) const LATIN: usize = 0;

/// The upper half of code page 437, which `encoding_rs` does not have.
pub(super) const DOS_TABLE: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

enum Charset {
    Known(&'static Encoding),
    Dos,
}

/// Characters beyond this are in no table, but for a few ligatures that no damage needs.
const CHARS: usize = 0x2600;

/// All tables.
pub(super) struct Tables {
    /// By table, then by character: its byte, or 0.
    bytes: Vec<Box<[u8]>>,
    /// By character.
    roles: Box<[Roles]>,
}

/// What a character may be in UTF-8, a bit for each table.
#[derive(Clone, Copy, Default)]
pub(super) struct Roles {
    /// Where it begins a sequence.
    pub(super) leads: u16,
    /// Where it begins one of three bytes.
    pub(super) leads_three: u16,
    /// Where it begins one of two bytes whose second may have become a space.
    pub(super) spaced: u16,
    /// Where it continues one.
    pub(super) follows: u16,
}

/// The tables, built once.
pub(super) static TABLES: LazyLock<Tables> = LazyLock::new(Tables::build);

impl Tables {
    fn build() -> Self {
        let bytes: Vec<Box<[u8]>> = CHARSETS.iter().map(table).collect();
        let mut roles = vec![Roles::default(); CHARS];
        for (number, table) in bytes.iter().enumerate() {
            for (c, byte) in table.iter().enumerate() {
                roles[c].leads |= u16::from((0xc2..=0xf4).contains(byte)) << number;
                roles[c].leads_three |= u16::from((0xe0..=0xef).contains(byte)) << number;
                roles[c].spaced |= u16::from(SPACED.contains(byte)) << number;
                roles[c].follows |= u16::from((0x80..=0xbf).contains(byte)) << number;
            }
        }
        // Marks of a lost byte follow in every table.
        for lost in [' ', '?', '\u{1a}'] {
            roles[lost as usize].follows = u16::MAX;
        }
        Self { bytes, roles: roles.into() }
    }

    /// What a character, given by its number, may be in which tables.
    pub(super) fn roles(&self, c: usize) -> Roles {
        const LOST: usize = '\u{fffd}' as usize;
        match self.roles.get(c) {
            Some(roles) => *roles,
            None if c == LOST => Roles { follows: u16::MAX, ..Roles::default() },
            None => Roles::default(),
        }
    }

    /// Byte of a character in a table; 0 where it has none, or is ASCII.
    pub(super) fn byte(&self, table: usize, c: char) -> u8 {
        get(&self.bytes[table], c)
    }

    /// Whether a character continues a sequence in a table.
    pub(super) fn follows(&self, table: usize, c: char) -> bool {
        matches!(self.byte(table, c), 0x80..=0xbf)
    }

    /// Number of tables.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }
}

fn get<T: Copy + Default>(of: &[T], c: char) -> T {
    of.get(c as usize).copied().unwrap_or_default()
}

fn table(charset: &Charset) -> Box<[u8]> {
    let mut table = vec![0; CHARS];
    if matches!(charset, Charset::Known(it) if *it == WINDOWS_1252) {
        for byte in 0x80..=0x9f_u8 {
            table[usize::from(byte)] = byte;
        }
    }
    let mut set = |c: char, byte: u8| {
        if let Some(slot) = table.get_mut(c as usize) {
            *slot = byte;
        }
    };
    match charset {
        Charset::Dos => (0x80..=0xff).zip(DOS_TABLE.chars()).for_each(|(byte, c)| set(c, byte)),
        Charset::Known(encoding) => {
            for byte in 0x80..=0xff_u8 {
                let bytes = [byte];
                let (text, _) = encoding.decode_without_bom_handling(&bytes);
                text.chars().filter(|it| *it != '\u{fffd}').for_each(|it| set(it, byte));
            }
        }
    }
    table.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_give_the_bytes_of_their_charsets() {
        assert_eq!(TABLES.byte(LATIN, '€'), 0x80);
        assert_eq!(TABLES.byte(LATIN, '\u{81}'), 0x81);
        assert_eq!(TABLES.byte(LATIN, 'ÿ'), 0xff);
        assert_eq!(TABLES.byte(4, '╨'), 0xd0);
        assert_eq!(TABLES.byte(LATIN, '╨'), 0);
        assert_eq!(DOS_TABLE.chars().count(), 128);
    }
}
