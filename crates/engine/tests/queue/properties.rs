//! What holds of every queue.

use crate::notation::{asks, held, job, pending};
use pikoci_engine::assign::Ask;
use pikoci_engine::facts::{Holder, QueuedJob};
use pikoci_engine::queue::schedule;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const PIPELINES: [&str; 3] = ["p", "q", "r"];
const TAGS: [&str; 2] = ["gpu", "arm"];
const GROUPS: [&str; 3] = ["prod", "db", "edge"];

#[derive(Debug, Clone)]
struct Job {
    pipeline: usize,
    tags: Vec<&'static str>,
    groups: Vec<&'static str>,
    places: usize,
    builds: usize,
}

fn jobs() -> impl Strategy<Value = Vec<QueuedJob>> {
    let job = (
        0..3usize,
        proptest::sample::subsequence(TAGS.to_vec(), 0..=2),
        proptest::sample::subsequence(GROUPS.to_vec(), 0..=2),
        0..3usize,
        0..4usize,
    );
    let job = job.prop_map(|(pipeline, tags, groups, places, builds)| Job {
        pipeline,
        tags,
        groups,
        places,
        builds,
    });
    let jobs = proptest::collection::vec(job, 1..8);
    (jobs, Just((1..100u64).collect::<Vec<_>>()).prop_shuffle()).prop_map(|(jobs, numbers)| {
        let mut numbers = numbers.into_iter();
        jobs.iter().enumerate().map(|(index, job)| queued(index, job, &mut numbers)).collect()
    })
}

fn queued(index: usize, of: &Job, numbers: &mut impl Iterator<Item = u64>) -> QueuedJob {
    let mut numbers: Vec<_> = numbers.take(of.builds).collect();
    numbers.sort_unstable();
    let tags: String = of.tags.iter().map(|tag| format!(" tag={tag}")).collect();
    let groups: String = of.groups.iter().map(|group| format!(" group={group}")).collect();
    let places = if of.places == 0 { String::new() } else { format!(" places={}", of.places) };
    let builds: String = numbers.iter().map(|number| format!(" {number}")).collect();
    job(&format!("{}/job{index}{tags}{groups}{places}:{builds}", PIPELINES[of.pipeline]))
}

