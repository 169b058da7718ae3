//! Words and rules of review: held pages, what people say of them, and what that teaches.
//!
//! Everything here is pure: times come in as milliseconds since the epoch, nothing is read or written.
//! `store` keeps these values, `gate` makes them from checked pages, the front ends show them. The page
//! and the result are opaque bytes here: only the door knows how they are encoded.

mod allowance;
mod cursor;
mod filter;
mod id;
mod item;
mod key;
mod precision;

pub use allowance::{Allowance, AllowanceScope, Allowances, NewAllowance, Revocation};
pub use cursor::{Cursor, CursorError, Position};
pub use filter::{Filter, FilterError, Subject};
pub use id::{AllowanceId, DecisionId, IdError, KeyId, ReviewItemId};
pub use item::{
    Decision, DecisionKind, DecisionRecord, Etag, EtagError, Judgement, Lease, NewFinding, NewItem, Origin,
    ReviewFinding, ReviewItem, State,
};
pub use key::{ContentHash, KeyHash, PageKey, QuoteHash};
pub use precision::{Outcomes, RuleOutcomes};

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// Gives an enum of unit variants its `snake_case` names and the way back.
macro_rules! named {
    ($type:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        impl $type {
            /// All values, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Name as it is stored and shown.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The value of that name, if there is one.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.name() == name)
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
pub(crate) use named;
