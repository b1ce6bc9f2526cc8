//! Work directories: one owner at a time, and nothing left of a dead one.
#![expect(clippy::expect_used, reason = "the helpers of a test may panic")]

mod support;

use pikoci_executor::{Cancel, Home, HomeError, Settings, execute};
use pikoci_plan::plan::Step;
use pikoci_plan::status::Outcome;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use support::*;
use tokio::sync::{mpsc, watch};

fn open(path: &Path) -> Result<Home, HomeError> {
    Home::open(path, Settings::default())
}

#[test]
fn a_home_has_one_owner_an_id_and_numbered_sessions() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("deep/home");
    let home = open(&path).expect("opened");
    assert_eq!((home.session(), home.rebooted()), (1, false));
    let id = home.id().clone();
    match open(&path) {
        Err(HomeError::Locked { holder, .. }) => assert_eq!(holder, std::process::id().to_string()),
        other => panic!("it is in use: {other:?}"),
    }
    let slot = home.slot(0).expect("a slot");
    assert!(matches!(home.slot(0), Err(HomeError::SlotTaken(0))));
    drop(home);
    assert!(matches!(open(&path), Err(HomeError::Locked { .. })), "a slot keeps it");
    drop(slot);
    let home = open(&path).expect("opened");
    assert_eq!((home.session(), home.id()), (3, &id));
    assert!(home.swept().is_nothing(), "{:?}", home.swept());
    drop(home);
    let session = path.join("session");
    std::fs::write(&session, "2 another-boot\n").expect("written");
    let home = open(&path).expect("opened");
    assert_eq!((home.session(), home.rebooted()), (3, true));
    drop(home);
    std::fs::write(&session, "garbage").expect("written");
    assert!(matches!(open(&path), Err(HomeError::Io { .. })), "a number is not guessed");
}

#[tokio::test]
async fn a_slot_is_cleaned_whatever_a_build_made_of_it() {
    let place = Place::new();
    let mut slot = place.slot();
    let outside = place.path("outside");
    std::fs::create_dir(&outside).expect("made");
    std::fs::write(outside.join("precious"), "").expect("written");
    let scripts = [
        "mkdir -p a/b/c; touch a/b/c/f; chmod 0 a/b a".to_owned(),
        "rm -rf \"$WORKDIR\" \"$SCRATCH\"".to_owned(),
        "rm -rf \"$WORKDIR/..\"; rm -rf \"$(dirname \"$WORKDIR\")\"".to_owned(),
        "rm -rf \"$WORKDIR\"; echo file >\"$WORKDIR\"".to_owned(),
        format!("rm -rf \"$WORKDIR\"; ln -s '{}' \"$WORKDIR\"", outside.display()),
        "chmod 0 \"$WORKDIR\"".to_owned(),
        "touch -- '-x' 'a b' \"$(printf 'new\\nline')\"; mkfifo fifo".to_owned(),
    ];
    for script in scripts {
        run(&mut slot, build(vec![task("t", sh(&script))])).await;
        let look = "pwd; ls -A . \"$SCRATCH\"; test -d \"$WORKDIR\"; ! test -L \"$WORKDIR\"";
        let ran = run(&mut slot, build(vec![task("t", sh(look))])).await;
        assert_eq!(ran.outcome(), Outcome::Succeeded, "after {script}: {:?}", ran.steps());
        assert_eq!(
            ran.text(0).lines().filter(|line| !line.is_empty()).count(),
            3,
            "after {script}: {}",
            ran.text(0)
        );
    }
    assert!(outside.join("precious").exists());
}

#[tokio::test]
async fn an_attempt_is_on_record_until_it_is_cleared() {
    let place = Place::new();
    let mut slot = place.slot();
    let (sender, mut receiver) = mpsc::channel(16);
    let (_cancel, cancelled) = watch::channel(Cancel::No);
    let id = attempt();
    let work = build(vec![task("t", sh("true"))]);
    let listen = async { while receiver.recv().await.is_some() {} };
    tokio::join!(execute(&mut slot, &id, work, sender, cancelled), listen);
    drop(slot);
    let path = place.home.path().to_owned();
    drop(place.home);
    let home = open(&path).expect("opened");
    assert_eq!(home.unfinished(), std::slice::from_ref(&id));
    home.clear(&id).expect("cleared");
    drop(home);
    assert!(open(&path).expect("opened").unfinished().is_empty());
}

/// Where a helper process works: a directory, or, as `temporary:DIR`, a temporary one below it.
const HELPER_HOME: &str = "PIKOCI_TEST_HELPER_HOME";

/// The id of the attempt that a helper runs.
const HELPER_ATTEMPT: &str = "helpers-attempt";

