//! The words between the rooms: findings and what they are made of.
//!
//! Detectors make findings, `verdict` gives them effects, the front ends print them. Nothing here
//! decides anything.

use std::{fmt, sync::Arc};

use crate::limits;
use crate::page::{Reading, Span, fold, span::prefix};

/// Sort of junk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JunkKind {
    /// A language model refused, and the refusal was published.
    Refusal,
    /// Other traces of a language model at work.
    LlmResidue,
    /// Text that stands where text was to come.
    Placeholder,
    /// There is no main text.
    MissingBody,
    /// There is too little main text.
    ThinBody,
    /// The main text breaks off.
    TruncatedBody,
    /// Furniture of the site inside the main text.
    Widget,
    /// The same block again.
    DuplicateItem,
    /// The same page again.
    DuplicatePage,
    /// An error page.
    ErrorPage,
    /// An anti-bot wall.
    Challenge,
    /// A paywall, login, registration or region wall.
    AccessWall,
    /// A cookie or consent notice.
    Consent,
    /// A parked, expired or suspended domain.
    Parked,
    /// Damaged encoding.
    Encoding,
    /// Text that people do not see.
    HiddenText,
    /// Markup that must not be published.
    UnsafeMarkup,
    /// Injected advertising and doorways.
    Spam,
    /// Card numbers, keys and the like.
    PersonalData,
    /// Words on a list of the operator's.
    Moderation,
}

/// Sort of furniture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WidgetKind {
    /// Menus and other navigation.
    Navigation,
    /// Links to the previous and the next page.
    PreviousNext,
    /// Related, recommended, most read.
    Related,
    /// Share, follow, print.
    Share,
    /// Newsletter and other subscriptions.
    Newsletter,
    /// Offers to summarize, key points, reading time, listen.
    SummaryBox,
    /// Readers' comments and the form for them.
    Comments,
    /// Author line.
    Byline,
    /// Dates.
    Date,
    /// Captions and credits outside the text.
    Caption,
    /// Advertising.
    Ad,
    /// Cookie and consent notices.
    Consent,
    /// Imprint, rights, terms.
    Legal,
    /// Tags and categories.
    Tags,
    /// About the author.
    AuthorBox,
    /// Search boxes.
    Search,
    /// The way to this page.
    Breadcrumb,
    /// Get the app.
    AppBanner,
    /// Notices of media that do not play.
    MediaNotice,
    /// Furniture of no named sort.
    Other,
}

/// What an item is on its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The title.
    Title,
    /// A heading inside the main text.
    Heading,
    /// Main text.
    Body,
    /// Text that leads to another page: a teaser, a related or neighbouring headline.
    Link,
    /// Belongs to the site, not to the article.
    Furniture,
    /// Not an item: the page, its address, its headers, its markup.
    Page,
}

/// What a finding asks for, from weak to strong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Only tell.
    Note,
    /// Cut it from the cleaned page.
    Strip,
    /// Hold the page for a person.
    Review,
    /// Refuse the page.
    Reject,
}

/// Ground a finding stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A marker that has no honest use.
    Observed,
    /// Shape or wording.
    Inferred,
}

/// How much a finding covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// A part of an item.
    Part,
    /// A whole item, or a block of them.
    Item,
    /// At least half of the characters of the main text.
    Most,
    /// The page.
    Page,
}

