//! A cgroup around the processes of a slot, where this machine lets us make one: none can leave it, whatever it
//! forgets of where it came from. See cgroups(7), and cgroup-v2 in the kernel's documentation.
//!
//! Only membership is used, no controller. It is made below our own cgroup, so that limits which hold for us hold
//! for it. Without one everything works, but for finding what has hidden every other trace.

use super::clone::IS_SUPPORTED;
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::Duration;

/// How often it is tried to remove one whose processes were killed, and the pause between.
const TRIES: u32 = 200;
const PAUSE: Duration = Duration::from_millis(5);

/// A cgroup, and a descriptor of its directory.
#[derive(Debug)]
pub(crate) struct Cgroup {
    path: PathBuf,
    directory: File,
}

impl Cgroup {
    /// The cgroup of a slot of the home with that id; `None` where there can be none.
    pub(crate) fn make(home: &str, slot: u32) -> Option<Self> {
        let path = own()?.join(format!("{}{slot}", prefix(home)));
        match fs::create_dir(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return None,
            _ => {}
        }
        // Kernels before 5.14 cannot kill one.
        let directory = File::open(&path).ok().filter(|_| path.join("cgroup.kill").exists());
        if directory.is_none() {
            let _ = fs::remove_dir(&path);
        }
        Some(Self { path, directory: directory? })
    }

    /// Its directory.
    pub(super) fn directory(&self) -> BorrowedFd<'_> {
        self.directory.as_fd()
    }

    /// The pids of its processes.
    pub(super) fn pids(&self) -> Vec<i32> {
        pids(&self.path)
    }

    /// Removes it, and kills what is still in it. `false`: something in it cannot be ended.
    pub(crate) fn remove(&self) -> bool {
        remove(&self.path)
    }
}

/// The cgroups that dead owners of the home have left for its slots. Their session may have run elsewhere in the
/// hierarchy than we do; and one that is where we would make it is not looked for, since a directory that
/// changes meanwhile may be listed without it.
pub(crate) fn left_by(home: &str, slots: impl Iterator<Item = u32>) -> Vec<PathBuf> {
    let prefix = prefix(home);
    let here = own().map(|own| slots.map(|slot| own.join(format!("{prefix}{slot}"))).collect());
    let here: Vec<PathBuf> = here.unwrap_or_default();
    let is_of_home = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(&prefix))
    };
    let all = hierarchy().map_or_else(Vec::new, below).into_iter().filter(is_of_home);
    let elsewhere: Vec<PathBuf> = all.filter(|path| !here.contains(path)).collect();
    here.into_iter().filter(|path| path.exists()).chain(elsewhere).collect()
}

/// The pids of the processes in a cgroup and those below it.
pub(crate) fn pids(path: &Path) -> Vec<i32> {
    let inner = below(path);
    let text = inner.iter().map(PathBuf::as_path).chain([path]).map(|path| path.join("cgroup.procs"));
    let text: String = text.filter_map(|file| fs::read_to_string(file).ok()).collect();
    text.lines().filter_map(|line| line.parse().ok()).collect()
}

/// Removes a cgroup with those below it, and kills what is in them. `false`: something cannot be ended.
pub(crate) fn remove(path: &Path) -> bool {
    if is_removed(path) {
        return true;
    }
    let _ = fs::write(path.join("cgroup.kill"), "1"); // if it cannot be, the next line finds out
    (0..TRIES).any(|_| {
        sleep(PAUSE);
        is_removed(path)
    })
}

/// Whether it is gone, once everything below it was removed.
fn is_removed(path: &Path) -> bool {
    if fs::remove_dir(path).is_ok() || !path.exists() {
        return true;
    }
    for inner in below(path) {
        let _ = fs::remove_dir(inner); // that of `path` tells
    }
    fs::remove_dir(path).is_ok()
}

/// All cgroups below one, the deepest first.
fn below(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut next = vec![path.to_owned()];
    while let Some(path) = next.pop() {
        let entries = fs::read_dir(&path).into_iter().flatten().flatten();
        let inner = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        let inner: Vec<PathBuf> = inner.map(|entry| entry.path()).collect();
        next.extend(inner.iter().cloned());
        found.extend(inner);
    }
    found.reverse();
    found
}

fn prefix(home: &str) -> String {
    format!("pikoci-{home}-")
}

/// Where the hierarchy is mounted.
fn hierarchy() -> Option<&'static Path> {
    static ROOT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || mount_point(&fs::read_to_string("/proc/self/mountinfo").ok()?);
    ROOT.get_or_init(find).as_deref().filter(|_| IS_SUPPORTED)
}

/// The directory of the cgroup that we are in.
fn own() -> Option<PathBuf> {
    let root = hierarchy()?;
    let cgroups = fs::read_to_string("/proc/self/cgroup").ok()?;
    Some(root.join(own_path(&cgroups)?))
}

/// Where cgroup2 is mounted, by `/proc/self/mountinfo` (proc_pid_mountinfo(5)): the mount's root in the file system
/// is the fourth field, where it is mounted the fifth, its type the first after `-`. A mount of a part of it does
/// not show where we are.
fn mount_point(mountinfo: &str) -> Option<PathBuf> {
    mountinfo.lines().find_map(|line| {
        let (mount, file_system) = line.split_once(" - ")?;
        let mut fields = mount.split(' ').skip(3);
        let is_whole = fields.next() == Some("/");
        let at = fields.next()?;
        (is_whole && file_system.starts_with("cgroup2 ") && !at.contains('\\')).then(|| PathBuf::from(at))
    })
}

/// The path of our cgroup below the root, by `/proc/self/cgroup`: the line of hierarchy 0.
fn own_path(cgroups: &str) -> Option<&str> {
    cgroups.lines().find_map(|line| line.strip_prefix("0::/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hierarchy_is_found_in_what_the_kernel_says() {
        let hybrid = "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n\
            32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n\
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw\n";
        assert_eq!(mount_point(hybrid), Some(PathBuf::from("/sys/fs/cgroup/unified")));
        let part = "30 23 0:26 /docker/x /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
        assert_eq!((mount_point(part), mount_point("")), (None, None));
        assert_eq!(own_path("9:name=systemd:/\n0::/user.slice/a.scope\n"), Some("user.slice/a.scope"));
        assert_eq!((own_path("0::/\n"), own_path("4:memory:/x\n")), (Some(""), None));
    }
}
