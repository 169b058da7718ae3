//! Byte spans, and maps from a derived text back to the text it was made from.

/// Bytes of a text, half-open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

impl Span {
    /// From offsets. Texts are bounded far below 4 GiB, so the offsets fit.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end, "span {start}..{end} is backwards");
        Self { start: offset(start), end: offset(end) }
    }

    /// Number of bytes.
    #[must_use]
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether it covers nothing.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// As a range for slicing.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether it covers all of `other`.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// An offset as it is stored. Every text is bounded by `limits::PAGE_BYTES` times a small factor.
#[must_use]
pub(crate) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Map from a derived text back to its origin, in pieces. A piece is byte by byte the same stretch, or
/// it maps as a whole (an entity, folded white space).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanMap {
    /// The pieces, each chunk but the last full: a long map is never moved to grow, and has no room to spare.
    chunks: Vec<Vec<Piece>>,
    /// End of the derived text so far.
    end: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// Start in the derived text.
    to: u32,
    /// Start in the origin.
    from: u32,
    /// Bytes in the origin, with [`WHOLE`] where the piece maps as a whole.
    len: u32,
}

const WHOLE: u32 = 1 << 31;

/// Pieces of one chunk: few pages have more.
const CHUNK: usize = 4096;

impl Piece {
    fn is_whole(self) -> bool {
        self.len & WHOLE != 0
    }

    fn origin_len(self) -> u32 {
        self.len & !WHOLE
    }
}

impl SpanMap {
    /// Appends a stretch that stands at `from` in the origin byte by byte.
    pub fn push(&mut self, len: usize, from: usize) {
        let (len, from) = (offset(len), offset(from));
        if len == 0 {
            return;
        }
        match self.last_mut() {
            Some(last) if !last.is_whole() && last.from + last.len == from => last.len += len,
            _ => self.push_piece(Piece { to: self.end, from, len }),
        }
        self.end += len;
    }

    /// Appends `len` derived bytes made from all of `origin`.
    pub fn push_whole(&mut self, len: usize, origin: Span) {
        if len == 1 && origin.len() == 1 {
            self.push(len, origin.start as usize);
        } else if len > 0 {
            self.push_piece(Piece { to: self.end, from: origin.start, len: offset(origin.len()) | WHOLE });
            self.end += offset(len);
        }
    }

    /// Takes back what was appended beyond `len` derived bytes, where a piece begins.
    pub(super) fn truncate(&mut self, len: usize) {
        self.end = self.end.min(offset(len));
        while let Some(chunk) = self.chunks.last_mut() {
            let kept = chunk.partition_point(|it| it.to < self.end);
            chunk.truncate(kept);
            if kept > 0 {
                break;
            }
            self.chunks.pop();
        }
    }

    /// Bytes of the derived text mapped so far.
    #[must_use]
    pub fn derived_len(&self) -> usize {
        self.end as usize
    }

    /// Where the origin of what was appended last ends.
    pub(super) fn origin_end(&self) -> u32 {
        self.last().map_or(0, |it| it.from + it.origin_len())
    }

    /// Maps a span of the derived text to the origin.
    #[must_use]
    pub fn origin(&self, span: Span) -> Span {
        let start = self.start_of(span.start);
        if span.is_empty() {
            return Span { start, end: start };
        }
        Span { start, end: self.end_of(span.end).max(start) }
    }

    /// The stretches of the origin that a span of the derived text was made from, in order, each with its bytes
    /// of the derived text.
    pub fn origins(&self, span: Span) -> impl Iterator<Item = (Span, Span)> {
        let first = self.begun_by(span.start).saturating_sub(1);
        let pieces = (first..).map_while(|at| self.piece(at)).take_while(move |it| it.to < span.end);
        pieces.enumerate().map(move |(nth, piece)| {
            let end = self.piece(first + nth + 1).map_or(self.end, |it| it.to).min(span.end);
            let derived = Span { start: piece.to.max(span.start), end };
            let origin = if piece.is_whole() {
                Span { start: piece.from, end: piece.from + piece.origin_len() }
            } else {
                let start = piece.from + (derived.start - piece.to);
                Span { start, end: start + (derived.end - derived.start) }
            };
            (derived, origin)
        })
    }