/// Gives an enum of unit variants its `snake_case` names, as they stand in TOML, JSON and on the terminal.
macro_rules! names {
    ($type:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        impl $type {
            /// All values, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Name as written in rules, policy and output.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

names!(JunkKind {
    Refusal = "refusal",
    LlmResidue = "llm_residue",
    Placeholder = "placeholder",
    MissingBody = "missing_body",
    ThinBody = "thin_body",
    TruncatedBody = "truncated_body",
    Widget = "widget",
    DuplicateItem = "duplicate_item",
    DuplicatePage = "duplicate_page",
    ErrorPage = "error_page",
    Challenge = "challenge",
    AccessWall = "access_wall",
    Consent = "consent",
    Parked = "parked",
    Encoding = "encoding",
    HiddenText = "hidden_text",
    UnsafeMarkup = "unsafe_markup",
    Spam = "spam",
    PersonalData = "personal_data",
    Moderation = "moderation",
});
names!(WidgetKind {
    Navigation = "navigation",
    PreviousNext = "previous_next",
    Related = "related",
    Share = "share",
    Newsletter = "newsletter",
    SummaryBox = "summary_box",
    Comments = "comments",
    Byline = "byline",
    Date = "date",
    Caption = "caption",
    Ad = "ad",
    Consent = "consent",
    Legal = "legal",
    Tags = "tags",
    AuthorBox = "author_box",
    Search = "search",
    Breadcrumb = "breadcrumb",
    AppBanner = "app_banner",
    MediaNotice = "media_notice",
    Other = "other",
});
names!(Place {
    Title = "title",
    Heading = "heading",
    Body = "body",
    Link = "link",
    Furniture = "furniture",
    Page = "page",
});
names!(Effect { Note = "note", Strip = "strip", Review = "review", Reject = "reject" });
names!(Basis { Observed = "observed", Inferred = "inferred" });
names!(Extent { Part = "part", Item = "item", Most = "most", Page = "page" });

/// How sure a finding is: above 0, at most 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Confidence(f64);

/// A confidence that is not above 0 and at most 1.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("confidence {0} is not above 0 and at most 1")]
pub struct ConfidenceError(pub f64);

impl Confidence {
    /// Takes a value above 0, at most 1.
    pub fn new(value: f64) -> Result<Self, ConfidenceError> {
        if value > 0.0 && value <= 1.0 { Ok(Self(value)) } else { Err(ConfidenceError(value)) }
    }

    /// Moves a confidence by the sum of the evidence, kept within 0.05 and 0.99: no sum of hints is
    /// certain, and none makes a finding vanish.
    #[must_use]
    pub fn moved(self, evidence: &[Evidence]) -> Self {
        let delta: f64 = evidence.iter().map(|it| it.delta).sum();
        if delta == 0.0 {
            return self;
        }
        // Rounded, so that the printed figures add up.
        let sum = ((self.0 + delta) * 100.0).round() / 100.0;
        Self(sum.clamp(0.05, 0.99))
    }

    /// The value.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.0)
    }
}

/// A fact that raised or lowered a confidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Name of the fact, `lower_snake_case`.
    pub name: &'static str,
    /// By how much it moved the confidence; 0 for a fact that only explains.
    pub delta: f64,
    /// The words or the number behind it.
    pub detail: String,
}

/// One rule or detector at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Id of the rule or detector, `pack/name`.
    pub rule_id: Arc<str>,
    /// What sort of junk it is.
    pub kind: JunkKind,
    /// How sure it is, evidence included.
    pub confidence: Confidence,
    /// Ground it stands on.
    pub basis: Basis,
    /// How much it covers.
    pub extent: Extent,
    /// What the item is on this page.
    pub place: Place,
    /// What sort of furniture it is, for kind `widget`.
    pub widget: Option<WidgetKind>,
    /// Where it is.
    pub target: Target,
    /// What was found, in a sentence for people.
    pub message: String,
    /// The facts that moved the confidence.
    pub evidence: Vec<Evidence>,
    /// The text as it should have been, where that is known.
    pub repair: Option<String>,
    /// Whether the rule is in preview: reported, never deciding.
    pub preview: bool,
}

/// Where a finding is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The page as a whole, its address, its headers or its markup.
    Page {
        /// Place in what was sent, with the words there, where there are any.
        source: Option<(crate::page::Field, Span, String)>,
    },
    /// A place in one item.
    Item {
        /// Index of the item.
        item: usize,
        /// Bytes of the item's text.
        span: Span,
    },
    /// A block of whole items in reading order; the first stands for it.
    Block {
        /// Indices of the items, never empty.
        items: Vec<usize>,
    },
}

impl Target {
    /// Index of the item it is shown at.
    #[must_use]
    pub fn item(&self) -> Option<usize> {
        match self {
            Self::Page { .. } => None,
            Self::Item { item, .. } => Some(*item),
            Self::Block { items } => items.first().copied(),
        }
    }

    /// Indices of the items it covers, whole or in part.
    #[must_use]
    pub fn items(&self) -> &[usize] {
        match self {
            Self::Page { .. } => &[],
            Self::Item { item, .. } => std::slice::from_ref(item),
            Self::Block { items } => items,
        }
    }

    /// The words it is shown with, at most [`limits::QUOTE_BYTES`]; of a block, those of the first item.
    #[must_use]
    pub fn quote<'a>(&'a self, reading: &'a Reading<'_>) -> &'a str {
        let words = match self {
            Self::Page { source } => source.as_ref().map_or("", |(_, _, words)| words),
            Self::Item { item, span } => &reading.text_of(*item)[span.range()],
            Self::Block { items } => reading.text_of(items[0]),
        };
        prefix(words, limits::QUOTE_BYTES)
    }
}

/// What is known of a page before it is checked: what reviewers said of its source. Plain data, empty by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// What is no junk on the page's source.
    pub allowed: Arc<[Allowed]>,
    /// Names all that is known, of any source. Empty: nothing is.
    pub revision: Arc<str>,
}

/// Findings that are no junk on one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Id of the allowance.
    pub id: String,
    /// Rule or detector.
    pub rule_id: String,
    /// The words, folded. None: whatever they are.
    words: Option<String>,
}

impl Allowed {
    /// All that a rule finds, or only where it quotes these words; case, width and white space make no difference.
    #[must_use]
    pub fn new(id: String, rule_id: String, quote: Option<&str>) -> Self {
        Self { id, rule_id, words: quote.map(words) }
    }

    fn covers(&self, finding: &Finding, reading: &Reading<'_>) -> bool {
        *self.rule_id == *finding.rule_id
            && self.words.as_ref().is_none_or(|it| *it == words(finding.target.quote(reading)))
    }
}

impl Facts {
    /// What allows a finding, if anything does.
    #[must_use]
    pub fn allowing(&self, finding: &Finding, reading: &Reading<'_>) -> Option<&Allowed> {
        self.allowed.iter().find(|it| it.covers(finding, reading))
    }
}

/// What is the same in all writings of a quote.
fn words(quote: &str) -> String {
    fold::fold(quote).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Something that could not be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Name of the detector or stage.
    pub name: String,
    /// What was reached, with the limit.
    pub message: String,
}
