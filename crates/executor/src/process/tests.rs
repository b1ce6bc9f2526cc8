//! Groups of one attempt, on real processes: one is ended, its neighbour is not.

use super::child::Child;
use super::end::end_all;
use super::host::{Group, Running};
use super::output::{self, Output};
use super::prepared::Prepared;
use super::proc;
use std::fs;
use std::future::pending;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

/// For how long something outside of a test is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

const GRACE: Duration = Duration::from_millis(200);

/// Leaves processes of every kind, each of which writes its pid to the file `$0`, and goes on.
const HOSTILE: &str = r#"
    report='echo $$ >>"$0"; exec sleep 1000'
    sh -c "$report" "$0" &
    setsid sh -c "$report" "$0" &
    (setsid sh -c "$report" "$0" >/dev/null 2>&1 &)
    env -i sh -c "$report" "$0" &
    (setsid sh -c 'trap "" TERM HUP INT; echo $$ >>"$0"; while :; do sleep 1; done' "$0" &)
    (setsid sh -c 'echo $$ >>"$0"; kill -STOP $$' "$0" &)
    echo $$ >>"$0"
    exec sleep 1000
"#;

const PROCESSES: usize = 7;

/// A command with the script, in a group of its own. What it writes is to be read to the end of the test.
struct Started {
    group: Group,
    child: Child,
    output: Output,
    pids: Vec<i32>,
}

async fn start(running: &Running, directory: &Path, script: &str) -> Started {
    let group = running.group();
    let file = directory.join(format!("{:?}", group.key()));
    let argv = ["/bin/sh", "-c", script, file.to_str().expect("text")].map(str::to_owned);
    let path = c"PATH=/usr/bin:/bin".to_owned();
    let prepared = Prepared::new(&argv, vec![path], directory).expect("prepared");
    let (output, write) = output::pipe().expect("a pipe");
    let child = Child::start(&prepared.start(write.as_fd(), write.as_fd()), &group).expect("started");
    let pids = pids(&file).await;
    Started { group, child, output, pids }
}

async fn pids(file: &Path) -> Vec<i32> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = fs::read_to_string(file).unwrap_or_default();
        let pids: Vec<i32> = text.lines().filter_map(|line| line.parse().ok()).collect();
        if pids.len() >= PROCESSES {
            return pids;
        }
        assert!(Instant::now() < deadline, "{text}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn living(pids: &[i32]) -> usize {
    pids.iter().filter(|pid| proc::glance(**pid).is_some_and(|seen| !seen.is_dead())).count()
}

#[tokio::test]
async fn a_group_is_ended_as_a_whole_and_its_neighbour_lives_on() {
    let directory = tempfile::tempdir().expect("a directory");
    let running = Running::begin(format!("test-{}/attempt", std::process::id()));
    let mut one = start(&running, directory.path(), HOSTILE).await;
    let mut other = start(&running, directory.path(), HOSTILE).await;
    assert_eq!((living(&one.pids), living(&other.pids)), (PROCESSES, PROCESSES));

    assert_eq!(end_all(one.group.key(), GRACE, pending()).await, Vec::<String>::new());
    one.child.exited().await.expect("it has ended");
    assert_eq!((living(&one.pids), living(&other.pids)), (0, PROCESSES));
    while one.output.is_open() {
        one.output.read().await.expect("read"); // nobody holds it any more
    }

    assert_eq!(end_all(running.key(), GRACE, pending()).await, Vec::<String>::new());
    other.child.exited().await.expect("it has ended");
    assert_eq!(living(&other.pids), 0);
    while other.output.is_open() {
        other.output.read().await.expect("read");
    }
}
