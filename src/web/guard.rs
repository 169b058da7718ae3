//! Who asks, and from where: sessions, names, and requests that other sites would make in a reviewer's name.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, HeaderValue, Method, header, request::Parts};
use url::{Url, form_urlencoded};

use super::{Site, answer::Problem};
use crate::{
    fault::{Code, Fault},
    gate::Caller,
    limits,
    store::Scope,
};

/// What a page asks of who wants it.
#[derive(Clone, Debug)]
pub(super) struct Need {
    pub(super) site: Arc<Site>,
    /// One of these.
    pub(super) scopes: &'static [Scope],
}

/// Who asks.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    caller: Caller,
}

impl Visitor {
    /// The name that stands in the audit.
    pub(super) fn name(&self) -> &str {
        self.caller.name.as_deref().unwrap_or_default()
    }

    /// The caller, as the gate knows it.
    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    pub(super) fn may_review(&self) -> bool {
        self.caller.may(Scope::Review)
    }

    pub(super) fn is_admin(&self) -> bool {
        self.caller.may(Scope::Admin)
    }
}

impl FromRequestParts<Arc<Site>> for Visitor {
    type Rejection = Problem;

    /// The visitor that [`admit`] let in. Of a page that nobody guards there is none.
    async fn from_request_parts(parts: &mut Parts, _: &Arc<Site>) -> Result<Self, Problem> {
        let visitor = parts.extensions.get::<Self>().cloned();
        visitor.ok_or_else(|| Fault::internal(&"a page without a guard").into())
    }
}

/// Lets in who is signed in and may see the page; sends others to sign in.
pub(super) async fn admit(State(need): State<Need>, mut request: Request, next: Next) -> Response {
    match visitor(&need, request.headers()).await {
        Ok(visitor) => {
            request.extensions_mut().insert(visitor);
            next.run(request).await
        }
        Err(fault) if fault.code == Code::Unauthenticated && request.method() == Method::GET => {
            let path = request.uri().path_and_query().map_or("/", |it| it.as_str());
            let next: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
            Redirect::to(&format!("/sign-in?next={next}")).into_response()
        }
        Err(fault) => Problem::from(fault).into_response(),
    }
}

async fn visitor(need: &Need, headers: &HeaderMap) -> Result<Visitor, Fault> {
    let gate = &need.site.gate;
    if gate.is_open() {
        let name = cookie(headers, Cookie::Name).and_then(percent_decoded).filter(|it| is_name(it));
        if name.is_none() && need.scopes == [Scope::Review] {
            return Err(Fault::new(Code::Unauthenticated, "NAME_MISSING", "say who you are"));
        }
        return Ok(Visitor { caller: Caller { name, ..gate.authorize(None, need.scopes).await? } });
    }
    let token = cookie(headers, Cookie::Session).unwrap_or_default();
    Ok(Visitor { caller: gate.session(token, need.scopes).await? })
}

/// Whether this can stand as a name in the audit.
pub(super) fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= limits::REVIEWER_BYTES && !name.chars().any(char::is_control)
}

/// Whether a request that changes something comes from a page of this server. Browsers say so themselves, in a header
/// that no page can set; old ones name the origin.
pub(super) fn is_from_own_page(method: &Method, headers: &HeaderMap) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok());
    let origin = headers.get(header::ORIGIN).and_then(|it| Url::parse(it.to_str().ok()?).ok());
    let (Some(host), Some(origin)) = (host, origin) else { return false };
    let authority = origin.as_str().trim_end_matches('/').split_once("://").map(|it| it.1.to_owned());
    authority.is_some_and(|it| it.eq_ignore_ascii_case(host))
}

/// Whether a Host header has a name that nobody else can point here: an IP address, or localhost.
pub(super) fn is_near_name(host: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{host}/")) else { return false };
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(_) | url::Host::Ipv6(_)) => true,
        None => false,
    }
}

/// Whether the caller came by HTTPS: here, or to a proxy in front, which says so. Who lies about it only hides its own
/// cookie from itself.
pub(super) fn is_secure(site: &Site, headers: &HeaderMap) -> bool {
    site.has_tls || headers.get("x-forwarded-proto").is_some_and(|it| it == "https")
}