    /// Appends a part of another map, of a text with the same origin but for its place: what stood at `before` there
    /// stands at `now`.
    pub(super) fn push_part(&mut self, other: &Self, part: Span, before: u32, now: u32) {
        let first = other.begun_by(part.start).saturating_sub(1);
        for at in first.. {
            let Some(piece) = other.piece(at).filter(|it| it.to < part.end) else { return };
            let end = other.piece(at + 1).map_or(other.end, |it| it.to).min(part.end);
            let start = piece.to.max(part.start);
            if piece.is_whole() {
                self.push_piece(Piece { to: self.end, from: piece.from - before + now, len: piece.len });
                self.end += end - start;
            } else {
                let from = piece.from + (start - piece.to) - before + now;
                self.push((end - start) as usize, from as usize);
            }
        }
    }

    fn push_piece(&mut self, piece: Piece) {
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => chunk.push(piece),
            Some(_) => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(piece);
                self.chunks.push(chunk);
            }
            None => self.chunks.push(vec![piece]),
        }
    }

    fn last(&self) -> Option<Piece> {
        self.chunks.last()?.last().copied()
    }

    fn last_mut(&mut self) -> Option<&mut Piece> {
        self.chunks.last_mut()?.last_mut()
    }

    fn piece(&self, index: usize) -> Option<Piece> {
        self.chunks.get(index / CHUNK)?.get(index % CHUNK).copied()
    }

    /// Number of pieces that begin at or before a place.
    fn begun_by(&self, at: u32) -> usize {
        let begins = |it: &Piece| it.to <= at;
        let after = self.chunks.partition_point(|it| it.first().is_some_and(begins));
        let Some(chunk) = after.checked_sub(1) else { return 0 };
        chunk * CHUNK + self.chunks[chunk].partition_point(begins)
    }

    /// The piece at a place, and where the place lies behind all pieces, the last.
    fn piece_at(&self, at: u32) -> Option<Piece> {
        self.piece(self.begun_by(at).checked_sub(1)?)
    }

    fn start_of(&self, at: u32) -> u32 {
        match self.piece_at(at) {
            Some(piece) if at >= self.end => piece.from + piece.origin_len(),
            Some(piece) if piece.is_whole() => piece.from,
            Some(piece) => piece.from + (at - piece.to).min(piece.len),
            None => 0,
        }
    }

    fn end_of(&self, end: u32) -> u32 {
        match self.piece_at(end - 1) {
            Some(piece) if piece.is_whole() => piece.from + piece.origin_len(),
            Some(piece) => piece.from + (end - piece.to).min(piece.len),
            None => 0,
        }
    }
}

/// The longest start of `text` of at most `limit` bytes that ends on a character boundary.
#[must_use]
pub fn prefix(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn span_map_follows_equal_pieces_byte_by_byte_and_others_as_a_whole() {
        // Origin "ab&amp;c", derived "ab&c".
        let mut map = SpanMap::default();
        map.push(2, 0);
        map.push_whole(1, Span::new(2, 7));
        map.push(1, 7);
        assert_eq!(map.origin(Span::new(1, 2)), Span::new(1, 2));
        assert_eq!(map.origin(Span::new(1, 3)), Span::new(1, 7));
        assert_eq!(map.origin(Span::new(2, 3)), Span::new(2, 7));
        assert_eq!(map.origin(Span::new(3, 4)), Span::new(7, 8));
        assert_eq!(map.origin(Span::new(4, 4)), Span::new(8, 8));
    }

    #[test]
    fn span_map_of_several_chunks_maps_as_one_and_can_be_cut_short() {
        // Each pair of an origin's bytes is one derived byte.
        let mut map = SpanMap::default();
        for at in 0..3 * CHUNK {
            map.push_whole(1, Span::new(2 * at, 2 * at + 2));
        }
        for at in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK - 1] {
            assert_eq!(map.origin(Span::new(at, at + 1)), Span::new(2 * at, 2 * at + 2));
        }
        let across = Span::new(CHUNK - 1, CHUNK + 1);
        assert_eq!(map.origins(across).map(|it| it.1.start as usize).collect::<Vec<_>>(), [2 * CHUNK - 2, 2 * CHUNK]);
        map.truncate(CHUNK);
        assert_eq!((map.derived_len(), map.origin_end() as usize, map.chunks.len()), (CHUNK, 2 * CHUNK, 1));
    }

    #[test]
    fn span_map_joins_single_bytes_to_the_stretch_before_them() {
        let mut map = SpanMap::default();
        map.push(2, 0);
        map.push_whole(1, Span::new(2, 3));
        map.push(2, 3);
        assert_eq!(map.chunks, [[Piece { to: 0, from: 0, len: 5 }]]);
    }

    #[test]
    fn prefix_ends_on_a_character_boundary() {
        assert_eq!(prefix("aé", 2), "a");
        assert_eq!(prefix("aé", 3), "aé");
    }
}
