//! No pipeline's burst delays another's first build by more than one build.

use crate::Options;
use crate::dice::Dice;
use crate::model::{Interrupt, Job, Pipeline};
use crate::script::{Act, HostSpec, Script};
use crate::world::World;

fn pipeline(name: &str, work_ms: u64) -> Pipeline {
    let job = Job { name: "j".into(), work_ms, interruptible: Interrupt::Never, ..Job::default() };
    Pipeline { name: name.into(), jobs: vec![job], resources: Vec::new() }
}

/// A burst of one pipeline, and a single build of another a little later.
fn script(seed: u64) -> Script {
    let mut dice = Dice::named(seed, "fair");
    let work_ms = dice.between(100, 3_000);
    let set = |pipeline| (0, Act::Set { server: 0, pipeline, stale: false });
    let mut acts = vec![set(pipeline("burst", work_ms)), set(pipeline("other", 50))];
    let trigger = |job, key| Act::Trigger { server: 0, job, key, version: None };
    acts.extend((0..dice.between(5, 20)).map(|key| (1_000 + key, trigger(0, key))));
    acts.push((1_000 + dice.below(3_000), trigger(1, 500)));
    acts.sort_by_key(|(at, _)| *at);
    let host = HostSpec { builds: dice.between(1, 3) as usize, checks: 1, tags: Vec::new() };
    Script { seed, servers: 1, hosts: vec![host], acts }
}

#[test]
fn a_burst_delays_the_first_build_of_another_pipeline_by_at_most_one() {
    for seed in 0..20 {
        let mut world = World::new(&script(seed), &Options::default());
        assert_eq!(world.run(), Ok(()), "seed {seed}");
        let before = world.inspect(
            "SELECT b.id FROM builds b JOIN builds o ON o.job_id = 'other.j' AND o.cause = 'm:k500' \
             WHERE b.job_id = 'burst.j' AND b.started_ms > o.created_ms AND b.started_ms < o.started_ms",
            &[],
        );
        assert!(before.len() <= 1, "seed {seed}: {before:?} started before it");
    }
}