/// The cookies there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cookie {
    /// Token of a session.
    Session,
    /// Name of who reviews where no key is asked for.
    Name,
    /// What was done last, for the next page to tell.
    Flash,
}

impl Cookie {
    /// Names: with the prefix a browser takes the cookie only over HTTPS, from this host, and for all of it.
    fn names(self) -> [&'static str; 2] {
        match self {
            Self::Session => ["__Host-pagegate", "pagegate"],
            Self::Name => ["__Host-pagegate-name", "pagegate-name"],
            Self::Flash => ["__Host-pagegate-flash", "pagegate-flash"],
        }
    }

    /// The header that sets it, for some seconds; 0: removes it.
    pub(super) fn set(self, value: &str, seconds: u64, is_secure: bool) -> HeaderValue {
        let [secure, plain] = self.names();
        let (name, flag) = if is_secure { (secure, "; Secure") } else { (plain, "") };
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{flag}");
        // Values are tokens, numbers and percent-encoded names.
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// The value of a cookie.
pub(super) fn cookie(headers: &HeaderMap, cookie: Cookie) -> Option<&str> {
    let sent = headers.get_all(header::COOKIE).into_iter().filter_map(|it| it.to_str().ok());
    let pairs: Vec<(&str, &str)> =
        sent.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('=')).collect();
    cookie.names().iter().find_map(|name| pairs.iter().find(|it| it.0 == *name)).map(|it| it.1)
}

/// A name as a cookie holds it.
pub(super) fn percent_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn percent_decoded(text: &str) -> Option<String> {
    form_urlencoded::parse(format!("v={text}").as_bytes()).next().map(|it| it.1.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (header::HeaderName::from_static(name), HeaderValue::from_str(value).expect("valid"))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn only_own_pages_change_something() {
        let from = |pairs: &[(&'static str, &str)]| is_from_own_page(&Method::POST, &headers(pairs));
        assert!(from(&[("sec-fetch-site", "same-origin")]));
        assert!(from(&[("host", "gate.example:8443"), ("origin", "https://gate.example:8443")]));
        for foreign in [
            &[][..],
            &[("host", "gate.example")],
            &[("sec-fetch-site", "same-site"), ("host", "gate.example"), ("origin", "https://gate.example")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "none")],
            &[("host", "gate.example"), ("origin", "https://evil.example")],
            &[("host", "gate.example"), ("origin", "https://gate.example.evil.example")],
            &[("host", "gate.example"), ("origin", "https://gate.example@evil.example")],
            &[("host", "gate.example"), ("origin", "null")],
        ] {
            assert!(!from(foreign), "{foreign:?}");
        }
        assert!(is_from_own_page(&Method::GET, &HeaderMap::new()));
    }

    #[test]
    fn names_that_others_can_point_here_are_told_from_those_they_cannot() {
        for near in ["localhost", "localhost:8080", "pagegate.localhost", "127.0.0.1:8080", "[::1]:8080", "192.0.2.7"] {
            assert!(is_near_name(near), "{near}");
        }
        for foreign in ["", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "a b"] {
            assert!(!is_near_name(foreign), "{foreign}");
        }
    }

    #[test]
    fn cookie_is_found_by_its_whole_name() {
        let sent = headers(&[("cookie", "a=1; xpagegate=no; pagegate=token; pagegate-name=Ann+B")]);
        assert_eq!(cookie(&sent, Cookie::Session), Some("token"));
        assert_eq!(cookie(&sent, Cookie::Name).and_then(percent_decoded).as_deref(), Some("Ann B"));
        assert_eq!(cookie(&sent, Cookie::Flash), None);
    }

    #[test]
    fn cookies_are_strict_and_hidden_from_scripts() {
        let plain = Cookie::Session.set("t", 60, false);
        assert_eq!(plain, "pagegate=t; Path=/; Max-Age=60; HttpOnly; SameSite=Strict");
        let secure = Cookie::Session.set("t", 60, true);
        assert_eq!(secure, "__Host-pagegate=t; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure");
    }
}