/// No test but another process of this program, which the tests below start and kill: holds a home and runs
/// a build in it for ever.
#[tokio::test]
async fn helper() {
    let Ok(home) = std::env::var(HELPER_HOME) else { return };
    let home = match home.strip_prefix("temporary:") {
        Some(base) => Home::temporary(Path::new(base), Settings::default()),
        None => open(Path::new(&home)),
    };
    let home = home.expect("a home");
    let mut slot = home.slot(0).expect("a slot");
    let (sender, mut receiver) = mpsc::channel(16);
    let (_cancel, cancelled) = watch::channel(Cancel::No);
    let work = build(vec![helpers_step(&home)]);
    let listen = async { while receiver.recv().await.is_some() {} };
    let id = HELPER_ATTEMPT.into();
    tokio::join!(execute(&mut slot, &id, work, sender, cancelled), listen);
}

/// The file beside a home that a helper's build, or its `stop`, writes to.
fn beside(home: &Path, what: &str) -> PathBuf {
    let name = home.file_name().and_then(|name| name.to_str()).expect("text");
    home.with_file_name(format!("{name}-{what}"))
}

/// Leaves processes and files, and has a `stop`. One more process clears its environment and leads a session of its
/// own, if the file for its pid is there.
fn helpers_step(home: &Home) -> Step {
    let [pids, stopped] = ["pids", "stopped"].map(|what| beside(home.path(), what).display().to_string());
    let hidden = beside(home.path(), "hidden");
    let hide = match hidden.exists() {
        true => format!(r#"(env -i setsid sh -c "$report" '{}' >/dev/null 2>&1 &)"#, hidden.display()),
        false => String::new(),
    };
    let script = format!(
        r#"
        report='echo $$ >>"$0"; exec sleep 1000'
        touch file
        sh -c "$report" '{pids}' &
        (setsid sh -c "$report" '{pids}' &)
        (setsid sh -c 'trap "" TERM; echo $$ >>"$0"; env -i sleep 1000; sleep 1000' '{pids}' &)
        {hide}
        sleep 1000
        "#
    );
    let mut command = sh(&script);
    command.stop = Some(template("/bin/sh", &["-c", &format!("echo \"$0\" >>'{stopped}'"), "$step"]));
    task("t", command)
}

fn start_helper(home: &str) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "helper"])
        .env(HELPER_HOME, home)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started")
}

fn kill_9(mut helper: Child) {
    helper.kill().expect("killed");
    helper.wait().expect("reaped");
}

#[tokio::test]
async fn what_a_killed_owner_left_is_swept_at_the_next_opening() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("home");
    let helper = start_helper(path.to_str().expect("text"));
    let pids = pids(&beside(&path, "pids"), 3).await;
    assert!(matches!(open(&path), Err(HomeError::Locked { .. })), "a living neighbour's is not touched");
    assert_eq!(pids.iter().filter(|pid| !is_alive(**pid)).count(), 0);
    kill_9(helper);
    assert_eq!(pids.iter().filter(|pid| !is_alive(**pid)).count(), 0, "they live on without it");
    assert!(path.join("slots/0/work/file").exists());

    let home = open(&path).expect("opened");
    assert_eq!(pids.iter().filter(|pid| is_alive(**pid)).count(), 0);
    assert_eq!(home.unfinished(), [HELPER_ATTEMPT.into()]);
    assert_eq!(home.session(), 3);
    assert!(home.swept().problems.is_empty(), "{:?}", home.swept());
    let stopped = std::fs::read_to_string(beside(&path, "stopped")).expect("stop ran");
    assert_eq!(stopped, format!("pikoci-{HELPER_ATTEMPT}-0\n"));
    assert_eq!(std::fs::read_dir(path.join("slots/0/work")).expect("there").count(), 0);
    let mut slot = home.slot(0).expect("a slot");
    assert_eq!(run(&mut slot, build(vec![task("t", sh("true"))])).await.outcome(), Outcome::Succeeded);
}

#[tokio::test]
async fn a_process_of_a_killed_owner_that_hides_is_swept_where_there_are_cgroups() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("home");
    let file = beside(&path, "hidden");
    std::fs::write(&file, "").expect("written");
    let helper = start_helper(path.to_str().expect("text"));
    let hidden = pids(&file, 1).await[0];
    let is_confined = is_confined(hidden);
    kill_9(helper);
    assert!(is_alive(hidden));
    let home = open(&path).expect("opened");
    if is_confined {
        assert!(!is_alive(hidden), "{:?}", home.swept());
    } else {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(hidden), nix::sys::signal::Signal::SIGKILL)
            .expect("nobody else ends it");
    }
}

