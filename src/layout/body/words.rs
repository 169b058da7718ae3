//! What class, id and role say of an element, as a set of signs: one bit for each sort of word, found
//! anywhere in the attributes by one automaton, and one for each sort of tag.
//!
//! The words are those of readability, trafilatura and resiliparse, and of the captured pages. They are
//! names that programmers give, so they are English nearly everywhere and no table of languages.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};

use crate::{finding::WidgetKind, page::html::Tag};

/// Where a word may stand in an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// Anywhere.
    Any,
    /// At the start of a word.
    Start,
    /// As a whole word.
    Whole,
}

use At::{Any, Start, Whole};

/// Sorts of signs in the order of their bits: the words of attributes, then tags.
const SIGNS: &[(&str, &[(&str, At)])] = &[
    (
        "body",
        &[
            ("articlebody", Any),
            ("article-body", Any),
            ("article_body", Any),
            ("article__body", Any),
            ("articletext", Any),
            ("article-text", Any),
            ("articlecontent", Any),
            ("article-content", Any),
            ("article__content", Any),
            ("story-body", Any),
            ("storybody", Any),
            ("story-content", Any),
            ("post-content", Any),
            ("postcontent", Any),
            ("post-body", Any),
            ("post_content", Any),
            ("entry-content", Any),
            ("entrycontent", Any),
            ("content-body", Any),
            ("contentbody", Any),
            ("body-content", Any),
            ("bodytext", Any),
            ("body-text", Any),
            ("body-copy", Any),
            ("richtext", Any),
            ("rich-text", Any),
            ("mw-parser-output", Any),
            ("postarticle", Any),
        ],
    ),
    (
        "article",
        &[
            ("article", Any),
            ("story", Any),
            ("entry", Whole),
            ("post", Whole),
            ("blog", Whole),
            ("content", Start),
            ("text", Whole),
            ("main", Whole),
            ("copy", Whole),
            ("body", Whole),
        ],
    ),
    ("paragraph", &[("paragraph", Any), ("text-block", Any), ("textblock", Any), ("chapter", Any)]),
    (
        "comment",
        &[
            ("comment", Any),
            ("disqus", Any),
            ("livefyre", Any),
            ("replies", Any),
            ("reply", Whole),
            ("respond", Whole),
            ("discussion", Any),
            ("kommentar", Any),
            ("reviews", Whole),
        ],
    ),
    (
        "related",
        &[
            ("related", Any),
            ("recommend", Any),
            ("recirc", Any),
            ("trending", Any),
            ("popular", Any),
            ("mostread", Any),
            ("most-", Start),
            ("readmore", Any),
            ("read-more", Any),
            ("readnext", Any),
            ("more-", Start),
            ("morefrom", Any),
            ("seealso", Any),
            ("see-also", Any),
            ("also", Whole),
            ("teaser", Any),
            ("outbrain", Any),
            ("taboola", Any),
            ("latest", Any),
            ("similar", Any),
            ("upnext", Any),
            ("up-next", Any),
            ("feed", Whole),
            ("card", Start),
            ("carousel", Any),
            ("relacionad", Any),
        ],
    ),
    (
        "share",
        &[
            ("share", Any),
            ("sharing", Any),
            ("social", Any),
            ("addthis", Any),
            ("addtoany", Any),
            ("facebook", Any),
            ("twitter", Any),
            ("whatsapp", Any),
            ("follow", Start),
            ("print", Whole),
            ("email", Whole),
        ],
    ),
    (
        "navigation",
        &[
            ("nav", Start),
            ("menu", Any),
            ("pagination", Any),
            ("pager", Any),
            ("pagenav", Any),
            ("toolbar", Any),
            ("topbar", Any),
            ("tabs", Whole),
            ("skip", Whole),
            ("jump", Whole),
            ("sitemap", Any),
            ("next", Whole),
            ("prev", Start),
        ],
    ),
    (
        "footer",
        &[
            ("footer", Any),
            ("contentinfo", Any),
            ("copyright", Any),
            ("colophon", Any),
            ("bottom", Start),
            ("legal", Any),
            ("disclaimer", Any),
            ("imprint", Any),
            ("impressum", Any),
            ("disclosure", Any),
        ],
    ),
    ("header", &[("header", Any), ("masthead", Any), ("banner", Any), ("logo", Any), ("branding", Any), ("top", Whole)]),
    (
        "side",
        &[
            ("sidebar", Any),
            ("side", Whole),
            ("rail", Whole),
            ("aside", Any),
            ("complementary", Any),
            ("widget", Any),
            ("col-right", Any),
            ("rightcol", Any),
            ("right-", Start),
            ("secondary", Any),
        ],
    ),
    (
        "ad",
        &[
            ("ad", Whole),
            ("ads", Whole),
            ("adv", Whole),
            ("advert", Any),
            ("sponsor", Any),
            ("promo", Any),
            ("dfp", Whole),
            ("adslot", Any),
            ("adunit", Any),
            ("ad-", Start),
            ("affiliate", Any),
            ("anzeige", Any),
            ("werbung", Any),
            ("publicid", Any),
            ("commercial", Any),
            ("partner", Any),
        ],
    ),
    (
        "offer",
        &[
            ("newsletter", Any),
            ("subscri", Any),
            ("signup", Any),
            ("sign-up", Any),
            ("mailchimp", Any),
            ("optin", Any),
            ("cta", Whole),
            ("donat", Any),
            ("paywall", Any),
            ("register", Any),
            ("premium", Any),
            ("membership", Any),
            ("shop", Start),
            ("product", Any),
            ("price", Any),
            ("call-to-action", Any),
        ],
    ),
    (
        "caption",
        &[("caption", Any), ("credit", Any), ("wp-caption", Any), ("photo", Any), ("image", Any), ("figure", Any), ("picture", Any), ("bildunter", Any)],
    ),
    ("media", &[("gallery", Any), ("slider", Any), ("slideshow", Any), ("video", Any), ("player", Any), ("audio", Any), ("podcast", Any), ("embed", Any), ("media", Whole)]),
    (
        "author",
        &[("byline", Any), ("author", Any), ("bio", Whole), ("contributor", Any), ("writer", Any), ("vcard", Any), ("profile", Any), ("autor", Any), ("avatar", Any)],
    ),
    (
        "date",
        &[("date", Start), ("time", Start), ("publish", Any), ("timestamp", Any), ("meta", Whole), ("metadata", Any), ("postmeta", Any), ("info", Whole), ("byline", Any), ("datum", Any)],
    ),
    (
        "tags",
        &[("tags", Whole), ("tag", Whole), ("taglist", Any), ("tagcloud", Any), ("categor", Any), ("topic", Any), ("keyword", Any), ("label", Whole), ("kicker", Any), ("eyebrow", Any)],
    ),
    ("consent", &[("cookie", Any), ("consent", Any), ("gdpr", Any), ("onetrust", Any), ("didomi", Any), ("cmp", Whole), ("privacy", Any), ("ccpa", Any)]),
    (
        "dialog",
        &[
            ("modal", Any),
            ("popup", Any),
            ("pop-up", Any),
            ("overlay", Any),
            ("lightbox", Any),
            ("login", Any),
            ("signin", Any),
            ("dialog", Any),
            ("tooltip", Any),
            ("dropdown", Any),
            ("offcanvas", Any),
            ("drawer", Any),
            ("alert", Any),
            ("notice", Any),
            ("message", Any),
            ("noscript", Any),
            ("toast", Any),
            ("collapse", Any),
        ],
    ),
    ("title", &[("title", Any), ("headline", Any), ("heading", Any), ("subhead", Any)]),
    (
        "lead",
        &[
            ("summary", Any),
            ("lead", Whole),
            ("intro", Any),
            ("standfirst", Any),
            ("dek", Whole),
            ("deck", Whole),
            ("excerpt", Any),
            ("abstract", Any),
            ("description", Any),
            ("subtitle", Any),
            ("preamble", Any),
            ("ingress", Any),
            ("vorspann", Any),
            ("chapo", Any),
            ("tldr", Any),
            ("takeaway", Any),
            ("key-points", Any),
            ("highlights", Any),
        ],
    ),
    ("quote", &[("quote", Any), ("pull", Start), ("blockquote", Any), ("zitat", Any)]),
    ("note", &[("footnote", Any), ("reference", Any), ("reflist", Any), ("cite", Start), ("endnote", Any), ("bibliograph", Any), ("source", Start)]),
    ("search", &[("search", Any), ("filter", Any), ("form", Whole), ("input", Any), ("button", Any), ("btn", Start)]),
    ("breadcrumb", &[("breadcrumb", Any), ("crumb", Any), ("rubrik", Any)]),
    ("box", &[("infobox", Any), ("info-box", Any), ("toc", Whole), ("tableofcontents", Any), ("factbox", Any), ("sidebox", Any), ("inset", Any), ("callout", Any), ("list", Whole)]),
    ("unseen", &[("sr-only", Any), ("screen-reader", Any), ("screenreader", Any), ("visually-hidden", Any), ("visuallyhidden", Any), ("hidden", Any), ("hide", Whole), ("invisible", Any), ("no-print", Any)]),
    ("a-nav", &[]),
    ("a-header", &[]),
    ("a-footer", &[]),
    ("a-aside", &[]),
    ("a-main", &[]),
    ("a-article", &[]),
    ("a-figure", &[]),
    ("a-table", &[]),
    ("a-list", &[]),
    ("a-form", &[]),
    ("a-quote", &[]),
    ("a-section", &[]),
    ("a-custom", &[]),
    ("a-p", &[]),
];

