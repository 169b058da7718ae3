//! Sums over blocks that are alike: of the same markup, or of the same text.

use super::text::Text;
use crate::page::span::offset;

/// What blocks that share a hash have together.
#[derive(Clone, Copy, Default)]
pub(super) struct Like {
    pub(super) count: f32,
    pub(super) good: f32,
    pub(super) len: f32,
    pub(super) links: f32,
}

/// What blocks that share a hash have together, and which of these each block belongs to.
#[derive(Default)]
pub(super) struct Likes {
    sums: Vec<Like>,
    of: Vec<u32>,
}

impl Likes {
    /// Of blocks by their hashes. Two hashes may share a place: with twice as many places as blocks that is rare, costs
    /// accuracy and nothing else, and no page can make it slow.
    pub(super) fn new(texts: &[Text], hash: impl Fn(usize) -> u32) -> Self {
        let mut places = vec![u32::MAX; (2 * texts.len()).next_power_of_two()];
        let mask = places.len() - 1;
        let mut likes = Self { sums: Vec::new(), of: Vec::with_capacity(texts.len()) };
        for (number, text) in texts.iter().enumerate() {
            let hash = hash(number);
            let place = &mut places[(hash ^ (hash >> 15)) as usize & mask];
            if *place == u32::MAX {
                *place = offset(likes.sums.len());
                likes.sums.push(Like::default());
            }
            let like = &mut likes.sums[*place as usize];
            like.count += 1.0;
            like.good += text.good;
            like.len += text.len;
            like.links += text.links;
            likes.of.push(*place);
        }
        likes
    }

    /// Number of blocks like each, itself included.
    pub(super) fn counts(&self) -> Vec<f32> {
        self.of.iter().map(|it| self.sums[*it as usize].count).collect()
    }

    /// What a block has together with those like it.
    pub(super) fn of(&self, block: usize) -> Like {
        self.sums[self.of[block] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_the_same_hash_have_their_sums_together() {
        let text = |len: f32| Text { len, ..Text::default() };
        let texts = [text(3.0), text(4.0), text(5.0)];
        let likes = Likes::new(&texts, |it| [7, 9, 7][it]);
        assert_eq!(format!("{:?}", [0, 1, 2].map(|it| likes.of(it).len)), "[8.0, 4.0, 8.0]");
        assert_eq!(format!("{:?}", likes.counts()), "[2.0, 1.0, 2.0]");
        assert!(Likes::new(&[], |_| 0).counts().is_empty());
    }
}
