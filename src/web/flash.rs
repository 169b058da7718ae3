//! What was done last, told on the next page for ten seconds, with a way to take it back.
//!
//! It travels in a cookie that this server writes; what stands in it is read strictly and the words are made here, so
//! nobody can make a page say something.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderValue, request::Parts};

use super::{
    Site,
    answer::{Chrome, Problem},
    guard::{Cookie, Visitor, cookie},
    words,
};
use crate::{limits, proto::Decision, review::DecisionId};

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flash {
    /// One item was decided.
    Decided(Decision, DecisionId),
    /// Many were, by one request.
    Batch { decision: Decision, request: DecisionId, count: usize, passed_over: usize, has_more: bool },
    /// So many decisions were taken back.
    Undone(usize),
    /// An item was skipped.
    Skipped,
    /// An item was reserved.
    Claimed,
    /// It was given back.
    Released,
    /// Nothing of the filter is free.
    NothingLeft,
    /// A filter was saved.
    Saved,
    /// A filter was deleted.
    Deleted,
    /// An allowance was revoked.
    Revoked,
}

impl Flash {
    /// What is told.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Decided(decision, _) => format!("The page is {}.", words::decided(*decision)),
            Self::Batch { decision, count, passed_over, has_more, .. } => {
                let pages = if *count == 1 { "page is" } else { "pages are" };
                let mut text = format!("{count} {pages} {}.", words::decided(*decision));
                if *passed_over > 0 {
                    text.push_str(&format!(" {passed_over} were not: somebody has them or was first."));
                }
                if *has_more {
                    text.push_str(" More match: do it again for the next ones.");
                }
                text
            }
            Self::Undone(1) => "The decision is taken back: the page waits again.".into(),
            Self::Undone(count) => format!("{count} decisions are taken back: the pages wait again."),
            Self::Skipped => "Skipped. The page still waits.".into(),
            Self::Claimed => "The page is reserved for you.".into(),
            Self::Released => "The page is free for others.".into(),
            Self::NothingLeft => "Nothing is left here that nobody works on.".into(),
            Self::Saved => "The filter is saved.".into(),
            Self::Deleted => "The filter is deleted.".into(),
            Self::Revoked => "The allowance is revoked.".into(),
        }
    }

    /// The field and the value by which it is taken back.
    pub(super) fn undo(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Decided(_, id) => Some(("decision_id", id.to_string())),
            Self::Batch { request, count, .. } if *count > 0 => Some(("request_id", request.to_string())),
            _ => None,
        }
    }

    /// The header that takes it to the next page.
    pub(super) fn set(&self, is_secure: bool) -> HeaderValue {
        Cookie::Flash.set(&self.encoded(), limits::FLASH.as_secs(), is_secure)
    }

    fn encoded(&self) -> String {
        match self {
            Self::Decided(decision, id) => format!("decided.{}.{id}", words::decision_name(*decision)),
            Self::Batch { decision, request, count, passed_over, has_more } => {
                let (decision, more) = (words::decision_name(*decision), u8::from(*has_more));
                format!("batch.{decision}.{request}.{count}.{passed_over}.{more}")
            }
            Self::Undone(count) => format!("undone.{count}"),
            Self::Skipped => "skipped".into(),
            Self::Claimed => "claimed".into(),
            Self::Released => "released".into(),
            Self::NothingLeft => "nothing-left".into(),
            Self::Saved => "saved".into(),
            Self::Deleted => "deleted".into(),
            Self::Revoked => "revoked".into(),
        }
    }

    fn decoded(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('.').collect();
        let decision = |name| Some(words::decision_named(name)).filter(|it| *it != Decision::Unspecified);
        Some(match parts[..] {
            ["decided", name, id] => Self::Decided(decision(name)?, id.parse().ok()?),
            ["batch", name, request, count, passed_over, more] => Self::Batch {
                decision: decision(name)?,
                request: request.parse().ok()?,
                count: count.parse().ok()?,
                passed_over: passed_over.parse().ok()?,
                has_more: more == "1",
            },
            ["undone", count] => Self::Undone(count.parse().ok()?),
            ["skipped"] => Self::Skipped,
            ["claimed"] => Self::Claimed,
            ["released"] => Self::Released,
            ["nothing-left"] => Self::NothingLeft,
            ["saved"] => Self::Saved,
            ["deleted"] => Self::Deleted,
            ["revoked"] => Self::Revoked,
            _ => return None,
        })
    }

    /// What the last page left.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        cookie(headers, Cookie::Flash).and_then(Self::decoded)
    }
}

impl FromRequestParts<Arc<Site>> for Chrome {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Problem> {
        Ok(Self::new(Visitor::from_request_parts(parts, site).await?, Flash::of(&parts.headers)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_comes_through_the_cookie_and_nothing_else_does() {
        let id = DecisionId::new(1_700_000_000_000);
        let batch =
            Flash::Batch { decision: Decision::Discard, request: id, count: 300, passed_over: 2, has_more: true };
        for flash in [Flash::Decided(Decision::PublishCleaned, id), batch, Flash::Undone(3), Flash::NothingLeft] {
            assert_eq!(Flash::decoded(&flash.encoded()), Some(flash));
        }
        for wrong in ["", "decided", "decided.publish.x", "decided.burn.1", "undone.<b>", "hello", "undone.1.2"] {
            assert_eq!(Flash::decoded(wrong), None, "{wrong}");
        }
    }
}
