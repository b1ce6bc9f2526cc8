//! A script that breaks a rule becomes a short one that breaks the same.

use crate::script::{Act, Script};
use crate::{Options, run};
use std::time::{Duration, Instant};

/// For how long at most.
const PATIENCE: Duration = Duration::from_secs(60);

/// Leaves out acts, in halves and smaller, as long as the same rule stays broken; then whole pipelines' jobs.
pub(crate) fn shrink(script: &Script, options: &Options, rule: &str) -> Script {
    let until = Instant::now() + PATIENCE;
    let breaks = |script: &Script| run(script, options).result.is_err_and(|broken| broken.rule == rule);
    let mut best = script.clone();
    let mut size = best.acts.len().div_ceil(2);
    while size > 0 && Instant::now() < until {
        let before = best.acts.len();
        let mut at = 0;
        while at < best.acts.len() && Instant::now() < until {
            let mut tried = best.clone();
            tried.acts.drain(at..(at + size).min(best.acts.len()));
            if breaks(&tried) {
                best = tried;
            } else {
                at += size;
            }
        }
        // A pass of single acts that took something away is worth another.
        if size > 1 || best.acts.len() == before {
            size /= 2;
        }
    }
    let best = fewer_machines(best, &breaks);
    fewer_jobs(best, &breaks, until)
}

/// Takes jobs out of the pipelines that are set.
fn fewer_jobs(mut best: Script, breaks: &dyn Fn(&Script) -> bool, until: Instant) -> Script {
    for at in 0..best.acts.len() {
        let mut job = 0;
        while let Act::Set { pipeline, .. } = &best.acts[at].1 {
            if job >= pipeline.jobs.len() || Instant::now() > until {
                break;
            }
            let mut tried = best.clone();
            if let Act::Set { pipeline, .. } = &mut tried.acts[at].1 {
                pipeline.remove(job);
            }
            if breaks(&tried) {
                best = tried;
            } else {
                job += 1;
            }
        }
    }
    best
}

/// One server and host less, where that breaks the same.
fn fewer_machines(mut best: Script, breaks: &dyn Fn(&Script) -> bool) -> Script {
    while best.servers > 1 {
        let tried = Script { servers: best.servers - 1, ..best.clone() };
        if !fits(&tried) || !breaks(&tried) {
            break;
        }
        best = tried;
    }
    while best.hosts.len() > 1 {
        let mut tried = best.clone();
        tried.hosts.pop();
        if !fits(&tried) || !breaks(&tried) {
            break;
        }
        best = tried;
    }
    best
}

/// Whether its acts name only what is there.
fn fits(script: &Script) -> bool {
    script.acts.iter().all(|(_, act)| {
        act.server().is_none_or(|server| server < script.servers)
            && act.host().is_none_or(|host| host < script.hosts.len())
    })
}
