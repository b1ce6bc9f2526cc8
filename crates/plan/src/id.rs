//! Ids. Each is a newtype, so that the id of a build can never stand for the id of an attempt.
//!
//! Ids that we make are [ULID](https://github.com/ulid/spec)s: 26 characters whose order is the order in
//! which they were made. They come from the application, never from a database.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
    )*};
}

id! {
    /// A pipeline of a team.
    PipelineId,
    /// A job of a pipeline. It stands for the job's name: a job that is taken out of the file and put back keeps it.
    JobId,
    /// A resource of a pipeline; like a job's it stands for the name.
    ResourceId,
    /// A check, which resources with the same type and parameters share.
    CheckId,
    /// A build of a job.
    BuildId,
    /// One assignment of a build or a check to one ask of a worker. Unique for ever.
    AttemptId,
    /// A worker: the id in its locked work directory.
    WorkerId,
}

/// Makes ids. A generator never makes an id twice, and each is greater than the one before.
#[derive(Debug, Default)]
pub struct IdMaker {
    last: ulid::Ulid,
}

impl IdMaker {
    /// The next id for the wall-clock time `now_ms` (milliseconds since 1970) and 80 bits of `random`.
    ///
    /// If the clock stands still or goes back the id is the one before plus one.
    pub fn next(&mut self, now_ms: u64, random: u128) -> String {
        let fresh = ulid::Ulid::from_parts(now_ms, random);
        let previous = self.last;
        self.last = if fresh.timestamp_ms() > previous.timestamp_ms() {
            fresh
        } else {
            previous.increment().unwrap_or(fresh)
        };
        self.last.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_goes_back() {
        let mut maker = IdMaker::default();
        let ids: Vec<_> = [5, 5, 3, 6].into_iter().map(|now| maker.next(now, 9)).collect();
        assert!(ids.is_sorted());
        assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
    }
}