#[tokio::test]
async fn any_pikoci_that_starts_sweeps_a_dead_one_and_no_living_one() {
    let directory = tempfile::tempdir().expect("a directory");
    let made = |name: &str| {
        let path = directory.path().join(name).join("home");
        std::fs::create_dir(directory.path().join(name)).expect("made");
        (path.clone(), start_helper(path.to_str().expect("text")))
    };
    let (dead, helper) = made("dead");
    let (living, neighbour) = made("living");
    let dead_pids = pids(&beside(&dead, "pids"), 3).await;
    let living_pids = pids(&beside(&living, "pids"), 3).await;
    kill_9(helper);
    let _elsewhere = open(&directory.path().join("elsewhere")).expect("opened");
    // Another test of this program may be sweeping it just now, which holds its lock.
    until("the dead one's processes are gone", || dead_pids.iter().all(|pid| !is_alive(*pid))).await;
    until("its stop has run", || beside(&dead, "stopped").exists()).await;
    until("its directory is empty", || !dead.join("slots/0/work/file").exists()).await;
    assert_eq!(living_pids.iter().filter(|pid| !is_alive(**pid)).count(), 0);
    assert!(!beside(&living, "stopped").exists() && living.join("slots/0/work/file").exists());
    kill_9(neighbour);
    let home = open(&living).expect("opened");
    assert_eq!(home.unfinished(), [HELPER_ATTEMPT.into()], "what is to be delivered is not swept");
    until("its processes are gone", || living_pids.iter().all(|pid| !is_alive(*pid))).await;
}

#[tokio::test]
async fn a_temporary_home_is_emptied_by_its_owner_or_by_the_next_and_used_again() {
    let base = tempfile::tempdir().expect("a directory");
    let temporary = || Home::temporary(base.path(), Settings::default());
    let home = temporary().expect("opened");
    let path = home.path().to_owned();
    assert!(path.starts_with(base.path().canonicalize().expect("there")));
    let mut slot = home.slot(0).expect("a slot");
    run(&mut slot, build(vec![task("t", sh("touch file"))])).await;
    drop((slot, home));
    assert_eq!(files_below(base.path()), Vec::<PathBuf>::new());
    assert_eq!(temporary().expect("opened").path(), path, "it is used again");

    let helper = start_helper(&format!("temporary:{}", base.path().display()));
    let run_directory = path.parent().expect("it has one").to_owned();
    let killed = pids(&beside(&path, "pids"), 3).await;
    let survivor = start_helper(&format!("temporary:{}", base.path().display()));
    let others = || homes(&run_directory).into_iter().find(|home| *home != path);
    until("the other has a home", || others().is_some_and(|home| beside(&home, "pids").exists())).await;
    let other = others().expect("it is there");
    let living = pids(&beside(&other, "pids"), 3).await;
    let neighbour = temporary().expect("opened");
    assert!(neighbour.path() != path && neighbour.path() != other);
    let count = |pids: &[i32]| pids.iter().filter(|pid| is_alive(**pid)).count();
    assert_eq!((count(&killed), count(&living)), (3, 3), "a living neighbour's is not touched");
    kill_9(helper);
    let next = temporary().expect("opened");
    assert_eq!((next.path(), next.swept().stops), (path.as_path(), 1));
    assert_eq!((count(&killed), count(&living)), (0, 3));
    assert!(!path.join("slots/0/work/file").exists() && other.join("slots/0/work/file").exists());
    assert!(beside(&path, "stopped").exists() && !beside(&other, "stopped").exists());
    kill_9(survivor);
    drop((neighbour, next));
    let _one = temporary().expect("opened");
    assert_eq!(count(&living), 0);
    assert_eq!(homes(&run_directory).len(), 1, "more than one free is not kept");
}

/// The temporary homes in a directory.
fn homes(run: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(run).expect("there").flatten().map(|entry| entry.path());
    entries.filter(|path| path.is_dir()).collect()
}

/// All that is no directory below one.
fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("there").flatten().map(|entry| entry.path());
    let (directories, mut files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    files.extend(directories.iter().flat_map(|directory| files_below(directory)));
    files
}

#[test]
fn another_user_s_directory_is_refused() {
    if !nix::unistd::Uid::effective().is_root() {
        return; // only root can make one
    }
    let base = tempfile::tempdir().expect("a directory");
    let theirs = base.path().join(format!("pikoci-{}", nix::unistd::Uid::effective()));
    std::fs::create_dir(&theirs).expect("made");
    std::os::unix::fs::chown(&theirs, Some(65_534), Some(65_534)).expect("changed");
    let opened = Home::temporary(base.path(), Settings::default());
    assert!(matches!(opened, Err(HomeError::NotOurs { owner: 65_534, .. })), "{opened:?}");
}
