//! What stands in a page beside its text: words that people do not see, and markup that acts.
//!
//! Nothing is judged here; both are lists of places in the source, bounded by [`limits`].

use crate::{limits, page::Span};

/// Why people do not see a stretch of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hiding {
    /// It stands in a comment.
    Comment,
    /// It is the value of `alt`, `title` or `aria-label`.
    Attribute,
    /// An inline element is not shown: `hidden`, `display: none`, `visibility: hidden`.
    NotShown,
    /// It is shown and cannot be seen: no size, no contrast, transparent, or off the screen.
    Concealed,
}

/// A stretch of text that people do not see. Hidden blocks are items: see [`crate::page::Item::hidden`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// Why.
    pub hiding: Hiding,
    /// Its bytes in the source.
    pub span: Span,
}

/// What markup does beyond showing text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// A script.
    Script,
    /// An attribute that runs a script, such as `onclick`.
    Handler,
    /// An address that runs a script: `javascript:`, `vbscript:`.
    ScriptAddress,
    /// An address that is a page itself: `data:text/html`.
    DataAddress,
    /// A page inside the page, with its address or its text.
    Frame,
    /// A form with the address it is sent to.
    Form,
    /// The address that relative ones are counted from.
    Base,
    /// A way to another page without a click.
    Refresh,
}

/// Markup that acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Active {
    /// What it does.
    pub action: Action,
    /// The start tag's bytes in the source.
    pub tag: Span,
    /// Bytes of the address or of the attribute's value in the source; empty without one.
    pub value: Span,
}

/// Both lists of a page, in source order.
#[derive(Clone, Debug, Default)]
pub struct Asides {
    /// Text that people do not see.
    pub unseen: Vec<Unseen>,
    /// Markup that acts.
    pub active: Vec<Active>,
    /// Whether there was more unseen text than is kept.
    pub is_cut: bool,
}

/// Bytes below which hidden words say nothing to anybody.
const UNSEEN_LEAST: usize = 16;

impl Asides {
    pub(super) fn unseen(&mut self, hiding: Hiding, span: Span) {
        if span.range().len() < UNSEEN_LEAST {
            return;
        }
        if self.unseen.len() < limits::UNSEEN {
            self.unseen.push(Unseen { hiding, span });
        } else {
            self.is_cut = true;
        }
    }

    pub(super) fn active(&mut self, action: Action, tag: Span, value: Span) {
        if self.active.len() < limits::ACTIVE {
            self.active.push(Active { action, tag, value });
        }
    }
}
