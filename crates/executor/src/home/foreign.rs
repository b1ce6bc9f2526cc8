//! Emptying directories in which a container has left files of another user, who is not us: the engine that
//! let it write there can also remove them.
//!
//! No image is needed for that. One without any file is made, and of the host's programs it sees `rm`.

use crate::environment::{self, Variables};
use crate::files;
use crate::process::bounded;
use crate::process::host::{Group, Running};
use crate::process::prepared::Prepared;
use nix::unistd::Uid;
use std::ffi::CString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the engine may take for one thing.
const PATIENCE: Duration = Duration::from_secs(60);

/// A tar archive without any file: two blocks of zeros.
const EMPTY_ARCHIVE: [u8; 1024] = [0; 1024];

/// Where the host's programs are, and what they need to run.
const PROGRAMS: [&str; 5] = ["/bin", "/lib", "/lib64", "/usr", "/nix/store"];

/// Removes what is in the directory; if the engine had to help, the directory too. What could not be removed is
/// told in sentences, of which none means that all is gone.
pub(super) fn empty(directory: &Path) -> Vec<String> {
    let mut left = files::empty(directory);
    if !left.is_empty() && holds_foreign(directory) {
        match Helper::new(directory).and_then(|helper| helper.remove()) {
            Ok(()) => left.clear(),
            Err(problem) => {
                left.push(format!("the container engine could not remove what is another user's: {problem}"));
            }
        }
    }
    left
}

/// Whether the directory, or anything in it that we can see, is another user's, and that keeps us from removing
/// it.
fn holds_foreign(directory: &Path) -> bool {
    let us = Uid::effective();
    let mut paths = vec![directory.to_owned()];
    while let Some(path) = paths.pop().filter(|_| !us.is_root()) {
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        if metadata.uid() != us.as_raw() {
            return true;
        }
        if metadata.is_dir() {
            paths.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        }
    }
    false
}

/// A container that removes one directory.
struct Helper<'a> {
    parent: &'a Path,
    name: &'a str,
    /// The container's and the image's name, and that of a file beside the directory: what the image is made of, and
    /// by which the container knows that the engine's directory of that path is ours, not another machine's.
    token: String,
    environment: Vec<CString>,
    group: Group,
    _running: Running,
}

impl<'a> Helper<'a> {
    fn new(directory: &'a Path) -> Result<Self, String> {
        let parent = directory.parent().filter(|parent| parent.to_str().is_some());
        let name = directory.file_name().and_then(|name| name.to_str());
        let (Some(parent), Some(name)) = (parent, name) else { return Err("its path is no text".to_owned()) };
        let token = format!("pikoci-removes-{}", ulid::Ulid::generate()).to_lowercase();
        let inherited = environment::inherited(std::env::vars_os(), &[]);
        let environment = environment::assemble(&inherited, &Variables::new(), &Variables::new()).pairs;
        let running = Running::begin(token.clone());
        Ok(Self { parent, name, token, environment, group: running.group(), _running: running })
    }

    fn remove(&self) -> Result<(), String> {
        let file = self.parent.join(&self.token);
        fs::write(&file, EMPTY_ARCHIVE).map_err(|error| format!("{}: {error}", file.display()))?;
        let removed = self.with_image(&file);
        // What stays is a kilobyte, which the next sweep removes.
        let _ = fs::remove_file(&file);
        removed
    }

    fn with_image(&self, archive: &Path) -> Result<(), String> {
        self.docker(&["import", &archive.to_string_lossy(), &self.token])?;
        let removed = self.in_container();
        if removed.is_err() {
            // It may be there, and at work; if it is not, there is nothing to say.
            let _ = self.docker(&["rm", "-f", &self.token]);
        }
        removed.and(self.docker(&["rmi", "-f", &self.token]))
    }

    fn in_container(&self) -> Result<(), String> {
        let target = format!("type=bind,source={},target=/slot", self.parent.display());
        let programs = PROGRAMS.into_iter().filter(|path| Path::new(path).is_dir());
        let programs = programs.map(|path| format!("type=bind,source={path},target={path},readonly"));
        let mounts: Vec<String> = programs.chain([target]).collect();
        let mut arguments = vec!["run", "--rm", "--name", &self.token, "--network=none"];
        arguments.extend(mounts.iter().flat_map(|mount| ["--mount", mount.as_str()]));
        let script = r#"test -f "/slot/$0" && exec rm -rf -- "/slot/$1""#;
        arguments.extend([self.token.as_str(), "/bin/sh", "-c", script, &self.token, self.name]);
        self.docker(&arguments)
    }

    fn docker(&self, arguments: &[&str]) -> Result<(), String> {
        let argv: Vec<String> = ["docker"].iter().chain(arguments).map(|text| (*text).to_owned()).collect();
        let command = Prepared::new(&argv, self.environment.clone(), &PathBuf::from("/"))?;
        let what = arguments.first().unwrap_or(&"");
        bounded::run(&command, &self.group, PATIENCE).map_err(|problem| format!("`docker {what}`: {problem}"))
    }
}
