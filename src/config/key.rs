//! Every key of the configuration: its name, what it is for, how it is read and written.
//!
//! A key is added as a field with its default in `config.rs` and one entry here; the file, the
//! environment, the messages and what `pagegate config` prints all come from this list.

use std::{fmt::Display, net::SocketAddr, ops::RangeInclusive, path::PathBuf, str::FromStr, time};

use toml::Value;

use super::{Config, Duration, LogFormat, Size, StoreUrl};
use crate::{limits, verdict::policy::Profile};

/// A key of a section.
pub(super) struct Key {
    /// Name of its section.
    pub(super) section: &'static str,
    /// Name within the section.
    pub(super) name: &'static str,
    /// What it is for, in one sentence or two.
    pub(super) doc: &'static str,
    /// Value that it could have, shown where it has none.
    pub(super) example: &'static str,
    /// Its value as TOML, if it has one.
    pub(super) shown: fn(&Config) -> Option<String>,
    /// Sets it.
    pub(super) set: fn(&mut Config, Given<'_>) -> Result<(), String>,
}

/// A value as it was given.
#[derive(Clone, Copy)]
pub(super) enum Given<'a> {
    /// In a file.
    Toml(&'a Value),
    /// In the environment or by a flag.
    Text(&'a str),
}

impl Key {
    /// `section.key`
    pub(super) fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// Its variable in the environment.
    pub(super) fn variable(&self) -> String {
        format!("{}{}__{}", super::PREFIX, self.section, self.name).to_ascii_uppercase()
    }
}

/// A key, with the type it is written as where that is another, and the range of its values.
macro_rules! key {
    ($section:ident.$name:ident, $doc:expr) => {
        key!($section.$name, "", $doc)
    };
    ($section:ident.$name:ident, $example:literal, $doc:expr) => {
        Key {
            section: stringify!($section),
            name: stringify!($name),
            doc: $doc,
            example: $example,
            shown: |it| it.$section.$name.shown(),
            set: |it, given| read(given).map(|value| it.$section.$name = value),
        }
    };
    ($section:ident.$name:ident as $written:ident, $range:expr, $doc:expr) => {
        Key {
            section: stringify!($section),
            name: stringify!($name),
            doc: $doc,
            example: "",
            shown: |it| $written(it.$section.$name).shown(),
            set: |it, given| {
                let range = $written(*$range.start())..=$written(*$range.end());
                within(read(given)?, &range).map(|value: $written| it.$section.$name = value.0)
            },
        }
    };
}

/// All keys but for `[[source]]`, section by section.
pub(super) const KEYS: &[Key] = &[
    key!(serve.listen, "Address and port of the gRPC listener; port 0 takes a free one."),
    key!(
        serve.http_listen,
        "Address and port of the HTTP listener for JSON, health and metrics; port 0 takes a free one, \"\" turns it off."
    ),
    key!(serve.reflection, "Whether gRPC reflection answers, for tools that list services."),
    key!(serve.workers as Count, (0..=limits::WORKERS), "Threads that check pages; 0 means one for each core."),
    key!(
        serve.max_bytes_in_flight as Size,
        (limits::LEAST_BYTES_IN_FLIGHT..=limits::BYTES_IN_FLIGHT),
        "Memory for what is in flight, counted as six times the bytes received: half for calls, refused beyond it with RESOURCE_EXHAUSTED, half for streams, held back."
    ),
    key!(
        serve.max_deadline as Duration,
        (LEAST..=limits::TIMEOUT),
        "Time a call may take, whatever deadline it brings itself."
    ),
    key!(
        serve.handshake_timeout as Duration,
        (LEAST..=limits::TIMEOUT),
        "Time a new connection has for its handshake."
    ),
    key!(serve.keepalive_interval as Duration, (LEAST..=limits::TIMEOUT), "Time between pings on a connection."),
    key!(
        serve.keepalive_timeout as Duration,
        (LEAST..=limits::TIMEOUT),
        "Time after which a connection whose peer answers no ping is closed."
    ),
    key!(
        serve.max_connection_age as Duration,
        (LEAST..=limits::CONNECTION_AGE),
        "Age at which a connection is asked to end, so that clients spread over servers anew."
    ),
    key!(
        serve.max_connection_age_jitter as Duration,
        (time::Duration::ZERO..=limits::TIMEOUT),
        "Most that chance adds to that age, so that not all connections end at once."
    ),
    key!(serve.max_concurrent_streams as Count, (1..=limits::CONNECTION_CALLS), "Calls at a time on one connection."),
    key!(serve.stream_window as Count, (1..=limits::STREAM_WINDOW), "Pages in flight of one streaming call."),
    key!(
        serve.drain_lead as Duration,
        (time::Duration::ZERO..=limits::DRAIN),
        "Time between health NOT_SERVING and the goodbye to connections, for load balancers to notice."
    ),
    key!(
        serve.drain_limit as Duration,
        (time::Duration::ZERO..=limits::DRAIN),
        "Time that calls in flight have after the signal to stop; then the program ends all the same."
    ),
    key!(
        tls.certificate,
        "/etc/pagegate/certificate.pem",
        "File with the certificate of both listeners and those that vouch for it, in PEM; read again at SIGHUP."
    ),
    key!(tls.key, "/etc/pagegate/key.pem", "File with the private key of the certificate, in PEM."),
    key!(
        rules.directory,
        "/etc/pagegate/rules",
        "Directory with rules that add to those in the binary, or replace them by id."
    ),
    key!(policy.profile, "`news` decides; `observe` answers accept and says what it would have decided."),
    key!(policy.table, "/etc/pagegate/policy.toml", "File with a policy table in place of the one in the binary."),
    key!(
        store.url,
        "Where held pages and decisions are: `sqlite:PATH`, `postgres://user@host/database`, or `none`: pages that need a person are then only told so, and nothing is kept."
    ),
    key!(
        store.connections as Count,
        (2..=limits::STORE_CONNECTIONS),
        "Connections to the store: for reading (SQLite), or in all (PostgreSQL)."
    ),
    key!(
        review.queue_limit as Count,
        (1..=limits::QUEUE_LIMIT),
        "Pages that may wait for a person; more are refused with RESOURCE_EXHAUSTED. Samples take a tenth of it at most."
    ),
    key!(
        review.sample_accepted as Count,
        (0..=limits::SAMPLED_ONE_IN),
        "Of the accepted pages one in so many goes to review, to measure what is missed; 0: none."
    ),
    key!(
        review.sample_rejected as Count,
        (0..=limits::SAMPLED_ONE_IN),
        "Of the rejected pages one in so many goes to review, to measure what is wrongly rejected; 0: none."
    ),
    key!(
        review.precision_bar as Share,
        (0.0..=1.0),
        "Rules of which surely a smaller share of findings is right, as people judged them, are proposed for preview."
    ),
    key!(log.format, "`text` for people, `json` for one object a line."),
    key!(log.filter, "A level, or directives as of the tracing crate: `info`, `warn,pagegate=debug`."),
];

/// Least time that is no slip: below it no call could end and no peer answer.
const LEAST: time::Duration = limits::TIMEOUT_LEAST;

/// A type of values.
trait Setting: Sized {
    fn from_text(text: &str) -> Result<Self, String>;

    fn from_toml(value: &Value) -> Result<Self, String> {
        value.as_str().ok_or_else(|| wrong_type(value, "a string")).and_then(Self::from_text)
    }

    fn shown(&self) -> Option<String>;
}

fn read<S: Setting>(given: Given<'_>) -> Result<S, String> {
    match given {
        Given::Toml(value) => S::from_toml(value),
        Given::Text(text) => S::from_text(text),
    }
}

fn within<T: PartialOrd + Display>(value: T, range: &RangeInclusive<T>) -> Result<T, String> {
    if range.contains(&value) {
        return Ok(value);
    }
    Err(format!("is {value}, must be {} to {}", range.start(), range.end()))
}

pub(super) fn wrong_type(value: &Value, wanted: &str) -> String {
    format!("is of type {}, must be {wanted}", value.type_str())
}

fn quoted(text: impl Into<String>) -> String {
    Value::String(text.into()).to_string()
}

/// One of a few names.
fn choice<T: Copy>(text: &str, choices: &[(&str, T)]) -> Result<T, String> {
    let found = choices.iter().find(|(name, _)| *name == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("{name:?}")).collect();
        format!("is {text:?}, must be {}", names.join(" or "))
    })
}

fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// A plain number.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Count(usize);

impl Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Setting for Count {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("is {text:?}, must be a whole number"))
    }

    fn from_toml(value: &Value) -> Result<Self, String> {
        let number = value.as_integer().ok_or_else(|| wrong_type(value, "an integer"))?;
        Self::from_text(&number.to_string())
    }

    fn shown(&self) -> Option<String> {
        Some(self.to_string())
    }
}

/// A share of a whole.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Share(f64);

impl Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Setting for Share {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("is {text:?}, must be a number"))
    }

    fn from_toml(value: &Value) -> Result<Self, String> {
        let whole = value.as_integer().map(|it| it.to_string());
        let number = value.as_float().map(|it| it.to_string()).or(whole);
        Self::from_text(&number.ok_or_else(|| wrong_type(value, "a number"))?)
    }

    fn shown(&self) -> Option<String> {
        Some(format!("{:?}", self.0))
    }
}

impl Setting for StoreUrl {
    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "" => Err("is empty, must be sqlite:PATH, postgres://… or none".into()),
            "none" => Ok(Self(None)),
            _ => Ok(Self(Some(text.to_owned()))),
        }
    }

    /// Without the password: what is printed ends in tickets and logs.
    fn shown(&self) -> Option<String> {
        let shown = match &self.0 {
            None => "none".to_owned(),
            Some(url) => match url::Url::parse(url) {
                Ok(mut parsed) if parsed.password().is_some() => {
                    // Fails only for addresses that cannot have one.
                    let _ = parsed.set_password(Some("***"));
                    parsed.to_string()
                }
                _ => url.clone(),
            },
        };
        Some(quoted(shown))
    }
}

