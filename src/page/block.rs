//! 64 bytes at a time: what holds of a byte is a bit.

use wide::u8x64;

/// Bytes of a block.
pub(crate) const BLOCK: usize = 64;

/// 64 bytes of a text; zeros stand behind a shorter one.
#[derive(Clone, Copy)]
pub(crate) struct Block(u8x64);

impl Block {
    /// The first bytes of these.
    #[inline]
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut padded = [0; BLOCK];
        let block = bytes.first_chunk().unwrap_or_else(|| {
            padded[..bytes.len()].copy_from_slice(bytes);
            &padded
        });
        Self(u8x64::new(*block))
    }

    /// Which of them are a byte.
    #[inline]
    pub(crate) fn are(self, byte: u8) -> u64 {
        self.0.simd_eq(u8x64::splat(byte)).to_bitmask()
    }

    /// Which of them are within two bytes.
    #[inline]
    pub(crate) fn within(self, least: u8, most: u8) -> u64 {
        (self.0 - u8x64::splat(least)).simd_le(u8x64::splat(most - least)).to_bitmask()
    }

    /// Which of them are letters of ASCII.
    #[inline]
    pub(crate) fn letters(self) -> u64 {
        Self(self.0 | u8x64::splat(0x20)).within(b'a', b'z')
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bits_tell_what_each_byte_tells(bytes in prop::collection::vec(any::<u8>(), 0..70)) {
            let block = Block::of(&bytes);
            let bits = |holds: fn(u8) -> bool| {
                let padded = bytes.iter().copied().chain(std::iter::repeat(0)).take(BLOCK);
                padded.enumerate().fold(0, |bits, (at, it)| bits | u64::from(holds(it)) << at)
            };
            prop_assert_eq!(block.are(b' '), bits(|it| it == b' '));
            prop_assert_eq!(block.are(0), bits(|it| it == 0));
            prop_assert_eq!(block.within(b' ', b'~'), bits(|it| (b' '..=b'~').contains(&it)));
            prop_assert_eq!(block.within(0x80, 0xff), bits(|it| !it.is_ascii()));
            prop_assert_eq!(block.letters(), bits(|it| it.is_ascii_alphabetic()));
        }
    }
}
