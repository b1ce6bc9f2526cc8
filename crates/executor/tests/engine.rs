//! Services in containers where there is no engine, or one that does not do what it should. One test alone: it
//! changes `PATH`.
#![expect(clippy::expect_used, reason = "the helpers of a test may panic")]

mod support;

use pikoci_plan::plan::{BuildPlan, Service};
use pikoci_plan::status::Outcome;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use support::*;

/// A build beside a container, of which there is nothing but the network.
fn in_container() -> BuildPlan {
    let (name, type_name) = ("db".to_owned(), "postgresql".to_owned());
    let service = Service {
        id: 0,
        name,
        type_name,
        params: BTreeMap::new(),
        sensitive: Vec::new(),
        start: None,
        ready_check: None,
        logs: None,
        stop: None,
        isolated: true,
        free_port: false,
        network: true,
        timeout_ms: 0,
    };
    numbered(BuildPlan { services: vec![service], ..plan(vec![task("t", exec("/bin/true", &[]))]) })
}

#[tokio::test]
async fn what_hinders_the_network_is_said_and_nothing_stays() {
    let directory = tempfile::tempdir().expect("a directory");
    // SAFETY: the only test of this binary; nothing else reads the environment now.
    unsafe { std::env::set_var("PATH", directory.path()) };
    let place = Place::new();
    let mut slot = place.slot();
    let plan = in_container();
    let ran = run(&mut slot, work(&plan)).await;
    assert_eq!(ran.outcome(), Outcome::Errored);
    let [_, db, ..] = &ran.story(&plan)[..] else { panic!("{:?}", ran.story(&plan)) };
    let told = "t skipped";
    assert_eq!(db, told);
    let last = ran.story(&plan).pop().expect("told");
    let missing = "db errored: a service of type `postgresql` is a container, and needs Docker on this host (its package is `docker.io` in Debian and Ubuntu): program `docker` was not found in PATH";
    assert!(last.starts_with(missing), "{last}");

    let client = directory.path().join("docker");
    let script = "#!/bin/sh\necho \"$2\" >>\"${0%/*}/log\"; echo \"cannot reach the daemon\" >&2; exit 1\n";
    std::fs::write(&client, script).expect("written");
    std::fs::set_permissions(&client, std::fs::Permissions::from_mode(0o755)).expect("set");
    let ran = run(&mut slot, work(&plan)).await;
    let last = ran.story(&plan).pop().expect("told");
    assert_eq!(
        last,
        "db errored: the build's network could not be made: exit code 1: cannot reach the daemon"
    );
    let asked = std::fs::read_to_string(directory.path().join("log")).expect("written");
    assert_eq!(asked, "create\nrm\n", "it may have been made all the same");
    assert!(ran.executed.problems.is_empty(), "{:?}", ran.executed.problems);
    assert_eq!(std::fs::read_dir(place.path("home/slots/0/stops")).expect("there").count(), 0);
}
