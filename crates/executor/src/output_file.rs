//! What a process wrote to `$PIKOCI_OUTPUT`: lines `KEY=VALUE`.

use crate::environment::Variables;
use nix::fcntl::OFlag;
use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The most bytes that such a file may have.
const MOST_BYTES: u64 = 1 << 20;

/// Reads the file; one that is not there is empty. The error is a sentence.
pub(crate) fn read(path: &Path) -> Result<Variables, String> {
    let trouble =
        |why: &dyn std::fmt::Display| format!("what it wrote to $PIKOCI_OUTPUT cannot be read: {why}");
    // A link that a container made would lead us where only we may go, and a FIFO would have us wait.
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let file = match OpenOptions::new().read(true).custom_flags(flags.bits()).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Variables::new()),
        Err(error) => return Err(trouble(&error)),
    };
    if !file.metadata().map_err(|error| trouble(&error))?.is_file() {
        return Err(trouble(&"it is no plain file"));
    }
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| trouble(&error))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err("it wrote more than 1 MiB to $PIKOCI_OUTPUT".to_owned());
    }
    parse(&bytes)
}

/// Blank lines and those that begin with `#` are skipped; of a key given twice the last counts.
fn parse(bytes: &[u8]) -> Result<Variables, String> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| "what it wrote to $PIKOCI_OUTPUT is not UTF-8".to_owned())?;
    let lines = (1..).zip(text.lines());
    let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    lines
        .map(|(number, line)| match line.split_once('=') {
            Some((key, value)) if is_key(key.trim()) => Ok((key.trim().to_owned(), value.to_owned())),
            // The line itself may hold a secret.
            _ => Err(format!("line {number} of what it wrote to $PIKOCI_OUTPUT is not `KEY=VALUE`")),
        })
        .collect()
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && !key.contains(|c: char| c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_keys_and_values() {
        let read =
            parse(b"# made by hand\n\nTAG=v1\n URL = https://x/?a=b \nEMPTY=\nTAG=v2\r\n").expect("read");
        let read: Vec<_> = read.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(read, [("EMPTY", ""), ("TAG", "v2"), ("URL", " https://x/?a=b ")]);
    }

    #[test]
    fn what_is_no_line_of_that_kind_is_told_by_its_number() {
        for (text, part) in [
            (&b"A=1\nhunter2\n"[..], "line 2"),
            (b"=x", "line 1"),
            (b"a b=c", "line 1"),
            (b"\xff=1", "UTF-8"),
        ] {
            let error = parse(text).expect_err("no lines");
            assert!(error.contains(part) && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_empty_and_one_that_is_too_large_an_error() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("output");
        assert_eq!(read(&path), Ok(Variables::new()));
        std::fs::write(&path, vec![b'#'; (1 << 20) + 1]).expect("written");
        assert!(read(&path).is_err());
    }

    #[test]
    fn what_is_no_plain_file_is_neither_followed_nor_waited_for() {
        let directory = tempfile::tempdir().expect("a directory");
        let (link, fifo) = (directory.path().join("link"), directory.path().join("fifo"));
        std::fs::write(directory.path().join("ours"), "A=1\n").expect("written");
        std::os::unix::fs::symlink("ours", &link).expect("made");
        nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRUSR).expect("made");
        assert!(read(&link).is_err() && read(&fifo).is_err() && read(directory.path()).is_err());
    }
}