/// Names of the sorts, in the order of their bits.
pub(super) fn sorts() -> impl Iterator<Item = &'static str> {
    SIGNS.iter().map(|(name, _)| *name)
}

/// Bytes of one attribute that are looked at.
const ATTRIBUTE: usize = 256;

/// Sign of a tag.
pub(super) fn of_tag(tag: Tag) -> u64 {
    let name = match tag {
        Tag::Nav => "a-nav",
        Tag::Header => "a-header",
        Tag::Footer => "a-footer",
        Tag::Aside => "a-aside",
        Tag::Main => "a-main",
        Tag::Article => "a-article",
        Tag::Figure | Tag::Figcaption => "a-figure",
        Tag::Table | Tag::Td | Tag::Th => "a-table",
        Tag::Ul | Tag::Ol | Tag::Dl | Tag::Li => "a-list",
        Tag::Form | Tag::Button | Tag::Label | Tag::Fieldset | Tag::Dialog => "a-form",
        Tag::Blockquote => "a-quote",
        Tag::Section => "a-section",
        Tag::Custom => "a-custom",
        Tag::P => "a-p",
        _ => return 0,
    };
    bit(name)
}

/// Sorts that name furniture, the surest first.
const KINDS: &[(&str, WidgetKind)] = &[
    ("consent", WidgetKind::Consent),
    ("comment", WidgetKind::Comments),
    ("breadcrumb", WidgetKind::Breadcrumb),
    ("related", WidgetKind::Related),
    ("share", WidgetKind::Share),
    ("ad", WidgetKind::Ad),
    ("offer", WidgetKind::Newsletter),
    ("a-nav", WidgetKind::Navigation),
    ("navigation", WidgetKind::Navigation),
    ("tags", WidgetKind::Tags),
    ("author", WidgetKind::Byline),
    ("date", WidgetKind::Date),
    ("a-footer", WidgetKind::Legal),
    ("footer", WidgetKind::Legal),
    ("a-figure", WidgetKind::Caption),
    ("caption", WidgetKind::Caption),
    ("search", WidgetKind::Search),
    ("a-header", WidgetKind::Navigation),
    ("header", WidgetKind::Navigation),
    ("a-aside", WidgetKind::Related),
    ("side", WidgetKind::Related),
    ("lead", WidgetKind::SummaryBox),
    ("media", WidgetKind::MediaNotice),
    ("a-form", WidgetKind::Other),
    ("dialog", WidgetKind::Other),
];

