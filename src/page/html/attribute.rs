//! The attributes of a start tag that reading looks at.

use super::{
    reference,
    style::{self, Look},
};
use crate::{limits, page::Span};

/// One of them, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    Action,
    Alt,
    AriaLabel,
    Class,
    Content,
    Data,
    Hidden,
    Href,
    HttpEquiv,
    Id,
    Itemprop,
    Lang,
    Name,
    Property,
    Rel,
    Role,
    Src,
    Srcdoc,
    Style,
    Title,
    Type,
}

impl Attribute {
    /// Bytes of the longest name.
    const LONGEST_NAME: usize = 10;
    const COUNT: usize = 21;

    /// From a name in letters of any size.
    pub(super) fn of(name: &[u8]) -> Option<Self> {
        let mut small = [0; Self::LONGEST_NAME];
        let small = small.get_mut(..name.len())?;
        small.copy_from_slice(name);
        small.make_ascii_lowercase();
        Some(match &*small {
            b"action" | b"formaction" => Self::Action,
            b"alt" => Self::Alt,
            b"aria-label" => Self::AriaLabel,
            b"class" => Self::Class,
            b"content" => Self::Content,
            b"data" => Self::Data,
            b"hidden" => Self::Hidden,
            b"href" => Self::Href,
            b"http-equiv" => Self::HttpEquiv,
            b"id" => Self::Id,
            b"itemprop" => Self::Itemprop,
            b"lang" => Self::Lang,
            b"name" => Self::Name,
            b"property" => Self::Property,
            b"rel" => Self::Rel,
            b"role" => Self::Role,
            b"src" => Self::Src,
            b"srcdoc" => Self::Srcdoc,
            b"style" => Self::Style,
            b"title" => Self::Title,
            b"type" => Self::Type,
            _ => return None,
        })
    }

    fn bit(self) -> u32 {
        1 << self as u32
    }

    /// Whether its value is read; of others the place is.
    fn is_read(self) -> bool {
        !matches!(self, Self::AriaLabel | Self::Class | Self::Id | Self::Role | Self::Title)
    }
}

/// The attributes of one start tag. Of two with one name, the first counts.
pub(super) struct Attributes<'a> {
    source: &'a str,
    /// Bytes of each value in the source, of those in `present`.
    values: [Span; Attribute::COUNT],
    /// Bit for each attribute that there is.
    present: u32,
    /// Values that differ from what is written, one after the other, as far as they are read.
    decoded: String,
    /// Bytes of each value in `decoded`, of those in `differs`.
    decoded_values: [Span; Attribute::COUNT],
    /// Bit for each attribute whose value stands in `decoded`.
    differs: u32,
    /// Whether one of all runs a script, such as `onclick`.
    pub(super) runs_script: bool,
}

impl<'a> Attributes<'a> {
    /// None yet of a tag in `source`.
    pub(super) fn new(source: &'a str) -> Self {
        Self {
            source,
            values: [Span::default(); Attribute::COUNT],
            present: 0,
            decoded: String::new(),
            decoded_values: [Span::default(); Attribute::COUNT],
            differs: 0,
            runs_script: false,
        }
    }

    pub(super) fn clear(&mut self) {
        self.present = 0;
        self.decoded.clear();
        self.differs = 0;
        self.runs_script = false;
    }

    /// Adds one with its value's bytes in the source.
    pub(super) fn add(&mut self, attribute: Attribute, value: Span) {
        if self.has(attribute) {
            return;
        }
        self.present |= attribute.bit();
        self.values[attribute as usize] = if value.is_empty() { Span::default() } else { value };
        if attribute.is_read() && value.len() <= limits::ATTRIBUTE_BYTES {
            let value = &self.source[value.range()];
            if reference::must_decode(value) {
                let start = self.decoded.len();
                reference::decode(value, &mut self.decoded);
                self.differs |= attribute.bit();
                self.decoded_values[attribute as usize] = Span::new(start, self.decoded.len());
            }
        }
    }

    pub(super) fn has(&self, attribute: Attribute) -> bool {
        self.present & attribute.bit() != 0
    }

    /// Value, or empty; empty as well if it is too long or of those that are not read.
    pub(super) fn get(&self, attribute: Attribute) -> &str {
        if self.differs & attribute.bit() != 0 {
            return &self.decoded[self.decoded_values[attribute as usize].range()];
        }
        let span = self.span(attribute);
        if span.len() > limits::ATTRIBUTE_BYTES { "" } else { &self.source[span.range()] }
    }

    /// Bytes of the value in the source, or none.
    pub(super) fn span(&self, attribute: Attribute) -> Span {
        if self.has(attribute) { self.values[attribute as usize] } else { Span::default() }
    }

    /// What the markup itself does to the text of the element.
    pub(super) fn look(&self) -> Look {
        let look = match self.get(Attribute::Style) {
            "" => Look::default(),
            style => style::look(style),
        };
        let hidden = self.has(Attribute::Hidden) && self.get(Attribute::Hidden) != "until-found";
        Look { hidden: look.hidden || hidden, ..look }
    }
}
