//! The configuration: defaults, one TOML file, the environment and flags, in rising strength.
//!
//! Every key has a default; what is not known is refused with the nearest name, and all problems are
//! told at once. The keys stand in `config/key.rs`.

mod key;
mod print;
mod quantity;

pub use print::{default_file, effective};
pub use quantity::{Duration, QuantityError, Size};

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time,
};

use serde::Deserialize;
use toml::{Table, Value};

use self::key::{Given, KEYS, Key, wrong_type};
use crate::{
    limits,
    rule::nearest,
    verdict::policy::{Profile, Row, SourceRows},
};

/// Begins the variables that set keys: `PAGEGATE__SECTION__KEY`.
pub const PREFIX: &str = "PAGEGATE__";

/// All of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// `[serve]`: the server.
    pub serve: Serve,
    /// `[tls]`: the certificate of both listeners.
    pub tls: TlsFiles,
    /// `[rules]`: where rules come from.
    pub rules: Rules,
    /// `[policy]`: which verdicts findings lead to.
    pub policy: PolicyConfig,
    /// `[[source]]`: rows of the policy for one source; they stand before the table's own.
    pub sources: Vec<SourceRows>,
    /// `[store]`: where everything durable is.
    pub store: StoreConfig,
    /// `[review]`: the queue of pages that wait for a person.
    pub review: Review,
    /// `[log]`: what is written where.
    pub log: Log,
}

/// `[serve]`
#[derive(Clone, Debug, PartialEq)]
pub struct Serve {
    /// Address and port of the gRPC listener; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Address and port of the HTTP listener; port 0 takes a free one, none is off.
    pub http_listen: Option<SocketAddr>,
    /// Whether gRPC reflection answers, for tools that list services.
    pub reflection: bool,
    /// Threads that check pages; 0 means one for each core.
    pub workers: usize,
    /// Memory for what is in flight, counted as six times the bytes received; half for calls, half for streams.
    pub max_bytes_in_flight: usize,
    /// Time a call may take, whatever its own deadline is.
    pub max_deadline: time::Duration,
    /// Time a new connection has for its handshake.
    pub handshake_timeout: time::Duration,
    /// Time between pings on a connection.
    pub keepalive_interval: time::Duration,
    /// Time after which a connection whose peer answers no ping is closed.
    pub keepalive_timeout: time::Duration,
    /// Age at which a connection is asked to end, so that clients spread over servers anew.
    pub max_connection_age: time::Duration,
    /// Most that is added to that age by chance, so that not all connections end at once.
    pub max_connection_age_jitter: time::Duration,
    /// Calls at a time on one connection.
    pub max_concurrent_streams: usize,
    /// Pages in flight of one streaming call.
    pub stream_window: usize,
    /// Time between health `NOT_SERVING` and the goodbye to connections, for balancers to notice.
    pub drain_lead: time::Duration,
    /// Time for calls in flight after the signal to stop.
    pub drain_limit: time::Duration,
}

/// `[tls]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TlsFiles {
    /// File with the certificate and those that vouch for it, in PEM.
    pub certificate: Option<PathBuf>,
    /// File with its private key, in PEM.
    pub key: Option<PathBuf>,
}

/// `[rules]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// Directory with rules that add to those in the binary, or replace them by id.
    pub directory: Option<PathBuf>,
}

/// `[policy]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyConfig {
    /// `news` decides, `observe` answers accept and says what it would have decided.
    pub profile: Profile,
    /// File with a table in place of the one in the binary.
    pub table: Option<PathBuf>,
}

/// `[store]`
#[derive(Clone, Debug, PartialEq)]
pub struct StoreConfig {
    /// Where it is.
    pub url: StoreUrl,
    /// Connections for reading (SQLite) or in all (PostgreSQL).
    pub connections: usize,
}

/// Address of a store; none: there is no store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreUrl(pub Option<String>);

/// `[review]`
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// Pages that may wait for a decision.
    pub queue_limit: usize,
    /// Of the accepted pages one in so many goes to review; 0: none.
    pub sample_accepted: usize,
    /// Of the rejected pages one in so many goes to review; 0: none.
    pub sample_rejected: usize,
    /// Rules whose precision is surely below this share are proposed for preview.
    pub precision_bar: f64,
}

/// `[log]`
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    /// How lines are written.
    pub format: LogFormat,
    /// A level, or directives as of the tracing crate: `info`, `pagegate=debug`.
    pub filter: String,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    /// Name as written in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

