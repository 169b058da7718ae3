//! Rules: patterns as data.
//!
//! A rule is one TOML file: what it looks for, where, why, what excepts it, and examples that must and
//! must not match. `source` is the file as written, `compile` checks it and makes a [`Rule`] of it,
//! `pattern` turns its patterns into regular expressions, [`RuleSet`] holds all rules behind one
//! multi-pattern prefilter. All problems of all files are reported in one run.
//!
//! To add a rule, add a file below `rules/<pack>/`; nothing else changes.

mod compile;
mod keywords;
mod matching;
mod nearest;
mod needed;
mod pattern;

#[cfg(test)]
mod reach;
mod set;
mod simplify;
mod source;

use std::sync::Arc;

pub use compile::{Problem, Problems};
pub use matching::{Outcome, Text};
pub use nearest::nearest;
pub use set::{Candidate, RuleSet};

use needed::Needed;
use pattern::Pattern;

use crate::{
    finding::{Basis, Confidence, JunkKind, WidgetKind},
    limits,
};

/// Id of a rule: `pack/name`, kebab-case, the path of its file. Ids are never changed: they stand in
/// configurations, decisions and statistics.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(Arc<str>);

impl RuleId {
    /// Takes `pack/name`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let word = |it: &str| {
            !it.is_empty() && it.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        };
        let (pack, name) = text.split_once('/')?;
        (word(pack) && word(name)).then(|| Self(text.into()))
    }

    /// The whole id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id, shared.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        self.0.clone()
    }

    /// The pack: the folder of the file.
    #[must_use]
    pub fn pack(&self) -> &str {
        self.0.split_once('/').map_or("", |(pack, _)| pack)
    }
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Where {
    /// Title candidates.
    Title,
    /// Headings of the main text.
    Heading,
    /// The main text.
    Body,
    /// Text that leads to another page.
    Link,
    /// Furniture of the site.
    Furniture,
    /// The address.
    Url,
    /// Headers, each as `name: value`.
    Header,
    /// The page's description.
    Meta,
    /// Text that people do not see: hidden elements, comments, alternative texts.
    Hidden,
    /// Markup: attribute values, script sources and texts. Looked at only on pages with little text.
    Markup,
}

impl Where {
    /// Name as written in a rule.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Heading => "heading",
            Self::Body => "body",
            Self::Link => "link",
            Self::Furniture => "furniture",
            Self::Url => "url",
            Self::Header => "header",
            Self::Meta => "meta",
            Self::Hidden => "hidden",
            Self::Markup => "markup",
        }
    }
}

/// Whether a rule may decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It decides.
    #[default]
    Stable,
    /// It is reported and never decides.
    Preview,
    /// It is kept for its id and never runs.
    Retired,
}

impl Status {
    /// Name as written in a rule.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Preview => "preview",
            Self::Retired => "retired",
        }
    }
}

/// The form of the text that a rule is matched on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextForm {
    /// One spelling of many: see [`crate::page::fold`].
    #[default]
    Folded,
    /// The text as it is: for TK, `NaN`, `[INST]` and the like.
    Exact,
}

/// What a label of a widget is to the items after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// The item alone is furniture.
    #[default]
    Nothing,
    /// A headline after it belongs to it: "Next Article" and the article's name.
    Headline,
    /// All headlines after it belong to it: "You may also like" and its list.
    Headlines,
}

/// Conditions beside the text; all that are set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// The main text has fewer characters.
    pub body_chars_below: Option<usize>,
    /// The item has fewer characters.
    pub item_chars_below: Option<usize>,
    /// The HTTP status is known and in one of these ranges.
    pub status: Vec<std::ops::RangeInclusive<u16>>,
    /// The item is the first or the last of the main text.
    pub first_or_last_item: bool,
}

/// An example in a rule: a page reduced to what the rule looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The text. It stands at `place`, by default the first of the rule's `where`.
    pub text: String,
    /// Where the text stands.
    #[serde(default)]
    pub place: Option<Where>,
    /// Main text of the page. By default honest paragraphs, or nothing where `when` wants a short body.
    #[serde(default)]
    pub body: Option<String>,
    /// HTTP status of the page.
    #[serde(default)]
    pub status: Option<u16>,
}

/// What else in the same text speaks for a match or against it.
#[derive(Clone, Debug)]
pub struct Sign {
    /// What it shows, in a few words.
    pub says: String,
    /// How much it moves the confidence, once, however often it occurs: -0.5 to 0.5.
    pub weight: f64,
    /// The pattern as written. It may stand anywhere in the text.
    pub pattern: String,
    compiled: Pattern,
}

/// A checked and compiled rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// What it finds, in one line.
    pub summary: String,
    /// Sort of junk.
    pub kind: JunkKind,
    /// What it looks at.
    pub places: Vec<Where>,
    /// Whether it may decide.
    pub status: Status,
    /// Ground it stands on.
    pub basis: Basis,
    /// How sure it is before any evidence.
    pub confidence: Confidence,
    /// Languages it is written in; they never limit where it runs.
    pub languages: Vec<String>,
    /// The form of the text it is matched on.
    pub text: TextForm,
    /// Words of which at least one must occur, the slots filled in. Where one begins or ends with a space, a word must
    /// begin or end there.
    pub keywords: Vec<String>,
    /// The pattern as written.
    pub pattern: String,
    /// What excepts a match, as written.
    pub except: Vec<String>,
    /// Conditions beside the text.
    pub when: When,
    /// Sort of furniture, for kind `widget`.
    pub widget: Option<WidgetKind>,
    /// What it takes along, for kind `widget`.
    pub takes: Takes,
    /// Whether a match may cut words.
    pub partial: bool,
    /// What else in the text is weighed. With signs, a match counts if they make it at least [`ENOUGH`].
    pub signs: Vec<Sign>,
    /// Why it is junk, and why honest text is not hit.
    pub why: String,
    /// Texts that must match.
    pub matches: Vec<Example>,
    /// Honest texts that must not.
    pub no_matches: Vec<Example>,
    pattern_compiled: Pattern,
    except_compiled: Vec<Pattern>,
    signs_needed: Needed,
}

impl Rule {
    /// Whether it looks at such a place.
    #[must_use]
    pub fn looks_at(&self, place: Where) -> bool {
        self.places.contains(&place)
    }
}

/// Confidence that a match must reach by the signs of its rule, if that has any: more likely junk than not.
pub const ENOUGH: f64 = 0.5;

/// Bytes of main text up to which markup is looked at: a marker in the markup of a page that carries
/// an article proves nothing.
pub const MARKUP_BODY_CHARS: usize = limits::WHOLE_ITEM_BYTES / 8;
