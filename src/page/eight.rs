//! Eight bytes at a time, without vectors: what holds of a byte is told by its highest bit.
//!
//! The tricks are those of "Determine if a word has a zero byte" and its like (Anderson, Bit Twiddling Hacks).

/// The highest bit of each of eight bytes.
pub(crate) const HIGH: u64 = 0x8080_8080_8080_8080;
/// The lowest bit of each of eight bytes.
const LOW: u64 = 0x0101_0101_0101_0101;

/// Eight bytes, the first the lowest.
#[derive(Clone, Copy)]
pub(crate) struct Eight(pub(crate) u64);

impl Eight {
    /// The first eight of these.
    #[inline]
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().map(|it| Self(u64::from_le_bytes(*it)))
    }

    /// Which of them are within two bytes of ASCII; of ASCII alone.
    #[inline]
    pub(crate) const fn within(self, least: u8, most: u8) -> u64 {
        let reaches = self.0.wrapping_add(LOW * (0x80 - least as u64));
        let exceeds = self.0.wrapping_add(LOW * (0x7f - most as u64));
        reaches & !exceeds & HIGH
    }

    /// Which of them are a byte of ASCII; of ASCII alone.
    #[inline]
    pub(crate) const fn is(self, byte: u8) -> u64 {
        !(self.0 ^ (LOW * byte as u64)).wrapping_add(HIGH - LOW) & HIGH
    }

    /// Which of them are letters; of ASCII alone.
    #[inline]
    pub(crate) const fn letters(self) -> u64 {
        Self(self.0 | (LOW * 0x20)).within(b'a', b'z')
    }

    /// Not zero if one of them is this byte, whatever the others are.
    #[inline]
    pub(crate) const fn any(self, byte: u8) -> u64 {
        let it = self.0 ^ (LOW * byte as u64);
        it.wrapping_sub(LOW) & !it & HIGH
    }

    /// Not zero if one of them is below a byte of ASCII, whatever the others are.
    #[inline]
    pub(crate) const fn any_below(self, byte: u8) -> u64 {
        self.0.wrapping_sub(LOW * byte as u64) & !self.0 & HIGH
    }

    /// How many of them stand before the first that is no small letter of ASCII.
    #[inline]
    pub(crate) const fn small_letters(self) -> usize {
        let ascii = Self(self.0 & !HIGH);
        let others = !ascii.within(b'a', b'z') & HIGH | self.0 & HIGH;
        (others.trailing_zeros() / 8) as usize
    }

    /// Whether all are ASCII, and none is a sign that a tally notes or a control character.
    #[inline]
    pub(crate) const fn is_ordinary(self) -> bool {
        if self.0 & HIGH != 0 {
            return false;
        }
        // A question mark is an equals sign but for one bit.
        let question = Self(self.0 & !(LOW * 2)).is(b'=');
        let escape = self.within(b'%', b'&') | self.is(b'\\');
        question | escape | self.any_below(0x20) | self.is(0x7f) == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn eight_bytes_tell_what_each_tells(bytes in prop::array::uniform8(prop_oneof![any::<u8>(), 0x1e..0x42_u8, 0x58..0x82_u8])) {
            let eight = Eight::of(&bytes).expect("eight");
            let any = |holds: fn(&u8) -> bool| bytes.iter().any(holds);
            prop_assert_eq!(eight.any(b' ') != 0, any(|it| *it == b' '));
            prop_assert_eq!(eight.any(0xe2) != 0, any(|it| *it == 0xe2));
            prop_assert_eq!(eight.any_below(0x20) != 0, any(|it| *it < 0x20));
            let letters = bytes.iter().take_while(|it| it.is_ascii_lowercase()).count();
            prop_assert_eq!(eight.small_letters(), letters);
            let is_sign = |it: u8| b"?=%&\\".contains(&it) || it.is_ascii_control();
            prop_assert_eq!(eight.is_ordinary(), bytes.iter().all(|it| it.is_ascii() && !is_sign(*it)));
            let ascii = bytes.map(|it| it & 0x7f);
            let each = |mask: u64| (0..8).map(move |it| mask >> (8 * it + 7) & 1 != 0);
            let eight = Eight(u64::from_le_bytes(ascii));
            prop_assert!(each(eight.letters()).eq(ascii.iter().map(u8::is_ascii_alphabetic)));
            prop_assert!(each(eight.within(b'0', b'9')).eq(ascii.iter().map(u8::is_ascii_digit)));
            prop_assert!(each(eight.is(b' ')).eq(ascii.iter().map(|it| *it == b' ')));
        }
    }
}
