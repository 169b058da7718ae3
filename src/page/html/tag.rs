//! Names of elements, and what they do to text.

/// The elements that reading and layout know; all others are `Other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are HTML's own")]
pub enum Tag {
    A,
    Address,
    Article,
    Aside,
    Audio,
    B,
    Base,
    Blockquote,
    Body,
    Br,
    Button,
    Caption,
    Code,
    Dd,
    Details,
    Dialog,
    Div,
    Dl,
    Dt,
    Em,
    Embed,
    Fieldset,
    Figcaption,
    Figure,
    Footer,
    Form,
    H1,
    H2,
    H3,
    H4,
    H5,
    H6,
    Head,
    Header,
    Hr,
    Html,
    Iframe,
    Img,
    Input,
    Kbd,
    Label,
    Legend,
    Li,
    Link,
    Main,
    Math,
    Meta,
    Nav,
    Noscript,
    Object,
    Ol,
    P,
    Pre,
    Samp,
    Script,
    Section,
    Select,
    Source,
    Span,
    Strong,
    Style,
    Summary,
    Svg,
    Table,
    Tbody,
    Td,
    Template,
    Textarea,
    Tfoot,
    Th,
    Thead,
    Time,
    Title,
    Tr,
    Ul,
    Video,
    Wbr,
    /// An element with a hyphen in its name.
    Custom,
    Other,
}

/// What an element does to the text round it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Display {
    /// Cuts the text before and after it.
    Block,
    /// Part of the text round it.
    Inline,
    /// Has no content.
    Void,
    /// Its content is no text of the page.
    Skip,
}

impl Tag {
    /// From a name in lower case.
    pub(super) fn of(name: &[u8]) -> Self {
        match name {
            b"a" => Self::A,
            b"address" => Self::Address,
            b"article" => Self::Article,
            b"aside" => Self::Aside,
            b"audio" => Self::Audio,
            b"b" => Self::B,
            b"base" => Self::Base,
            b"blockquote" => Self::Blockquote,
            b"body" => Self::Body,
            b"br" => Self::Br,
            b"button" => Self::Button,
            b"caption" => Self::Caption,
            b"code" => Self::Code,
            b"dd" => Self::Dd,
            b"details" => Self::Details,
            b"dialog" => Self::Dialog,
            b"div" => Self::Div,
            b"dl" => Self::Dl,
            b"dt" => Self::Dt,
            b"em" => Self::Em,
            b"embed" => Self::Embed,
            b"fieldset" => Self::Fieldset,
            b"figcaption" => Self::Figcaption,
            b"figure" => Self::Figure,
            b"footer" => Self::Footer,
            b"form" => Self::Form,
            b"h1" => Self::H1,
            b"h2" => Self::H2,
            b"h3" => Self::H3,
            b"h4" => Self::H4,
            b"h5" => Self::H5,
            b"h6" => Self::H6,
            b"head" => Self::Head,
            b"header" => Self::Header,
            b"hr" => Self::Hr,
            b"html" => Self::Html,
            b"iframe" => Self::Iframe,
            b"img" | b"amp-img" => Self::Img,
            b"input" => Self::Input,
            b"kbd" => Self::Kbd,
            b"label" => Self::Label,
            b"legend" => Self::Legend,
            b"li" => Self::Li,
            b"link" => Self::Link,
            b"main" => Self::Main,
            b"math" => Self::Math,
            b"meta" => Self::Meta,
            b"nav" => Self::Nav,
            b"noscript" => Self::Noscript,
            b"object" => Self::Object,
            b"ol" => Self::Ol,
            b"p" => Self::P,
            b"pre" => Self::Pre,
            b"samp" => Self::Samp,
            b"script" => Self::Script,
            b"section" => Self::Section,
            b"select" | b"datalist" => Self::Select,
            b"area" | b"col" | b"param" | b"source" | b"track" => Self::Source,
            b"span" => Self::Span,
            b"strong" => Self::Strong,
            b"style" => Self::Style,
            b"summary" => Self::Summary,
            b"svg" => Self::Svg,
            b"table" => Self::Table,
            b"tbody" => Self::Tbody,
            b"td" => Self::Td,
            b"template" => Self::Template,
            b"textarea" => Self::Textarea,
            b"tfoot" => Self::Tfoot,
            b"th" => Self::Th,
            b"thead" => Self::Thead,
            b"time" => Self::Time,
            b"title" => Self::Title,
            b"tr" => Self::Tr,
            b"menu" | b"ul" => Self::Ul,
            b"video" => Self::Video,
            b"wbr" => Self::Wbr,
            name if name.contains(&b'-') => Self::Custom,
            _ => Self::Other,
        }
    }

    pub(super) fn display(self) -> Display {
        match self {
            Self::A
            | Self::B
            | Self::Code
            | Self::Em
            | Self::Kbd
            | Self::Math
            | Self::Other
            | Self::Samp
            | Self::Span
            | Self::Strong
            | Self::Time => Display::Inline,
            Self::Base
            | Self::Br
            | Self::Embed
            | Self::Hr
            | Self::Img
            | Self::Input
            | Self::Link
            | Self::Meta
            | Self::Source
            | Self::Wbr => Display::Void,
            Self::Audio
            | Self::Iframe
            | Self::Noscript
            | Self::Object
            | Self::Script
            | Self::Select
            | Self::Style
            | Self::Svg
            | Self::Template
            | Self::Textarea
            | Self::Video => Display::Skip,
            _ => Display::Block,
        }
    }

    /// h1 to h6.
    #[must_use]
    pub fn is_heading(self) -> bool {
        matches!(self, Self::H1 | Self::H2 | Self::H3 | Self::H4 | Self::H5 | Self::H6)
    }

    /// Whether an end tag does not reach past this element (WHATWG, "has an element in scope").
    pub(super) fn is_scope(self) -> bool {
        matches!(
            self,
            Self::Table | Self::Td | Self::Th | Self::Caption | Self::Template | Self::Object | Self::Svg | Self::Math
        )
    }

    /// Whether its end tag reaches past cells and tables.
    pub(super) fn is_table_part(self) -> bool {
        matches!(
            self,
            Self::Table | Self::Tbody | Self::Thead | Self::Tfoot | Self::Tr | Self::Td | Self::Th | Self::Caption
        )
    }
}
