//! Which blocks of a page are main text, by its known body or by snippets.
//!
//! A body is aligned: each block may stand at a few places of it, and of all choices that keep the order
//! the one that explains most words counts. Blocks out of order count if their words are in the body and
//! no other block has them.

use std::collections::HashMap;

use crate::{
    eval::case::Body,
    page::{Reading, fold::is_unspaced},
};

/// Words by which a place in the body is looked for.
const ANCHOR: usize = 4;
/// Places of one block in the body that are tried, at most.
const PLACES: usize = 32;
/// Share of the words of a block that must stand in the body.
const COVERED: f64 = 0.5;
/// Words from which a block out of order may count.
const LONG: usize = 8;

/// What is known of one block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Label {
    /// Whether it is main text.
    pub is_main: bool,
    /// How much it counts.
    pub weight: f64,
}

/// Labels for the items, none where nothing is known.
#[must_use]
pub fn labels(reading: &Reading<'_>, items: &[usize], body: &Body) -> Vec<Option<Label>> {
    match &body.whole {
        Some(whole) => by_body(reading, items, whole),
        None => by_snippets(reading, items, body),
    }
}

/// Weight of one block with a snippet, where a page with a known body has 1 in all.
const SNIPPET: f64 = 0.06;

fn by_snippets(reading: &Reading<'_>, items: &[usize], body: &Body) -> Vec<Option<Label>> {
    let holds = |text: &str, snippets: &[String]| {
        snippets.iter().any(|it| {
            let snippet = one_line(it);
            text.contains(&snippet) || snippet.contains(text) && text.split_whitespace().count() >= ANCHOR
        })
    };
    let label = |item: &usize| {
        let text = one_line(reading.text_of(*item));
        let (wanted, unwanted) = (holds(&text, &body.wanted), holds(&text, &body.unwanted));
        (wanted != unwanted).then_some(Label { is_main: wanted, weight: SNIPPET })
    };
    items.iter().map(label).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn by_body(reading: &Reading<'_>, items: &[usize], whole: &str) -> Vec<Option<Label>> {
    let mut ids = HashMap::new();
    let gold = words(whole, &mut ids);
    let texts: Vec<Vec<u32>> = items.iter().map(|it| words(reading.text_of(*it), &mut ids)).collect();
    let places = texts.iter().map(|it| places(it, &gold)).collect::<Vec<_>>();
    let chain = chain(&places, gold.len());
    let mut taken = vec![false; gold.len()];
    for place in chain.iter().flatten() {
        taken[place.start..place.end].fill(true);
    }
    let mut free: HashMap<&[u32], usize> = HashMap::new();
    for (at, shingle) in gold.windows(ANCHOR).enumerate() {
        if !taken[at] {
            *free.entry(shingle).or_insert(0) += 1;
        }
    }
    let total: f64 = texts.iter().map(|it| weight(it.len())).sum();
    let label = |(text, place): (&Vec<u32>, &Option<Place>)| {
        if text.is_empty() {
            return None;
        }
        let covered = match place {
            Some(place) => place.end - place.start,
            None if text.len() >= LONG => covered(text, &mut free),
            None => 0,
        };
        let is_main = float(covered) >= COVERED * float(text.len());
        Some(Label { is_main, weight: weight(text.len()) / total })
    };
    texts.iter().zip(&chain).map(label).collect()
}

fn weight(words: usize) -> f64 {
    float(words).sqrt()
}

/// Words of a block that stand in what is free of the body; they are free no longer.
fn covered(text: &[u32], free: &mut HashMap<&[u32], usize>) -> usize {
    let mut covered = 0;
    for shingle in text.windows(ANCHOR) {
        if let Some(count) = free.get_mut(shingle).filter(|it| **it > 0) {
            *count -= 1;
            covered += 1;
        }
    }
    if covered == 0 { 0 } else { covered + ANCHOR - 1 }
}

/// A place of a block in the body, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    start: usize,
    end: usize,
}