impl Setting for bool {
    fn from_text(text: &str) -> Result<Self, String> {
        choice(text, &[("true", true), ("false", false)])
    }

    fn from_toml(value: &Value) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| wrong_type(value, "a boolean"))
    }

    fn shown(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Setting for Duration {
    fn from_text(text: &str) -> Result<Self, String> {
        parse(text)
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(self.to_string()))
    }
}

impl Setting for Size {
    fn from_text(text: &str) -> Result<Self, String> {
        parse(text)
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(self.to_string()))
    }
}

impl Setting for SocketAddr {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("is {text:?}, must be an IP address and a port, as \"127.0.0.1:50051\""))
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(self.to_string()))
    }
}

/// An address, or nothing.
impl Setting for Option<SocketAddr> {
    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { SocketAddr::from_text(text).map(Some) }
    }

    fn shown(&self) -> Option<String> {
        Some(self.map_or_else(|| quoted(""), |it| quoted(it.to_string())))
    }
}

impl Setting for Option<PathBuf> {
    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("is empty, must be a path".into());
        }
        Ok(Some(text.into()))
    }

    fn shown(&self) -> Option<String> {
        self.as_ref().map(|it| quoted(it.display().to_string()))
    }
}

impl Setting for Profile {
    fn from_text(text: &str) -> Result<Self, String> {
        choice(text, &[Self::News, Self::Observe].map(|it| (it.name(), it)))
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(self.name()))
    }
}

impl Setting for LogFormat {
    fn from_text(text: &str) -> Result<Self, String> {
        choice(text, &[Self::Text, Self::Json].map(|it| (it.name(), it)))
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(self.name()))
    }
}

/// A log filter.
impl Setting for String {
    fn from_text(text: &str) -> Result<Self, String> {
        let parsed = tracing_subscriber::EnvFilter::builder().parse(text);
        parsed.map(|_| text.to_owned()).map_err(|error| format!("{text:?} is no log filter: {error}"))
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(self.as_str()))
    }
}
