//! Reading `/proc`: proc(5), `/proc/PID/stat`, `/proc/PID/environ`, `/proc/loadavg`.

use super::table::Seen;
use crate::environment::MARKER;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::sync::OnceLock;

/// The most of an environment that is searched for the marker; the kernel itself allows a quarter of the
/// stack, usually 2 MiB.
const ENVIRONMENT_BYTES: u64 = 8 << 20;

/// More than a line of `/proc/PID/stat` ever has: 52 numbers and a name of at most 64 bytes.
const STAT_BYTES: usize = 2048;

/// The pids of all processes.
pub(crate) fn pids() -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// What is seen of a process; `None` if there is none of that pid.
pub(crate) fn look(pid: i32) -> Option<Seen> {
    let mut seen = glance(pid)?;
    seen.marker = marker(pid);
    Some(seen)
}

/// The same without its marker, which costs more than all the rest.
pub(crate) fn glance(pid: i32) -> Option<Seen> {
    let mut stat = [0; STAT_BYTES];
    let length = File::open(format!("/proc/{pid}/stat")).ok()?.read(&mut stat).ok()?;
    parse_stat(&String::from_utf8_lossy(&stat[..length]))
}

/// The fields of `/proc/PID/stat`. The second is the program's name in parentheses, in which anything may
/// stand, parentheses and spaces too: what follows is counted from the last one.
fn parse_stat(stat: &str) -> Option<Seen> {
    let pid = stat.split_once(' ')?.0.parse().ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    Some(Seen {
        pid,
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
        marker: None,
    })
}

/// The value of the marker in the environment that the process was started with.
fn marker(pid: i32) -> Option<String> {
    let mut environment = Vec::new();
    File::open(format!("/proc/{pid}/environ"))
        .ok()?
        .take(ENVIRONMENT_BYTES)
        .read_to_end(&mut environment)
        .ok()?;
    let is_marker =
        |pair: &&[u8]| pair.starts_with(MARKER.as_bytes()) && pair.get(MARKER.len()) == Some(&b'=');
    let pair = environment.split(|byte| *byte == 0).find(is_marker)?;
    Some(String::from_utf8_lossy(&pair[MARKER.len() + 1..]).into_owned())
}

/// The process's name and arguments, for messages; its pid alone if they cannot be read.
pub(crate) fn describe(pid: i32) -> String {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    format!("{pid} ({})", name.trim_end())
}

/// The pid that was given last in this pid namespace: the last field of `/proc/loadavg`.
pub(crate) fn last_pid() -> Option<i32> {
    static LOADAVG: OnceLock<Option<File>> = OnceLock::new();
    let file = LOADAVG.get_or_init(|| File::open("/proc/loadavg").ok()).as_ref()?;
    let mut text = [0; 128];
    let length = file.read_at(&mut text, 0).ok()?;
    std::str::from_utf8(&text[..length]).ok()?.split_whitespace().last()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_may_have_any_name() {
        let tail = "S 7 8 9 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0";
        for name in ["sh", "a b", ") S 1 2 3 (", "", "x\u{fffd}"] {
            let seen = parse_stat(&format!("42 ({name}) {tail}")).expect(name);
            assert_eq!(
                (seen.pid, seen.state, seen.parent, seen.session, seen.started),
                (42, 'S', 7, 9, 4711)
            );
        }
        assert_eq!(parse_stat("42 (sh) S 7"), None);
        assert_eq!(parse_stat(""), None);
    }

    #[test]
    fn this_process_is_seen() {
        let us = std::process::id() as i32;
        assert!(pids().contains(&us));
        let seen = look(us).expect("our own process");
        assert!(!seen.is_dead());
        assert_eq!(seen.parent, std::os::unix::process::parent_id() as i32);
    }
}