/// Places where a good part of the block stands, found by a few of its words.
fn places(text: &[u32], gold: &[u32]) -> Vec<Place> {
    let anchor = ANCHOR.min(text.len());
    let mut places: Vec<Place> = Vec::new();
    if anchor == 0 || gold.len() < anchor {
        return places;
    }
    let last = text.len() - anchor;
    let mut offsets = vec![0, last / 3, 2 * last / 3, last];
    offsets.dedup();
    for offset in offsets {
        let words = &text[offset..offset + anchor];
        for at in (0..=gold.len() - anchor).filter(|it| gold[*it..*it + anchor] == *words) {
            let before = (0..offset.min(at)).take_while(|it| text[offset - 1 - it] == gold[at - 1 - it]).count();
            let after = text[offset..].iter().zip(&gold[at..]).take_while(|(a, b)| a == b).count();
            let place = Place { start: at - before, end: at + after };
            if !places.contains(&place) && float(before + after) >= COVERED / 2.0 * float(text.len()) {
                places.push(place);
            }
            if places.len() >= PLACES {
                return places;
            }
        }
    }
    places
}

/// Of each block the place in the chain that explains most words, in the order of blocks and of words.
fn chain(places: &[Vec<Place>], len: usize) -> Vec<Option<Place>> {
    // best[end]: the longest chain that ends at or before a word, as an index into `links`.
    struct Link {
        block: usize,
        place: Place,
        words: usize,
        before: Option<usize>,
    }
    let mut links: Vec<Link> = Vec::new();
    let mut best: Vec<Option<usize>> = vec![None; len + 1];
    for (block, candidates) in places.iter().enumerate() {
        let from = links.len();
        for place in candidates {
            let before = best[place.start];
            let words = before.map_or(0, |it| links[it].words) + place.end - place.start;
            links.push(Link { block, place: *place, words, before });
        }
        for index in from..links.len() {
            let words = links[index].words;
            for slot in &mut best[links[index].place.end..] {
                if slot.is_some_and(|it| links[it].words >= words) {
                    break;
                }
                *slot = Some(index);
            }
        }
    }
    let mut chosen = vec![None; places.len()];
    let mut at = best[len];
    while let Some(index) = at {
        let link = &links[index];
        chosen[link.block] = Some(link.place);
        at = link.before;
    }
    chosen
}

/// Words as numbers; a sign of a script without spaces is a word.
fn words(text: &str, ids: &mut HashMap<String, u32>) -> Vec<u32> {
    let mut words = Vec::new();
    let mut take = |word: &str| {
        if !word.is_empty() {
            let next = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            words.push(*ids.entry(word.to_lowercase()).or_insert(next));
        }
    };
    for part in text.split(|it: char| !it.is_alphanumeric()) {
        let mut start = 0;
        for (at, c) in part.char_indices().filter(|(_, it)| is_unspaced(*it)) {
            take(&part[start..at]);
            start = at + c.len_utf8();
            take(&part[at..start]);
        }
        take(&part[start..]);
    }
    words
}

#[allow(clippy::cast_precision_loss, reason = "words of one page")]
fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{self, Content, Page, PageDraft, Scope};

    /// Whether each block of the page is main text.
    fn main(html: &str, body: &Body) -> Vec<Option<bool>> {
        let content = Content::Html { body: html.into(), title: String::new(), scope: Scope::Page };
        let page = Page::try_new(PageDraft { content: Some(content), ..PageDraft::default() }).expect("valid");
        let reading = page::read(&page);
        let items: Vec<usize> = (0..reading.items.len()).collect();
        labels(&reading, &items, body).into_iter().map(|it| it.map(|it| it.is_main)).collect()
    }

    #[test]
    fn blocks_of_the_body_are_main_text_once_and_in_their_order() {
        let html = "<p>Ferry<p>The ferry runs twice a day.<p>Share<p>Ferry<p>It is slow.<p>The ferry runs twice a day.";
        let body = Body { whole: Some("The ferry runs twice a day. Ferry. It is slow.".into()), ..Body::default() };
        let expect = [false, true, false, true, true, false].map(Some);
        assert_eq!(main(html, &body), expect);
    }

    #[test]
    fn blocks_without_a_snippet_have_no_label() {
        let body = Body { whole: None, wanted: vec!["runs  twice".into()], unwanted: vec!["Share this".into()] };
        let html = "<p>The ferry runs twice a day.<p>It is slow.<p>Share this page";
        assert_eq!(main(html, &body), [Some(true), None, Some(false)]);
    }
}
