//! Bodies as they are stored: packed where that pays.

use super::Result;
use crate::{limits, store::StoreError};

/// Stored as it is.
const PLAIN: u8 = 0;
/// Its length in four bytes, then zstd.
const PACKED: u8 = 1;
/// Bytes below which packing saves nothing worth its time.
const WORTH: usize = 256;
/// zstd's own default: 3 packs HTML to a fifth at some hundred MB/s.
const LEVEL: i32 = 3;

/// Packs a body.
pub(in crate::store) fn pack(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).ok().filter(|_| body.len() >= WORTH);
    let packed = length.and_then(|it| Some((it, zstd::bulk::compress(body, LEVEL).ok()?)));
    match packed {
        Some((length, packed)) if packed.len() + 5 < body.len() => {
            let mut stored = Vec::with_capacity(packed.len() + 5);
            stored.push(PACKED);
            stored.extend(length.to_le_bytes());
            stored.extend(packed);
            stored
        }
        _ => [&[PLAIN], body].concat(),
    }
}

/// Unpacks a body.
pub(in crate::store) fn unpack(stored: &[u8]) -> Result<Vec<u8>> {
    let corrupt = |what: &str| StoreError::Corrupt { what: format!("a body {what}") };
    let (kind, rest) = stored.split_first().ok_or_else(|| corrupt("of no bytes"))?;
    match *kind {
        PLAIN => Ok(rest.to_vec()),
        PACKED => {
            let (length, packed) = rest.split_first_chunk::<4>().ok_or_else(|| corrupt("without its length"))?;
            let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| corrupt("that is too long"))?;
            if length > limits::STORED_ANSWER_BYTES {
                return Err(corrupt("that is too long"));
            }
            zstd::bulk::decompress(packed, length).map_err(|it| corrupt(&format!("that does not unpack: {it}")))
        }
        _ => Err(corrupt("of an unknown sort")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn body_comes_back_as_it_was() {
        for body in [vec![], vec![7], b"junk ".repeat(100), (0..=255).collect(), vec![0; 1 << 20]] {
            assert_eq!(unpack(&pack(&body)).expect("unpacks"), body);
        }
    }

    #[test]
    fn body_that_repeats_itself_is_packed() {
        assert!(pack(&b"<p>paragraph</p>".repeat(1000)).len() < 200);
    }

    #[test]
    fn damaged_body_is_corrupt_and_not_a_panic() {
        let mut packed = pack(&b"<p>paragraph</p>".repeat(1000));
        packed.truncate(20);
        for stored in [&[][..], &[9, 1], &[1, 2], &[1, 255, 255, 255, 255, 0], &packed] {
            assert!(matches!(unpack(stored), Err(StoreError::Corrupt { .. })), "{stored:?}");
        }
    }
}
