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

/// What each block has together with those of the same hash. Two hashes may share a place: with twice as many places as
/// blocks that is rare, costs accuracy and nothing else, and no page can make it slow.
pub(super) fn likes(texts: &[Text], hash: impl Fn(usize) -> u32) -> Vec<Like> {
    let mut sums = vec![Like::default(); (2 * texts.len()).next_power_of_two()];
    let mask = sums.len() - 1;
    let place = |hash: u32| (hash ^ (hash >> 15)) as usize & mask;
    for (number, text) in texts.iter().enumerate() {
        let like = &mut sums[place(hash(number))];
        like.count += 1.0;
        like.good += text.good;
        like.len += text.len;
        like.links += text.links;
    }
    (0..texts.len()).map(|it| sums[place(hash(it))]).collect()
}
