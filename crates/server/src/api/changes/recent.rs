//! The newest changes of builds, kept for all who follow them.

use crate::api::view::Brief;
use axum::response::sse::Event;
use pikoci_plan::id::BuildId;
use pikoci_store::read::Build;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The newest change of a build, as it is sent.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) seq: u64,
    pub(super) event: Event,
    build: BuildId,
    team: String,
    pipeline: String,
}

impl Change {
    /// # Errors
    /// If it cannot be written as JSON.
    pub(super) fn of(build: &Build) -> Result<Arc<Self>, axum::Error> {
        let event = Event::default().event("state").json_data(Brief::from(build))?;
        Ok(Arc::new(Self {
            seq: build.seq,
            event: event.id(build.seq.to_string()),
            build: build.id.clone(),
            team: build.team.clone(),
            pipeline: build.pipeline.clone(),
        }))
    }

    /// Whether it is of a build of that pipeline.
    pub(super) fn is_of(&self, team: &str, pipeline: &str) -> bool {
        self.team == team && self.pipeline == pipeline
    }
}

/// What has changed behind some change: the number of the newest, and the changes in their order. A build that has changed
/// several times is there once, as it is now; some may be newer than the newest.
#[derive(Debug)]
pub(super) struct Behind {
    pub(super) newest: u64,
    pub(super) changes: Vec<Arc<Change>>,
}

/// The newest changes, at most [`KEPT`].
#[derive(Debug)]
pub(super) struct Recent {
    /// Those up to here may be missing.
    forgotten: u64,
    newest: u64,
    changes: BTreeMap<u64, Arc<Change>>,
    /// The number of the newest change of each build that is kept.
    of: HashMap<BuildId, u64>,
}

/// How many are kept, each about a kilobyte.
const KEPT: usize = 1_000;

impl Recent {
    /// None yet, behind this one.
    pub(super) fn since(newest: u64) -> Self {
        Self { forgotten: newest, newest, changes: BTreeMap::new(), of: HashMap::new() }
    }

    /// The number of the newest.
    pub(super) fn newest(&self) -> u64 {
        self.newest
    }

    /// Takes what has changed behind the newest.
    pub(super) fn add(&mut self, Behind { newest, changes }: Behind) {
        for change in changes {
            if let Some(before) = self.of.insert(change.build.clone(), change.seq) {
                self.changes.remove(&before);
            }
            self.newest = self.newest.max(change.seq);
            self.changes.insert(change.seq, change);
        }
        self.newest = self.newest.max(newest);
        while self.changes.len() > KEPT {
            let Some((seq, oldest)) = self.changes.pop_first() else { break };
            self.of.remove(&oldest.build);
            self.forgotten = seq;
        }
    }

    /// The first `limit` changes behind this one; nothing if some of them are not kept any more.
    pub(super) fn behind(&self, seq: u64, limit: usize) -> Option<Behind> {
        let changes = || self.changes.range(seq + 1..).map(|(_, change)| Arc::clone(change)).take(limit);
        (seq >= self.forgotten).then(|| Behind { newest: self.newest, changes: changes().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(seq: u64, build: &str) -> Arc<Change> {
        let (team, pipeline) = (String::new(), String::new());
        Arc::new(Change { seq, event: Event::default(), build: build.into(), team, pipeline })
    }

    fn seen(recent: &Recent, seq: u64, limit: usize) -> Option<Vec<(u64, String)>> {
        let changes = recent.behind(seq, limit)?.changes;
        Some(changes.iter().map(|change| (change.seq, change.build.to_string())).collect())
    }

    #[test]
    fn each_build_is_told_once_as_it_is_now() {
        let mut recent = Recent::since(5);
        recent.add(Behind { newest: 7, changes: vec![change(6, "a"), change(7, "b")] });
        recent.add(Behind { newest: 8, changes: vec![change(8, "a"), change(9, "c")] });
        assert_eq!(recent.newest(), 9);
        let all = [(7, "b".to_owned()), (8, "a".to_owned()), (9, "c".to_owned())];
        assert_eq!(seen(&recent, 5, 10).unwrap(), all);
        assert_eq!(seen(&recent, 7, 1).unwrap(), all[1..2]);
        assert_eq!(seen(&recent, 9, 10).unwrap(), []);
        assert_eq!(seen(&recent, 4, 10), None, "what was before is not known");
    }

    #[test]
    fn what_is_kept_has_a_bound_and_what_is_forgotten_is_not_passed_over() {
        let mut recent = Recent::since(0);
        let many = KEPT as u64 + 3;
        for seq in 1..=many {
            recent.add(Behind { newest: seq, changes: vec![change(seq, &format!("b{seq}"))] });
        }
        assert_eq!((recent.changes.len(), recent.of.len()), (KEPT, KEPT));
        assert!(seen(&recent, 2, 1).is_none());
        assert_eq!(seen(&recent, 3, 1).unwrap(), [(4, "b4".to_owned())]);
    }
}