fn free() -> impl Strategy<Value = Vec<Ask>> {
    let ask = (0..3usize, proptest::sample::subsequence(TAGS.to_vec(), 0..=2));
    proptest::collection::vec(ask, 0..8).prop_map(|all| {
        let word = |(worker, tags): &(usize, Vec<&str>)| {
            let tags: String = tags.iter().map(|tag| format!("+{tag}")).collect();
            format!("w{worker}{tags}")
        };
        asks(&all.iter().map(word).collect::<Vec<_>>().join(" "))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_given_twice_and_nothing_is_left_that_could_start(
        queue in jobs(), free in free(), before in proptest::sample::subsequence(GROUPS.to_vec(), 0..=1)
    ) {
        let before = held(&before.join(" "));
        let starts = schedule(&queue, &before, &free);
        let mut held: BTreeSet<&str> = before.keys().map(String::as_str).collect();
        let mut asks: BTreeSet<&Ask> = BTreeSet::new();
        let mut next: BTreeMap<usize, usize> = BTreeMap::new();
        for start in &starts {
            let info = &queue[start.job].info;
            prop_assert!(start.holds.iter().all(|key| held.insert(key)), "held twice");
            prop_assert!(start.holds.is_sorted(), "not in order");
            prop_assert!(free.contains(&start.ask) && asks.insert(&start.ask), "an ask is used twice");
            prop_assert!(start.ask.offers(&info.tags), "without its tags");
            prop_assert_eq!(start.holds.len(), info.groups.len() + info.places.len());
            let next = next.entry(start.job).or_default();
            prop_assert_eq!(start.build, *next, "not the oldest of its job");
            *next += 1;
        }
        for (index, job) in queue.iter().enumerate() {
            let waits = next.get(&index).copied().unwrap_or_default() < job.builds.len();
            let ask = free.iter().any(|ask| !asks.contains(ask) && ask.offers(&job.info.tags));
            let groups = job.info.groups.iter().all(|group| !held.contains(group.as_str()));
            let places = job.info.places.iter().all(|(prefix, places)| {
                held.iter().filter(|key| key.starts_with(prefix.as_str())).count() < *places as usize
            });
            prop_assert!(!(waits && ask && groups && places), "{} could start", job.info.name);
        }
    }

    /// Of builds that want the same hold none starts before an older one that could.
    #[test]
    fn the_oldest_gets_a_hold(queue in jobs(), free in free()) {
        let starts = schedule(&queue, &BTreeMap::new(), &free);
        let Some(first) = starts.first() else { return Ok(()) };
        let build = |job: usize| &queue[job].builds[0].build;
        for (index, job) in queue.iter().enumerate().filter(|(_, job)| !job.builds.is_empty()) {
            let could = free.iter().any(|ask| ask.offers(&job.info.tags));
            let same = job.info.groups.iter().any(|group| first.holds.contains(group));
            prop_assert!(!(could && same && build(index) < build(first.job)), "{} is older", job.info.name);
        }
    }

    /// However many builds one pipeline has, at most one of them starts between the moment at which another's first
    /// build waits and its start. Slots become free one at a time.
    #[test]
    fn a_burst_delays_anothers_first_build_by_at_most_one(
        burst in 1..60usize, slots in 1..8usize, jobs in 1..4usize, arrives in 0..30usize
    ) {
        let mut burst: Vec<_> = (0..jobs)
            .map(|index| {
                let builds = (0..burst).map(|number| pending((number * jobs + index) as u64));
                QueuedJob { builds: builds.collect(), ..job(&format!("p/job{index}:")) }
            })
            .collect();
        let mut running: BTreeMap<String, u32> = BTreeMap::new();
        let mut served: BTreeMap<String, String> = BTreeMap::new();
        let mut started = Vec::new();
        for turn in 0..arrives + 4 {
            let mut queue = burst.clone();
            if turn >= arrives {
                queue.push(job("q/first: 999999"));
            }
            for job in &mut queue {
                let pipeline = job.info.pipeline_id.as_str();
                job.info.pipeline_running = running.get(pipeline).copied().unwrap_or_default();
                job.info.pipeline_served = served.get(pipeline).cloned().unwrap_or_default();
            }
            let count = if turn == 0 { slots } else { 1 };
            let free = asks(&vec!["w"; count].join(" "));
            for start in schedule(&queue, &BTreeMap::<String, Holder>::new(), &free) {
                let pipeline = queue[start.job].info.pipeline_id.as_str().to_owned();
                started.extend((turn >= arrives).then(|| pipeline.clone()));
                burst.get_mut(start.job).into_iter().for_each(|job| drop(job.builds.remove(0)));
                served.insert(pipeline.clone(), format!("{turn:04}"));
                *running.entry(pipeline).or_default() += 1;
            }
            if started.iter().any(|pipeline| pipeline == "q") {
                break;
            }
            // A slot becomes free again.
            running.entry("p".into()).and_modify(|count| *count = count.saturating_sub(1));
        }
        let before = started.iter().take_while(|pipeline| *pipeline == "p").count();
        prop_assert!(before <= 1 && started.len() > before, "{:?}", started);
    }
}

/// What a busy server decides at each State of a worker: a bound, so far from what it takes that no machine is slow
/// enough to pass it.
#[test]
fn a_thousand_jobs_and_a_hundred_asks_are_quick() {
    let text = |index: usize| {
        let (group, tag) = (index % 50, if index.is_multiple_of(3) { " tag=gpu" } else { "" });
        format!("p{}/job{index} group=g{group} places=3{tag}: {index} {}", index % 40, index + 1000)
    };
    let queue: Vec<_> = (0..1_000).map(|index| job(&text(index))).collect();
    let free = asks(&["w1", "w2+gpu"].repeat(50).join(" "));
    let starts = schedule(&queue, &BTreeMap::new(), &free);
    assert_eq!(starts.len(), 50, "each group once");
}
