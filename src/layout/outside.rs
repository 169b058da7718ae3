//! Which sort of furniture an item outside the main text is, where its markup does not say.
//!
//! Class names of half of all sites say nothing ("box", "col-3"). There the text says what it is by its shape (a
//! date, an address), a heading is what stands below it, links are a menu or headlines, and what stands between
//! two pieces of one widget is part of it. No language is known: words are the label rules' work.

use super::{
    Placed,
    html::{self, Named},
    shape,
};
use crate::{
    finding::WidgetKind,
    page::{ItemKind, Reading, html::Element},
};

/// Words from which a link is a headline of another page and no entry of a menu.
const HEADLINE: usize = 5;
/// Items below a heading among which its widget must show itself.
const BELOW: usize = 3;
/// Items on each side of one between which a widget goes on.
const BESIDE: usize = 2;
/// Elements round an item whose links say what it is.
const ROUND: usize = 3;
/// Links in an element from which it is a list of them.
const LINKS: u32 = 3;
/// Words up to which a line can be a date with its label.
const DATE_WORDS: usize = 8;
/// Characters up to which a text can be an address to write to.
const CONTACT_CHARS: usize = 400;

/// The kind of each of these items, with what shows it.
pub(super) fn kinds(reading: &Reading<'_>, named: &[Option<Named>], items: &[Placed], outside: &[usize]) -> Vec<Named> {
    let page = Outside { reading, named, elements: elements(reading), lists: lists(reading), main: main(items) };
    let mut kinds: Vec<Option<Named>> = outside.iter().map(|it| page.own(*it)).collect();
    // From the end, so that a heading over a heading is what stands below both.
    for at in (0..kinds.len()).rev() {
        if kinds[at].is_none() && page.heads(outside[at]) {
            kinds[at] = below(&kinds, outside, at);
        }
    }
    for at in 0..kinds.len() {
        if kinds[at].is_none() {
            kinds[at] = between(&kinds, outside, at).or_else(|| page.in_list(outside[at]));
        }
    }
    kinds.iter().zip(outside).map(|(kind, item)| kind.unwrap_or_else(|| page.unnamed(*item))).collect()
}

struct Outside<'a> {
    reading: &'a Reading<'a>,
    named: &'a [Option<Named>],
    elements: &'a [Element],
    /// Of each element, its links and its items, those of the elements in it included.
    lists: Vec<(u32, u32)>,
    /// First and last item of the main text.
    main: Option<(usize, usize)>,
}

impl Outside<'_> {
    /// What markup, text or links alone show.
    fn own(&self, item: usize) -> Option<Named> {
        let named = self.named[item].filter(|(kind, _)| *kind != WidgetKind::Other);
        named.or_else(|| self.by_text(item)).or_else(|| self.by_link(item))
    }

    /// What a text is by its shape.
    fn by_text(&self, item: usize) -> Option<Named> {
        let (text, words) = (self.reading.text_of(item), self.reading.words_of(item));
        if text.starts_with(['©', 'Ⓒ']) || text.get(..9).is_some_and(|it| it.eq_ignore_ascii_case("copyright")) {
            return Some((WidgetKind::Legal, "copyright"));
        }
        if is_date(text, words) {
            return Some((WidgetKind::Date, "date-text"));
        }
        (text.len() <= CONTACT_CHARS && is_contact(text, words)).then_some((WidgetKind::Legal, "contact"))
    }

    /// A link is an entry of a menu, or the headline of another page.
    fn by_link(&self, item: usize) -> Option<Named> {
        if !html::is_link(self.reading, item) {
            return None;
        }
        let is_headline = self.reading.words_of(item) >= HEADLINE;
        Some(if is_headline { (WidgetKind::Related, "headline") } else { (WidgetKind::Navigation, "links") })
    }

    /// Whether an item can be the heading of a widget.
    fn heads(&self, item: usize) -> bool {
        let text = self.reading.text_of(item);
        self.reading.items[item].kind == ItemKind::Heading
            || shape::is_short_line(text, self.reading.words_of(item))
            || text.ends_with(':')
    }

    /// The kind of a list of links that the item stands in: beside or below the article, other articles.
    fn in_list(&self, item: usize) -> Option<Named> {
        let mut at = self.reading.items[item].element;
        for _ in 0..ROUND {
            let element = at? as usize;
            let (links, all) = self.lists[element];
            if links >= LINKS && links * 2 >= all {
                let is_before = self.main.is_some_and(|(first, _)| item < first);
                return Some(if is_before {
                    (WidgetKind::Navigation, "list-of-links")
                } else {
                    (WidgetKind::Related, "list-of-links")
                });
            }
            at = self.elements[element].parent;
        }
        None
    }

    fn unnamed(&self, item: usize) -> Named {
        self.named[item].unwrap_or((WidgetKind::Other, "place"))
    }
}

