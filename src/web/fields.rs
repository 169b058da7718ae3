//! The fields of a query or a form, in their order. A name may come more than once.

use std::sync::Arc;

use axum::{
    body::to_bytes,
    extract::{FromRequest, FromRequestParts, Request},
};
use http::{header, request::Parts};
use url::form_urlencoded;

use super::{Site, answer::Problem};
use crate::{
    fault::{Code, Fault},
    limits,
};

/// Fields that were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String)>);

/// The fields of a form.
#[derive(Debug)]
pub(super) struct Form(pub(super) Fields);

impl Fields {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The first value with this name, or nothing.
    pub(super) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|it| it.0 == name);
        found.map_or("", |it| it.1.as_str())
    }

    /// All values with this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |it| it.0 == name).map(|it| it.1.as_str())
    }

    /// All fields.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The fields of the queue's filter that say something.
    pub(super) fn filter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(|(name, value)| super::filter::NAMES.contains(name) && !value.is_empty())
    }
}

impl FromRequestParts<Arc<Site>> for Fields {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Site>) -> Result<Self, Self::Rejection> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default().as_bytes()))
    }
}

impl FromRequest<Arc<Site>> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<Site>) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            let message = format!("a form is application/x-www-form-urlencoded, this is {kind:?}");
            return Err(Fault::new(Code::InvalidArgument, "UNSUPPORTED_MEDIA_TYPE", message).into());
        }
        let limit = limits::FORM_BYTES;
        let bytes = to_bytes(request.into_body(), limit).await.map_err(|error| {
            let message = format!("the form could not be read, or is longer than {limit} bytes: {error}");
            Fault::new(Code::InvalidArgument, "MALFORMED_MESSAGE", message)
        })?;
        Ok(Self(Fields::parse(&bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_come_more_than_once() {
        let fields = Fields::parse(b"id=a&note=%3Cb%3E+c&id=b&empty=");
        assert_eq!(fields.all("id").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((fields.get("note"), fields.get("missing")), ("<b> c", ""));
    }
}