impl Default for Serve {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 50051)),
            http_listen: Some(SocketAddr::from(([127, 0, 0, 1], 8080))),
            reflection: true,
            workers: 0,
            max_bytes_in_flight: limits::DEFAULT_BYTES_IN_FLIGHT,
            max_deadline: time::Duration::from_secs(30),
            handshake_timeout: time::Duration::from_secs(10),
            keepalive_interval: time::Duration::from_secs(30),
            keepalive_timeout: time::Duration::from_secs(20),
            max_connection_age: time::Duration::from_mins(10),
            max_connection_age_jitter: time::Duration::from_mins(1),
            max_concurrent_streams: 128,
            stream_window: 8,
            drain_lead: time::Duration::ZERO,
            drain_limit: time::Duration::from_secs(10),
        }
    }
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { url: StoreUrl(Some("sqlite:pagegate.db".into())), connections: 10 }
    }
}

impl Default for Review {
    fn default() -> Self {
        Self {
            queue_limit: usize::try_from(limits::QUEUE).unwrap_or(usize::MAX),
            sample_accepted: 500,
            sample_rejected: 50,
            precision_bar: 0.5,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".into() }
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was not set.
    Default,
    /// A file.
    File(PathBuf),
    /// A variable of the environment.
    Environment(String),
    /// A flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            // A line break in the name would end the comment it is printed in.
            Self::File(path) => write!(f, "file {}", path.display().to_string().escape_debug()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// A key that a flag sets.
#[derive(Clone, Debug)]
pub struct Flag {
    /// The flag, `--profile`.
    pub name: &'static str,
    /// The key, `policy.profile`.
    pub key: &'static str,
    /// The value.
    pub value: String,
}

/// A configuration, and where its values came from.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    origins: BTreeMap<String, Origin>,
    /// `[[source]]` as written.
    sources: Option<(Value, Origin)>,
}

/// Something wrong with one key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {text}")]
pub struct Problem {
    /// File and key, variable, or flag.
    place: String,
    /// What is wrong, and what would be right.
    text: String,
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("read configuration {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is too long to be one.
    #[error("configuration {} has {bytes} bytes, limit is {}", path.display(), limits::CONFIG_BYTES)]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
    },
    /// It is no TOML.
    #[error("configuration {}: {message}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and what.
        message: String,
    },
    /// Keys or values that cannot be meant.
    #[error("the configuration has {} problem{}\n{}", problems.len(), if problems.len() == 1 { "" } else { "s" }, lines(problems))]
    Invalid {
        /// All of them.
        problems: Vec<Problem>,
    },
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

/// Reads the file, then the variables that begin with [`PREFIX`], then the flags.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
    flags: &[Flag],
) -> Result<Loaded, ConfigError> {
    let mut loading = Loading::default();
    if let Some(path) = file {
        loading.file(path, &table(path)?);
    }
    // Sorted, since an environment has no order and messages shall have one.
    let variables: BTreeMap<_, _> = environment.into_iter().filter(|(name, _)| name.starts_with(PREFIX)).collect();
    for (name, value) in variables {
        loading.variable(name, &value);
    }
    for flag in flags {
        loading.flag(flag);
    }
    if loading.problems.is_empty() {
        Ok(loading.loaded)
    } else {
        Err(ConfigError::Invalid { problems: loading.problems })
    }
}

fn table(path: &Path) -> Result<Table, ConfigError> {
    let parse = |error: toml::de::Error| ConfigError::Parse {
        path: path.to_owned(),
        message: error.to_string().trim_end().to_owned(),
    };
    toml::from_str(&read_text(path)?).map_err(parse)
}

/// Text of a configuration file within its bound.
pub fn read_text(path: &Path) -> Result<String, ConfigError> {
    let read = |source| ConfigError::Read { path: path.to_owned(), source };
    let bytes = fs::metadata(path).map_err(read)?.len();
    if bytes > limits::CONFIG_BYTES {
        return Err(ConfigError::TooLong { path: path.to_owned(), bytes });
    }
    fs::read_to_string(path).map_err(read)
}

impl Loaded {
    /// Where the value of a key, `section.key`, came from.
    #[must_use]
    pub fn origin(&self, key: &str) -> &Origin {
        self.origins.get(key).unwrap_or(&Origin::Default)
    }
}

/// A configuration on its way, with the problems so far.
#[derive(Default)]
struct Loading {
    loaded: Loaded,
    problems: Vec<Problem>,
}

impl Loading {
    fn file(&mut self, path: &Path, table: &Table) {
        let place = |key: &str| format!("{}: {key}", path.display());
        let origin = Origin::File(path.to_owned());
        for (section, value) in table {
            if section == "source" {
                self.sources(&place, value);
                self.loaded.sources = Some((value.clone(), origin.clone()));
                continue;
            }
            let keys: Vec<&Key> = KEYS.iter().filter(|it| it.section == section).collect();
            match value.as_table() {
                _ if keys.is_empty() => {
                    let known = KEYS.iter().map(|it| it.section).chain(["source"]);
                    self.problem(place(section), unknown("section", section, known));
                }
                None => self.problem(place(section), wrong_type(value, "a table")),
                Some(values) => self.section(&place, &keys, values, &origin),
            }
        }
    }

    fn section(&mut self, place: &dyn Fn(&str) -> String, keys: &[&Key], values: &Table, origin: &Origin) {
        for (name, value) in values {
            if let Some(key) = keys.iter().find(|it| it.name == name) {
                self.set(place(&key.path()), key, Given::Toml(value), origin.clone());
            } else {
                let path = format!("{}.{name}", keys[0].section);
                self.problem(place(&path), unknown("key", name, keys.iter().map(|it| it.name)));
            }
        }
    }

    fn sources(&mut self, place: &dyn Fn(&str) -> String, value: &Value) {
        let Some(sources) = value.as_array() else {
            self.problem(place("source"), wrong_type(value, "an array of tables"));
            return;
        };
        for (index, source) in sources.iter().enumerate() {
            let place = |key: &str| place(&format!("source[{index}]{key}"));
            match source.as_table() {
                Some(source) => self.source(&place, source),
                None => self.problem(place(""), wrong_type(source, "a table")),
            }
        }
    }

    fn source(&mut self, place: &dyn Fn(&str) -> String, source: &Table) {
        let mut rows = SourceRows { name: String::new(), rows: Vec::new() };
        for (key, value) in source {
            match (key.as_str(), value) {
                ("name", Value::String(name)) => rows.name.clone_from(name),
                ("row", Value::Array(values)) => rows.rows = self.rows(place, values),
                ("name", _) => self.problem(place(".name"), wrong_type(value, "a string")),
                ("row", _) => self.problem(place(".row"), wrong_type(value, "an array of tables")),
                _ => self.problem(place(&format!(".{key}")), unknown("key", key, ["name", "row"])),
            }
        }
        if !source.contains_key("name") {
            self.problem(place(".name"), "is missing".into());
        }
        self.loaded.config.sources.push(rows);
    }

    fn rows(&mut self, place: &dyn Fn(&str) -> String, values: &[Value]) -> Vec<Row> {
        let mut rows = Vec::new();
        for (index, value) in values.iter().enumerate() {
            match Row::deserialize(value.clone()) {
                Ok(row) => rows.push(row),
                Err(error) => self.problem(place(&format!(".row[{index}]")), error.message().to_owned()),
            }
        }
        rows
    }

    fn variable(&mut self, name: String, value: &str) {
        if let Some(key) = KEYS.iter().find(|it| it.variable() == name) {
            self.set(name.clone(), key, Given::Text(value), Origin::Environment(name));
        } else {
            let known: Vec<String> = KEYS.iter().map(Key::variable).collect();
            self.problem(name.clone(), unknown("variable", &name, known.iter().map(String::as_str)));
        }
    }

    fn flag(&mut self, flag: &Flag) {
        match KEYS.iter().find(|it| it.path() == flag.key) {
            Some(key) => self.set(flag.name.into(), key, Given::Text(&flag.value), Origin::Flag(flag.name)),
            None => self.problem(flag.name.into(), format!("sets the unknown key {}", flag.key)),
        }
    }

    fn set(&mut self, place: String, key: &Key, given: Given<'_>, origin: Origin) {
        match (key.set)(&mut self.loaded.config, given) {
            Ok(()) => {
                self.loaded.origins.insert(key.path(), origin);
            }
            Err(text) => self.problem(place, text),
        }
    }

    fn problem(&mut self, place: String, text: String) {
        self.problems.push(Problem { place, text });
    }
}

fn unknown<'a>(noun: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.dedup();
    match nearest(name, &known) {
        Some(near) => format!("unknown {noun}, did you mean {near}?"),
        None => format!("unknown {noun}, there are {}", known.join(", ")),
    }
}
