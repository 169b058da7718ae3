//! Sums over blocks that are alike: of the same markup, or of the same text.

use super::text::Text;

/// What blocks that share a hash have together.
#[derive(Clone, Copy, Default)]
pub(super) struct Like {
    pub(super) count: f32,
    pub(super) good: f32,
    pub(super) len: f32,
    pub(super) links: f32,
}

/// Sums by hash. Two hashes may share a place: with twice as many places as blocks that is rare, costs
/// accuracy and nothing else, and no page can make it slow.
pub(super) struct Table(Vec<Like>);

impl Table {
    pub(super) fn new(blocks: usize) -> Self {
        Self(vec![Like::default(); (2 * blocks).next_power_of_two()])
    }

    fn place(&self, hash: u32) -> usize {
        (hash ^ (hash >> 15)) as usize & (self.0.len() - 1)
    }

    pub(super) fn add(&mut self, hash: u32, text: &Text) {
        let at = self.place(hash);
        let like = &mut self.0[at];
        like.count += 1.0;
        like.good += text.good;
        like.len += text.len;
        like.links += text.links;
    }

    pub(super) fn get(&self, hash: u32) -> Like {
        self.0[self.place(hash)]
    }
}
