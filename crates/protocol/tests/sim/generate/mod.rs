//! What a seed expands into: pipelines, what clients do, what breaks.

mod faults;
mod pipelines;

use crate::dice::Dice;
use crate::model::{Kind, Pipeline};
use crate::script::{Act, HostSpec, Script};

/// For how long there is trouble, in simulated milliseconds.
pub(crate) const TROUBLE_MS: u64 = 60_000;

/// The script of a seed.
pub(crate) fn script(seed: u64) -> Script {
    let mut dice = Dice::new(seed);
    let servers = *dice.pick(&[1, 1, 2, 2, 2, 3]);
    let hosts: Vec<_> = (0..dice.between(1, 3)).map(|index| host(&mut dice, index)).collect();
    let pipelines: Vec<_> =
        (0..dice.between(1, 3)).map(|index| pipelines::pipeline(&mut dice, index)).collect();
    let set = |pipeline: &Pipeline| (0, Act::Set { server: 0, pipeline: pipeline.clone(), stale: false });
    let mut acts: Vec<_> = pipelines.iter().map(set).collect();
    clients(&mut dice, servers, pipelines, &mut acts);
    faults::faults(&mut dice, servers, hosts.len(), &mut acts);
    acts.sort_by_key(|(at, _)| *at);
    Script { seed, servers, hosts, acts }
}

fn host(dice: &mut Dice, index: u64) -> HostSpec {
    let tags: &[&str] = match index {
        0 => &["linux"],
        1 => &["linux", "gpu"],
        _ => &[],
    };
    HostSpec {
        builds: dice.between(1, 4) as usize,
        checks: dice.between(1, 2) as usize,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
    }
}

/// Keys repeat: a client that heard no answer asks again, perhaps another server.
const KEYS: u64 = 40;

fn clients(dice: &mut Dice, servers: usize, mut pipelines: Vec<Pipeline>, acts: &mut Vec<(u64, Act)>) {
    let origins: Vec<u64> = pipelines
        .iter()
        .flat_map(|pipeline| &pipeline.resources)
        .filter(|resource| matches!(resource.kind, Kind::Checked(_) | Kind::OnDemand))
        .map(|resource| resource.origin)
        .collect();
    for _ in 0..dice.between(20, 80) {
        let at = dice.below(TROUBLE_MS);
        let act = match dice.below(100) {
            0..45 if !origins.is_empty() => push(dice, &origins),
            0..80 => on_builds(dice, servers),
            80..86 => on_jobs(dice, servers),
            86..91 => check(dice, servers),
            91..99 => {
                let index = dice.index(pipelines.len());
                pipelines::revise(dice, &mut pipelines[index]);
                let (server, pipeline) = (dice.index(servers), pipelines[index].clone());
                Act::Set { server, pipeline, stale: dice.chance(20) }
            }
            _ => Act::Archive { server: dice.index(servers), pipeline: dice.any() },
        };
        acts.push((at, act));
    }
    burst(dice, servers, acts);
}

fn push(dice: &mut Dice, origins: &[u64]) -> Act {
    let origin = *dice.pick(origins);
    if dice.chance(8) {
        return Act::PushBack { origin };
    }
    let count = if dice.chance(10) { dice.between(4, 9) } else { dice.between(1, 2) };
    Act::Push { origin, count, space: dice.below(3) }
}

fn on_builds(dice: &mut Dice, servers: usize) -> Act {
    let server = dice.index(servers);
    match dice.below(10) {
        0..5 => {
            let version = dice.chance(15).then(|| dice.below(5));
            Act::Trigger { server, job: dice.any(), key: dice.below(KEYS), version }
        }
        5..7 => Act::Rerun { server, build: dice.any(), key: dice.below(KEYS) },
        _ => Act::Cancel { server, build: dice.any(), skip_hooks: dice.chance(20) },
    }
}

fn on_jobs(dice: &mut Dice, servers: usize) -> Act {
    let server = dice.index(servers);
    if dice.chance(50) {
        let version = dice.chance(60).then(|| dice.below(4));
        return Act::Pin { server, resource: dice.any(), version };
    }
    let job = dice.chance(70).then(|| dice.any());
    Act::Pause { server, pipeline: dice.any(), job, paused: dice.chance(50) }
}

fn check(dice: &mut Dice, servers: usize) -> Act {
    let times = if dice.chance(20) { dice.between(10, 40) } else { 1 };
    Act::Check { server: dice.index(servers), resource: dice.any(), times }
}

/// Now and then a job is triggered many times at once.
fn burst(dice: &mut Dice, servers: usize, acts: &mut Vec<(u64, Act)>) {
    if !dice.chance(30) {
        return;
    }
    let (at, job) = (dice.below(TROUBLE_MS), dice.any());
    for key in 0..dice.between(3, 12) {
        let act = Act::Trigger { server: dice.index(servers), job, key: 1_000 + key, version: None };
        acts.push((at + dice.below(5), act));
    }
}
