//! What resources stand for: repositories and registries with versions of their own.

use crate::dice::Dice;
use crate::script::Act;
use pikoci_plan::version::Version;
use std::collections::BTreeMap;

/// So many versions does a check find at most; when there are more it says so.
const CHECK_VERSIONS: usize = 5;

/// By what a resource is of it: the outside's versions, oldest first, with their space.
#[derive(Default)]
pub(crate) struct Outside {
    origins: BTreeMap<u64, Origin>,
    /// How many versions puts have made of what nobody checks, by the name of the resource.
    made: BTreeMap<String, u64>,
}

#[derive(Default)]
struct Origin {
    last: u64,
    /// Number and space.
    versions: Vec<(u64, u64)>,
}

impl Outside {
    /// Its versions come to be, or go.
    pub(crate) fn act(&mut self, act: &Act) {
        match act {
            Act::Push { origin, count, space } => {
                for _ in 0..*count {
                    self.push(*origin, *space);
                }
            }
            Act::PushBack { origin } => {
                let versions = &mut self.origin(*origin).versions;
                if versions.len() > 1 {
                    versions.pop();
                }
            }
            _ => {}
        }
    }

    /// There is always one version.
    fn origin(&mut self, origin: u64) -> &mut Origin {
        self.origins.entry(origin).or_insert_with(|| Origin { last: 1, versions: vec![(1, 0)] })
    }

    fn push(&mut self, origin: u64, space: u64) -> (u64, u64) {
        let origin = self.origin(origin);
        origin.last += 1;
        origin.versions.push((origin.last, space));
        (origin.last, space)
    }

    /// What a check finds that was given the newest known version; whether there was more.
    pub(crate) fn check(
        &mut self,
        origin: u64,
        spaces: bool,
        newest: Option<&Version>,
    ) -> (Vec<Version>, bool) {
        let versions = &self.origin(origin).versions;
        let known = newest.and_then(number);
        let found: Vec<_> = match versions.iter().position(|(number, _)| Some(*number) == known) {
            // It repeats the known one: what is gone from the end makes it the newest again.
            Some(at) => versions[at..].to_vec(),
            None => newest_of_spaces(versions, spaces),
        };
        let more = found.len() > CHECK_VERSIONS;
        let first = found.into_iter().take(CHECK_VERSIONS);
        (first.map(|(number, space)| version(number, spaces.then_some(space))).collect(), more)
    }

    /// What is the newest outside.
    pub(crate) fn newest(&mut self, origin: u64, spaces: bool) -> Version {
        let (number, space) = self.origin(origin).versions.last().copied().unwrap_or_default();
        version(number, spaces.then_some(space))
    }

    /// What a put of a checked resource makes.
    pub(crate) fn put_checked(&mut self, origin: u64, spaces: bool, dice: &mut Dice) -> Version {
        let (number, space) = self.push(origin, dice.below(3));
        version(number, spaces.then_some(space))
    }

    /// What a put of a resource makes that nobody checks; now and then what was there already.
    pub(crate) fn put(&mut self, resource: &str, dice: &mut Dice) -> Version {
        let made = self.made.entry(resource.to_owned()).or_default();
        if *made == 0 || !dice.chance(10) {
            *made += 1;
        }
        version(*made, None)
    }
}

fn newest_of_spaces(versions: &[(u64, u64)], spaces: bool) -> Vec<(u64, u64)> {
    let later = |at: usize| versions[at + 1..].iter().any(|(_, space)| !spaces || *space == versions[at].1);
    (0..versions.len()).filter(|at| !later(*at)).map(|at| versions[at]).collect()
}

pub(crate) fn number(version: &Version) -> Option<u64> {
    version.get("ref").and_then(|text| text.parse().ok())
}

/// Versions of the last space come from outside.
fn version(number: u64, space: Option<u64>) -> Version {
    match space {
        None => Version::from([("ref", number.to_string())]),
        Some(space) => Version::from([
            ("ref", number.to_string()),
            ("pr", space.to_string()),
            ("outside", (space == 2).to_string()),
        ]),
    }
}
