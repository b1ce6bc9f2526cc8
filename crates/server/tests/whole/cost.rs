//! What a build costs, counted: the same on every run and every machine.

use crate::system::{System, job};
use pikoci_executor::counters;
use pikoci_store::Store;

const BUILDS: u64 = 20;

/// Set in the process that has only this test.
const ALONE: &str = "PIKOCI_COST";

/// Alone in its process with all its counters; other tests of this file would count too.
#[tokio::test(flavor = "multi_thread")]
async fn a_build_costs_two_commits_one_process_and_no_file() {
    if std::env::var_os("NEXTEST").is_none() && std::env::var_os(ALONE).is_none() {
        // Other tests in this process start processes of their own: count in a process of ours.
        let this = std::env::current_exe().unwrap();
        let name = "cost::a_build_costs_two_commits_one_process_and_no_file";
        let output =
            std::process::Command::new(this).args(["--exact", name, "--nocapture"]).env(ALONE, "1").output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        // Its own result line would be counted as another test.
        said.lines().filter(|line| line.starts_with("of ")).for_each(|line| println!("{line}"));
        return;
    }
    let open = |directory: &std::path::Path| Store::open(&directory.join("test.db")).unwrap();
    let system = System::with(&job("a", "exit 0"), open, 1).await;
    // The first build opens what the others use again.
    system.ended(&system.build_of("a").await).await;
    let (commits, before) = (system.store.commits(), counters());
    for _ in 0..BUILDS {
        system.ended(&system.build_of("a").await).await;
    }
    let (commits, after) = (system.store.commits() - commits, counters());
    let spawns = after.spawns - before.spawns;
    let files = after.file_operations - before.file_operations;
    println!("of {BUILDS} builds: {commits} commits, {spawns} processes, {files} file operations");
    assert_eq!(spawns, BUILDS);
    // One that makes and starts it, one that ends it. The worker's session is noted now and then; on a machine that is busy
    // with other things a step's beginning may travel by itself.
    assert!(commits <= 2 * BUILDS + BUILDS / 2, "{commits} commits");
    assert!(files <= FILES_PER_BUILD * (BUILDS + 1), "{files} file operations");
}

/// Entering and leaving the attempt in the slot's record, and looking whether both of its directories are empty.
const FILES_PER_BUILD: u64 = 6;
