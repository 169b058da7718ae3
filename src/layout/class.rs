//! What the class, id and role of an element say about it.

use crate::{
    finding::WidgetKind,
    page::html::{Element, Tag},
};

/// What an element is for, by its own markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Nothing is known.
    Unknown,
    /// It holds the text of the article.
    Body,
    /// It is furniture of this kind.
    Furniture(WidgetKind),
}

/// Reads the markup of an element.
pub(super) fn purpose(source: &str, element: &Element) -> Purpose {
    let attribute = |span: crate::page::Span| source.get(span.range()).unwrap_or("");
    let role = attribute(element.role);
    if role.eq_ignore_ascii_case("articleBody") {
        return Purpose::Body;
    }
    let attributes = [role, attribute(element.class), attribute(element.id)];
    let mut seen = Seen::default();
    for value in attributes {
        each_word(value, |word| seen.add(word));
    }
    if seen.is_body() {
        return Purpose::Body;
    }
    seen.kind.or_else(|| by_tag(element.tag)).map_or(Purpose::Unknown, Purpose::Furniture)
}

/// Furniture by the element alone.
fn by_tag(tag: Tag) -> Option<WidgetKind> {
    match tag {
        Tag::Nav => Some(WidgetKind::Navigation),
        Tag::Footer => Some(WidgetKind::Legal),
        Tag::Aside => Some(WidgetKind::Related),
        Tag::Button | Tag::Form | Tag::Dialog | Tag::Label | Tag::Fieldset => Some(WidgetKind::Other),
        Tag::Figcaption => Some(WidgetKind::Caption),
        _ => None,
    }
}

/// What the words of an element's attributes say together.
#[derive(Default)]
struct Seen {
    kind: Option<WidgetKind>,
    holder: bool,
    text: bool,
}

impl Seen {
    fn add(&mut self, word: &str) {
        match word {
            "article" | "entry" | "post" | "story" | "blog" | "news" => self.holder = true,
            "body" | "content" | "text" | "copy" => self.text = true,
            "articlebody" | "storybody" | "entrycontent" | "postcontent" | "bodytext" | "articletext"
            | "articlecontent" => {
                (self.holder, self.text) = (true, true);
            }
            _ => {}
        }
        // The first that is known counts: "post-navigation" is navigation.
        if let Some(kind) = widget_of(word)
            && (self.kind.is_none() || kind == WidgetKind::PreviousNext)
        {
            self.kind = Some(kind);
        }
    }

    fn is_body(&self) -> bool {
        self.holder && self.text && self.kind.is_none()
    }
}

/// Widget kind that a word of a class stands for; the words are those readability, trafilatura,
/// resiliparse and the captured pages use.
fn widget_of(word: &str) -> Option<WidgetKind> {
    use WidgetKind::{
        Ad, AppBanner, AuthorBox, Breadcrumb, Byline, Caption, Comments, Consent, Date, Legal, Navigation, Newsletter,
        Other, PreviousNext, Related, Search, Share, SummaryBox, Tags,
    };
    Some(match word {
        "nav" | "navigation" | "navbar" | "menu" | "menubar" | "submenu" | "topbar" | "pagination" | "pager"
        | "skip" | "toolbar" | "tabs" | "masthead" | "banner" => Navigation,
        "previous" | "prev" | "next" | "prevnext" | "siblings" | "nextprev" => PreviousNext,
        "related" | "recommended" | "recommendations" | "recommend" | "recirc" | "recirculation" | "trending"
        | "popular" | "mostread" | "mostpopular" | "readmore" | "readnext" | "upnext" | "morefrom" | "alsolike"
        | "teaser" | "teasers" | "outbrain" | "taboola" | "complementary" | "sidebar" | "rail" | "jp-relatedposts"
        | "relatedposts" | "seealso" | "promo" => Related,
        "share" | "sharing" | "sharebar" | "sharedaddy" | "social" | "addthis" | "addtoany" | "follow"
        | "socialmedia" => Share,
        "newsletter" | "newsletters" | "subscribe" | "subscription" | "signup" | "mailchimp" | "optin" => Newsletter,
        "summarybox" | "tldr" | "takeaways" | "listen" | "readingtime" => SummaryBox,
        "comment" | "comments" | "disqus" | "respond" | "livefyre" | "commentlist" | "replies" => Comments,
        "byline" | "bylines" | "authorname" => Byline,
        "dateline" | "timestamp" | "pubdate" | "published" | "datetime" => Date,
        "caption" | "credit" | "figcaption" | "photocredit" => Caption,
        "ad" | "ads" | "adv" | "advert" | "advertisement" | "advertising" | "adsense" | "sponsor" | "sponsored"
        | "dfp" | "adslot" | "anzeige" | "werbung" => Ad,
        "cookie" | "cookies" | "consent" | "gdpr" | "onetrust" | "cookiebanner" | "didomi" | "cmp" => Consent,
        "copyright" | "legal" | "disclaimer" | "colophon" | "footer" | "contentinfo" | "imprint" => Legal,
        "tags" | "tagcloud" | "categories" | "taglist" | "topics" | "keywords" => Tags,
        "authorbox" | "authorbio" | "bio" | "authorinfo" => AuthorBox,
        "search" | "searchform" => Search,
        "breadcrumb" | "breadcrumbs" => Breadcrumb,
        "appbanner" | "smartbanner" => AppBanner,
        "modal" | "popup" | "overlay" | "lightbox" | "login" | "signin" | "print" | "tooltip" | "dropdown" => Other,
        _ => return None,
    })
}

/// Longest word of a class that is looked at.
const WORD: usize = 24;

/// Calls `take` with each word of an attribute, in lower case: split at what is no letter or digit,
/// and where a capital follows a small letter.
fn each_word(value: &str, mut take: impl FnMut(&str)) {
    let mut word = [0_u8; WORD];
    let mut len = 0;
    let mut previous = b' ';
    let mut flush = |word: &[u8; WORD], len: &mut usize| {
        if (1..=WORD).contains(len)
            && let Ok(text) = std::str::from_utf8(&word[..*len])
        {
            take(text);
        }
        *len = 0;
    };
    for byte in value.bytes() {
        let camel = byte.is_ascii_uppercase() && previous.is_ascii_lowercase();
        if camel || !byte.is_ascii_alphanumeric() {
            flush(&word, &mut len);
        }
        if byte.is_ascii_alphanumeric() {
            if len < WORD {
                word[len] = byte.to_ascii_lowercase();
            }
            len += 1;
        }
        previous = byte;
    }
    flush(&word, &mut len);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Span;

    fn of(class: &str) -> Purpose {
        let none = Span::default();
        let element = Element {
            tag: Tag::Div,
            parent: None,
            span: none,
            start_tag: none,
            class: Span::new(0, class.len()),
            id: none,
            role: none,
            hidden: false,
        };
        purpose(class, &element)
    }

    #[test]
    fn class_words_name_bodies_and_furniture() {
        assert_eq!(of("entry-content clear"), Purpose::Body);
        assert_eq!(of("articleBody"), Purpose::Body);
        assert_eq!(of("navigation post-navigation"), Purpose::Furniture(WidgetKind::Navigation));
        assert_eq!(of("nav-previous"), Purpose::Furniture(WidgetKind::PreviousNext));
        assert_eq!(of("c-RelatedStories"), Purpose::Furniture(WidgetKind::Related));
        assert_eq!(of("header shadow"), Purpose::Unknown);
        assert_eq!(of("col-md-8"), Purpose::Unknown);
    }
}