fn elements<'a>(reading: &'a Reading<'_>) -> &'a [Element] {
    reading.html.as_ref().map_or(&[], |it| &it.outline.elements)
}

/// Of each element, the links and the items in it.
fn lists(reading: &Reading<'_>) -> Vec<(u32, u32)> {
    let elements = elements(reading);
    let mut lists = vec![(0, 0); elements.len()];
    for (index, item) in reading.items.iter().enumerate() {
        if let Some(list) = item.element.and_then(|it| lists.get_mut(it as usize)) {
            list.0 += u32::from(html::is_link(reading, index));
            list.1 += 1;
        }
    }
    for index in (0..elements.len()).rev() {
        let (links, all) = lists[index];
        if let Some(parent) = elements[index].parent {
            let list = &mut lists[parent as usize];
            *list = (list.0 + links, list.1 + all);
        }
    }
    lists
}

fn main(items: &[Placed]) -> Option<(usize, usize)> {
    let first = items.iter().position(|it| it.is_main())?;
    Some((first, items.iter().rposition(|it| it.is_main())?))
}

/// The first kind among the items right below.
fn below(kinds: &[Option<Named>], outside: &[usize], at: usize) -> Option<Named> {
    let mut near = (at + 1..kinds.len()).take(BELOW).take_while(|it| outside[*it] - outside[at] <= BELOW);
    let (kind, by) = near.find_map(|it| kinds[it])?;
    // A heading over links is no menu entry itself: it says what the links are.
    Some(if by == "headline" { (WidgetKind::Related, "below") } else { (kind, "below") })
}

/// The kind of the items on both sides, where it is the same.
fn between(kinds: &[Option<Named>], outside: &[usize], at: usize) -> Option<Named> {
    let is_near = |it: &usize| outside[*it].abs_diff(outside[at]) <= BESIDE;
    let before = (0..at).rev().take_while(is_near).find_map(|it| kinds[it])?;
    let after = (at + 1..kinds.len()).take_while(is_near).find_map(|it| kinds[it])?;
    (before.0 == after.0).then_some((before.0, "between"))
}

/// A short line with a day and a year, or a time, and hardly a word beside: at most a label and a month.
fn is_date(text: &str, words: usize) -> bool {
    if words > DATE_WORDS || text.len() > 80 || !text.bytes().any(|it| it.is_ascii_digit()) {
        return false;
    }
    let numbers: Vec<&str> = text.split(|it: char| !it.is_ascii_digit()).filter(|it| !it.is_empty()).collect();
    let is_year = |it: &&str| it.len() == 4 && (it.starts_with("19") || it.starts_with("20"));
    let words = text.split(|it: char| !it.is_alphabetic()).filter(|it| it.chars().count() > 2).count();
    numbers.len() >= 2 && numbers.iter().any(is_year) && numbers.iter().any(|it| it.len() <= 2) && words <= 3
}

/// An address to write to or to call.
fn is_contact(text: &str, words: usize) -> bool {
    let is_mail = |it: &str| it.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    let digits = |it: &str| it.bytes().filter(u8::is_ascii_digit).count();
    let is_call = |it: &str| {
        let number: usize = it.split_whitespace().filter(|it| it.bytes().all(is_of_number)).map(digits).sum();
        number >= 8 && digits(text) <= 40
    };
    let has = |sign| text.as_bytes().contains(&sign);
    has(b'@') && text.split_whitespace().any(is_mail) || words <= 30 && (has(b'+') || has(b'/')) && is_call(text)
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'/' | b'(' | b')' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_date(text: &str) -> bool {
        super::is_date(text, shape::words(text))
    }

    fn is_contact(text: &str) -> bool {
        super::is_contact(text, shape::words(text))
    }

    #[test]
    fn dates_are_told_by_their_numbers() {
        for text in ["23.10.2018", "Veröffentlichung: 2. Februar 2022", "2021-05-03 12:30", "Updated May 3, 2021"] {
            assert!(is_date(text), "{text}");
        }
        for text in
            ["2018", "Agenda 2030 for all 17 goals and more", "Chapter 3", "Top 10 films of 2021 you must have seen"]
        {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn contacts_are_told_by_mail_and_number() {
        for text in ["Write to desk@paper.example.org", "Tel. +49 30 1234567", "05225/8738444 Hof 9, 32130 Enger"] {
            assert!(is_contact(text), "{text}");
        }
        for text in ["Follow us @paper", "The score was 3/4", "About 12345678 readers"] {
            assert!(!is_contact(text), "{text}");
        }
    }
}
