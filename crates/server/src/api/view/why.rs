//! Why something does not run.

use pikoci_engine::why;
use serde::Serialize;
use utoipa::ToSchema;

/// Why something does not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct Why {
    /// The job.
    job: String,
    /// The build that waits: the oldest of the job, or the one that was asked for.
    build: Option<WaitingBuild>,
    /// The reasons, the most important one first.
    reasons: Vec<Reason>,
}

/// A build that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct WaitingBuild {
    /// Its number.
    number: String,
}

/// A reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct Reason {
    /// A stable word for programs: `group_held`.
    code: String,
    /// What is the matter, in a sentence.
    sentence: String,
    /// What would let it go on: a command, or what has to happen.
    unblock: Option<String>,
}

impl Why {
    /// The reasons of a job, or of a build of it.
    pub(in crate::api) fn of(job: String, build: Option<String>, reasons: Vec<Reason>) -> Self {
        Self { job, build: build.map(|number| WaitingBuild { number }), reasons }
    }
}

impl Reason {
    /// Whether it is about the build of that number.
    pub(in crate::api) fn is_of(&self, number: &str) -> bool {
        let rest = self.sentence.strip_prefix('#').and_then(|rest| rest.strip_prefix(number));
        rest.is_some_and(|rest| rest.starts_with(' '))
    }
}

impl Reason {
    /// The sentence as it stands beside that build: without its number.
    pub(in crate::api) fn of_itself(self, number: &str) -> String {
        self.sentence.trim_start_matches(&format!("#{number} ")).trim_start_matches("waits: ").to_owned()
    }
}

impl From<&why::Reason> for Reason {
    fn from(reason: &why::Reason) -> Self {
        Self { code: code(reason), sentence: reason.to_string(), unblock: reason.unblock() }
    }
}

/// The name of the variant, in snake_case.
fn code(reason: &why::Reason) -> String {
    let name = format!("{reason:?}");
    let name = name.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
    name.char_indices().fold(String::new(), |mut code, (at, letter)| {
        if letter.is_uppercase() && at > 0 {
            code.push('_');
        }
        code.extend(letter.to_lowercase());
        code
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_words() {
        let reason = why::Reason::NoWorkerWithTags { build: "7".into(), tags: "`gpu`".into() };
        let reason = Reason::from(&reason);
        assert_eq!(reason.code, "no_worker_with_tags");
        assert!(reason.is_of("7") && !reason.is_of("70") && !reason.is_of(""));
        assert_eq!(Reason::from(&why::Reason::New).code, "new");
    }
}
