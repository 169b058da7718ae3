//! Durations and sizes as people write them: `5s`, `250ms`, `4 MiB`.

use std::{fmt, str::FromStr};

/// Units of durations with their milliseconds, the largest first.
const TIMES: &[(&str, u64)] = &[("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
/// Units of sizes with their bytes, the largest first.
const SIZES: &[(&str, u64)] = &[("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// A duration in whole milliseconds, written as a number and a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub std::time::Duration);

/// A number of bytes, written as a number and a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub usize);

/// What is wrong with a quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// No whole number stands at its start.
    #[error("{text:?} must be a whole number and a unit, as {example:?}")]
    Number {
        /// As written.
        text: String,
        /// How it could be written.
        example: &'static str,
    },
    /// The unit is none, or is missing.
    #[error("{text:?} has the unit {unit:?}, the units are {units}")]
    Unit {
        /// As written.
        text: String,
        /// Its unit.
        unit: String,
        /// Those that exist.
        units: String,
    },
    /// It is beyond any number.
    #[error("{text:?} is too large to count")]
    TooLarge {
        /// As written.
        text: String,
    },
}

impl FromStr for Duration {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse(text, TIMES, "5s").map(|it| Self(std::time::Duration::from_millis(it)))
    }
}

impl FromStr for Size {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let bytes = parse(text, SIZES, "4 MiB")?;
        usize::try_from(bytes).map(Self).map_err(|_| QuantityError::TooLarge { text: text.to_owned() })
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        if milliseconds == 0 {
            return f.write_str("0s");
        }
        let (unit, factor) = largest(milliseconds, TIMES);
        write!(f, "{}{unit}", milliseconds / factor)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0 as u64;
        let (unit, factor) = largest(bytes, SIZES);
        write!(f, "{} {unit}", bytes / factor)
    }
}

fn parse(text: &str, units: &[(&str, u64)], example: &'static str) -> Result<u64, QuantityError> {
    let digits = text.len() - text.trim_start_matches(|it: char| it.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err(QuantityError::Number { text: text.to_owned(), example });
    }
    let unit = unit.trim_start();
    let Some((_, factor)) = units.iter().find(|(name, _)| *name == unit) else {
        let units = units.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        return Err(QuantityError::Unit { text: text.to_owned(), unit: unit.to_owned(), units });
    };
    let number: Option<u64> = number.parse().ok();
    number.and_then(|it| it.checked_mul(*factor)).ok_or_else(|| QuantityError::TooLarge { text: text.to_owned() })
}

/// The largest unit that counts a value without rest; the last unit counts everything.
fn largest<'a>(value: u64, units: &[(&'a str, u64)]) -> (&'a str, u64) {
    let whole = units.iter().find(|(_, factor)| value >= *factor && value.is_multiple_of(*factor));
    *whole.unwrap_or(&units[units.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_and_written_the_same() {
        for text in ["0s", "5s", "250ms", "10m", "90s", "2h", "1001ms"] {
            assert_eq!(text.parse::<Duration>().expect(text).to_string(), text);
        }
        for text in ["0 B", "4 MiB", "1 GiB", "1025 B", "3 KiB"] {
            assert_eq!(text.parse::<Size>().expect(text).to_string(), text);
        }
        assert_eq!("4MiB".parse(), Ok(Size(4 << 20)));
    }

    #[test]
    fn quantities_without_number_or_unit_or_end_are_refused_with_what_is_possible() {
        let duration = |text: &str| text.parse::<Duration>().expect_err(text).to_string();
        assert_eq!(duration("5"), "\"5\" has the unit \"\", the units are h, m, s, ms");
        assert_eq!(duration("1.5s"), "\"1.5s\" has the unit \".5s\", the units are h, m, s, ms");
        assert_eq!(duration("-1s"), "\"-1s\" must be a whole number and a unit, as \"5s\"");
        assert_eq!(duration("99999999999999999999h"), "\"99999999999999999999h\" is too large to count");
        let size = "4 MB".parse::<Size>().expect_err("decimal units").to_string();
        assert_eq!(size, "\"4 MB\" has the unit \"MB\", the units are GiB, MiB, KiB, B");
    }
}
