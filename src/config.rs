//! The configuration: one TOML file, every key with a default, unknown keys refused.

mod quantity;

pub use quantity::{Duration, QuantityError, Size};

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time,
};

use serde::{Deserialize, Deserializer, de::Error};

use crate::{
    limits,
    verdict::policy::{Profile, SourceRows},
};

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `[serve]`: the server.
    pub serve: Serve,
    /// `[rules]`: where rules come from.
    pub rules: Rules,
    /// `[policy]`: which verdicts findings lead to.
    pub policy: PolicyConfig,
    /// `[[source]]`: rows of the policy for one source; they stand before the table's own.
    #[serde(rename = "source")]
    pub sources: Vec<SourceRows>,
    /// `[log]`: what is written where.
    pub log: Log,
}

/// `[serve]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Serve {
    /// Address and port of the gRPC listener; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether gRPC reflection answers, for tools that list services.
    pub reflection: bool,
    /// Threads that check pages; 0 means one for each core.
    pub workers: usize,
    /// Bytes of all pages that are being checked or wait for it.
    #[serde(deserialize_with = "size")]
    pub max_bytes_in_flight: usize,
    /// Time a call may take, whatever its own deadline is.
    #[serde(deserialize_with = "duration")]
    pub max_deadline: time::Duration,
    /// Time a new connection has for its handshake.
    #[serde(deserialize_with = "duration")]
    pub handshake_timeout: time::Duration,
    /// Time between pings on a connection.
    #[serde(deserialize_with = "duration")]
    pub keepalive_interval: time::Duration,
    /// Time after which a connection whose peer answers no ping is closed.
    #[serde(deserialize_with = "duration")]
    pub keepalive_timeout: time::Duration,
    /// Age at which a connection is asked to end, so that clients spread over servers anew.
    #[serde(deserialize_with = "duration")]
    pub max_connection_age: time::Duration,
    /// Most that is added to that age by chance, so that not all connections end at once.
    #[serde(deserialize_with = "duration")]
    pub max_connection_age_jitter: time::Duration,
    /// Calls at a time on one connection.
    pub max_concurrent_streams: usize,
    /// Pages in flight of one streaming call.
    pub stream_window: usize,
    /// Time between health `NOT_SERVING` and the goodbye to connections, for balancers to notice.
    #[serde(deserialize_with = "duration")]
    pub drain_lead: time::Duration,
    /// Time for calls in flight after the signal to stop.
    #[serde(deserialize_with = "duration")]
    pub drain_limit: time::Duration,
}

fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<time::Duration, D::Error> {
    String::deserialize(from)?.parse::<Duration>().map(|it| it.0).map_err(D::Error::custom)
}

fn size<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    String::deserialize(from)?.parse::<Size>().map(|it| it.0).map_err(D::Error::custom)
}

/// `[rules]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Directory with rules that add to those in the binary, or replace them by id. Default: none.
    pub directory: Option<PathBuf>,
}

/// `[policy]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyConfig {
    /// `news` decides, `observe` answers accept and says what it would have decided. Default: news.
    pub profile: Profile,
    /// File with a table in place of the one in the binary. Default: none.
    pub table: Option<PathBuf>,
}

/// `[log]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `text` or `json`. Default: text.
    pub format: LogFormat,
    /// A level, or directives as of the tracing crate: `info`, `pagegate=debug`. Default: info.
    pub filter: String,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Serve {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 50051)),
            reflection: true,
            workers: 0,
            max_bytes_in_flight: 256 << 20,
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

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".into() }
    }
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
    /// It is no TOML of this shape.
    #[error("configuration {}: {message}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and what.
        message: String,
    },
}

impl Config {
    /// Reads a file.
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let text = read_text(path)?;
        toml::from_str(&text).map_err(|error| ConfigError::Parse {
            path: path.to_owned(),
            message: error.to_string().trim_end().to_owned(),
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn config_refuses_unknown_keys_and_lists_the_known() {
        let error = toml::from_str::<Config>("[serve]\nlisen = 1").expect_err("unknown key");
        assert!(
            error.message().contains("unknown field `lisen`, expected one of `listen`, `reflection`"),
            "{}",
            error.message()
        );
    }

    #[test]
    fn config_takes_rows_of_sources() {
        let text = "[policy]\nprofile = \"observe\"\n[[source]]\nname = \"example.com\"\n[[source.row]]\nid = \"x\"\nkind = [\"spam\"]\neffect = \"reject\"";
        let config: Config = toml::from_str(text).expect("valid");
        assert_eq!(config.sources[0].rows[0].id, "x");
        assert_eq!(config.policy.profile, Profile::Observe);
    }
}