/// Kind of furniture that signs name, and the sort that does so.
pub(super) fn kind(signs: u64) -> Option<(WidgetKind, &'static str)> {
    KINDS.iter().find(|(name, _)| signs & bit(name) != 0).map(|(name, kind)| (*kind, *name))
}

/// The bit of a sort of sign.
pub(super) fn bit(name: &str) -> u64 {
    SIGNS.iter().position(|(it, _)| *it == name).map_or(0, |it| 1 << it)
}

/// One word with its bit.
struct Word {
    bit: u64,
    at: At,
}

/// All words behind one automaton.
struct Vocabulary {
    automaton: AhoCorasick,
    words: Vec<Word>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let all = || SIGNS.iter().enumerate().flat_map(|(sort, (_, words))| words.iter().map(move |it| (sort, it)));
    let automaton = AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .build(all().map(|(_, (word, _))| word));
    let words = all().map(|(sort, (_, at))| Word { bit: 1 << sort, at: *at }).collect();
    Vocabulary { automaton: automaton.expect("a few hundred short words"), words }
});

/// Signs in the value of one attribute.
pub(super) fn of_attribute(value: &str) -> u64 {
    if value.is_empty() {
        return 0;
    }
    let bytes = &value.as_bytes()[..value.len().min(ATTRIBUTE)];
    let vocabulary = &*VOCABULARY;
    let mut signs = 0;
    for found in vocabulary.automaton.find_overlapping_iter(bytes) {
        let word = &vocabulary.words[found.pattern().as_usize()];
        let stands = match word.at {
            Any => true,
            Start => starts(bytes, found.start()),
            Whole => starts(bytes, found.start()) && ends(bytes, found.end()),
        };
        if stands {
            signs |= word.bit;
        }
    }
    signs
}

/// Whether a word starts here: after what is no letter, or with a capital after a small letter.
fn starts(bytes: &[u8], at: usize) -> bool {
    at == 0 || !bytes[at - 1].is_ascii_alphabetic() || bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase()
}

fn ends(bytes: &[u8], at: usize) -> bool {
    at == bytes.len() || !bytes[at].is_ascii_alphabetic() || bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(class: &str) -> Vec<&'static str> {
        let signs = of_attribute(class);
        SIGNS.iter().enumerate().filter(|(it, _)| signs & (1 << it) != 0).map(|(_, (name, _))| *name).collect()
    }

    #[test]
    fn words_are_found_in_compounds_and_short_ones_only_alone() {
        assert_eq!(names("entry-content clear"), ["body", "article"]);
        assert_eq!(names("jp-relatedposts"), ["related"]);
        assert_eq!(names("c-AdSlot"), ["ad"]);
        assert_eq!(names("shadow loaded"), [""; 0]);
        assert_eq!(names("siteNav"), ["navigation"]);
        assert_eq!(names("col-md-8"), [""; 0]);
    }
}
