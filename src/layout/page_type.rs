//! Type of a page: as expected, as it says of itself, as its structure shows.

use crate::{
    finding::Place,
    layout::{Placed, shape},
    page::{ItemKind, PageType, Reading},
};

/// Linked headlines from which a page can be a listing.
const TEASERS: usize = 5;
/// Words of main text below which a page without signs of its type is a brief.
const BRIEF_WORDS: usize = 80;

/// Finds the type, and whether the main text is a list of links to other pages, whatever was expected.
pub(super) fn find(reading: &Reading<'_>, items: &[Placed]) -> (PageType, bool) {
    let shape = Shape::of(reading, items);
    let is_listing = shape.is_listing();
    let found = || found(reading, &shape, is_listing);
    (reading.page.expected_type().unwrap_or_else(found), is_listing)
}

fn found(reading: &Reading<'_>, shape: &Shape, is_listing: bool) -> PageType {
    match reading.meta.page_type {
        // A front page often says "article" of its first teaser, so structure is asked first.
        _ if is_listing => PageType::Listing,
        Some(found) => found,
        None if shape.words < BRIEF_WORDS && shape.paragraphs > 0 => PageType::Brief,
        None if shape.words == 0 && reading.meta.media > 2 => PageType::Gallery,
        None => PageType::Article,
    }
}

/// What of the main text is links and what is text.
#[derive(Default)]
struct Shape {
    /// Items that are linked headlines.
    teasers: usize,
    paragraphs: usize,
    words: usize,
    link_words: usize,
}

impl Shape {
    fn of(reading: &Reading<'_>, items: &[Placed]) -> Self {
        let mut shape = Self::default();
        for (index, _) in items.iter().enumerate().filter(|(_, it)| it.is_main()) {
            let text = reading.text_of(index);
            let words = reading.words_of(index);
            let item = &reading.items[index];
            shape.words += words;
            if items[index].place == Place::Link || item.kind == ItemKind::Link {
                shape.link_words += words;
                shape.teasers += usize::from(words >= 3);
            } else {
                shape.paragraphs += usize::from(shape::is_paragraph(text, words) || shape::ends_sentence(text));
            }
        }
        shape
    }

    /// Many linked headlines, and at most two paragraphs to each.
    fn is_listing(&self) -> bool {
        let linked = self.link_words * 2 > self.words;
        self.teasers >= TEASERS && (linked || self.paragraphs <= self.teasers * 2)
    }
}
