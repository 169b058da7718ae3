//! Ids of what is stored: a prefix that says of what, and 128 bits that order by time.

use std::{fmt, str::FromStr};

use super::Millis;

/// A text that is no id of its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {what}: that is {prefix:?} and 32 hexadecimal digits")]
pub struct IdError {
    /// What was sent, cut to 64 characters.
    pub text: String,
    /// What it should have been.
    pub what: &'static str,
    /// How one begins.
    pub prefix: &'static str,
}

/// Makes the type of one kind of id.
macro_rules! id {
    ($(#[$doc:meta])* $type:ident, $prefix:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type([u8; 16]);

        impl $type {
            /// A new id of this moment. Ids order by their moments, those of one millisecond at random.
            #[must_use]
            pub fn new(now: Millis) -> Self {
                Self(time_ordered(now))
            }

            /// The id of these bytes.
            #[must_use]
            pub fn of_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Its bytes; their order is the order of the ids.
            #[must_use]
            pub fn bytes(&self) -> [u8; 16] {
                self.0
            }

            /// The greatest id of a moment: all that are of it or before are not greater.
            #[must_use]
            pub fn last_of(moment: Millis) -> Self {
                let mut bytes = [u8::MAX; 16];
                bytes[..6].copy_from_slice(&moment.max(0).to_be_bytes()[2..]);
                Self(bytes)
            }

            /// The moment it was made, to the millisecond.
            #[must_use]
            pub fn moment(&self) -> Millis {
                self.0[..6].iter().fold(0, |sum, it| sum << 8 | i64::from(*it))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($prefix)?;
                self.0.iter().try_for_each(|it| write!(f, "{it:02x}"))
            }
        }

        impl FromStr for $type {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let error = || IdError { text: text.chars().take(64).collect(), what: $what, prefix: $prefix };
                text.strip_prefix($prefix).and_then(super::key::from_hex).map(Self).ok_or_else(error)
            }
        }
    };
}

id!(
    /// Id of a review item, as `rev_018f…`.
    ReviewItemId, "rev_", "id of a review item"
);
id!(
    /// Id of a decision or of its undoing, as `dec_018f…`.
    DecisionId, "dec_", "id of a decision"
);
id!(
    /// Id of an allowance, as `alw_018f…`.
    AllowanceId, "alw_", "id of an allowance"
);
id!(
    /// Id of an API key, as `key_018f…`.
    KeyId, "key_", "id of an API key"
);

fn time_ordered(now: Millis) -> [u8; 16] {
    let now = u64::try_from(now).unwrap_or(0);
    let nanos = u32::try_from(now % 1000).unwrap_or(0) * 1_000_000;
    uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, now / 1000, nanos)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_comes_back_from_its_text() {
        let id = ReviewItemId::new(1_700_000_000_123);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.moment(), 1_700_000_000_123);
    }

    #[test]
    fn ids_order_by_their_moments() {
        let ids: Vec<_> = [1, 2, 255, 256, 1_700_000_000_000].map(ReviewItemId::new).to_vec();
        assert!(ids.is_sorted());
        assert!(ids[1] <= ReviewItemId::last_of(2) && ids[2] > ReviewItemId::last_of(2));
    }

    #[test]
    fn text_that_is_no_id_is_refused_with_what_one_is() {
        let text = DecisionId::new(5).to_string();
        let error = text.parse::<ReviewItemId>().expect_err("is of another kind");
        let expected = format!("{text:?} is no id of a review item: that is \"rev_\" and 32 hexadecimal digits");
        assert_eq!(error.to_string(), expected);
        for text in ["", "rev_", "rev_0", "rev_0123456789ABCDEF0123456789abcdef", "rev_é"] {
            assert!(text.parse::<ReviewItemId>().is_err(), "{text}");
        }
    }
}
