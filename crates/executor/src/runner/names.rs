//! What the names in a template stand for.

use super::place::below;
use super::{Argument, Filled};
use crate::environment::Variables;
use pikoci_plan::plan::Command;

/// What a process's templates may speak of, besides the parameters of its block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    /// `WORKDIR` on this host.
    pub(crate) work: &'a str,
    /// `SCRATCH` on this host.
    pub(crate) scratch: &'a str,
    /// The id of this process, `$step`.
    pub(crate) step: &'a str,
    /// The directory below `WORKDIR` that the step runs in.
    pub(crate) dir: Option<&'a str>,
    /// `CACHE_DIR` on this host, if there is one.
    pub(crate) cache: Option<&'a str>,
    /// This binary on this host, for `$PIKOCI`, if it is known.
    pub(crate) binary: Option<&'a str>,
    /// The build's network, if the process is to join it.
    pub(crate) network: Option<&'a str>,
    /// The variables of its environment, as they are exported to it.
    pub(crate) exported: &'a Variables,
}

/// What one name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    Text(String),
    List(Vec<String>),
    Undefined,
}

impl Names<'_> {
    /// What `name` stands for.
    pub(super) fn meaning(&self, name: &str, filled: &Filled<'_>) -> Meaning {
        match name {
            "env" => {
                Meaning::List(self.exported.keys().flat_map(|key| ["-e".to_owned(), key.clone()]).collect())
            }
            "env_file" => Meaning::Text(self.env_file()),
            "step" => Meaning::Text(self.step.to_owned()),
            "cmd_file" if has_script(filled) => Meaning::Text(self.cmd_file(filled.command)),
            "network" => match self.network {
                Some(network) => Meaning::List(vec!["--network".to_owned(), network.to_owned()]),
                None => Meaning::Undefined,
            },
            "cmd_file" => Meaning::Undefined,
            "mounts" => Meaning::List(self.mounts(filled.command)),
            _ => self.of_parameter(name, filled),
        }
    }

    /// `-v HOST:SEEN` for each place that there is and that the runner says where to see. Nothing writes to our binary.
    fn mounts(&self, command: &Command) -> Vec<String> {
        let mount = |(name, seen): (&String, &String)| {
            let (host, mode) = match name.as_str() {
                "WORKDIR" => (Some(self.work), ""),
                "SCRATCH" => (Some(self.scratch), ""),
                "CACHE_DIR" => (self.cache, ""),
                "PIKOCI" => (self.binary, ":ro"),
                _ => (None, ""),
            };
            host.map(|host| ["-v".to_owned(), format!("{host}:{seen}{mode}")])
        };
        command.mounts.iter().filter_map(mount).flatten().collect()
    }

    fn of_parameter(&self, name: &str, filled: &Filled<'_>) -> Meaning {
        match (filled.params.get(name), name) {
            (Some(Argument::Text(text)), _) => Meaning::Text(text.clone()),
            (Some(Argument::List(list)), _) => Meaning::List(list.clone()),
            (None, "WORKDIR") => Meaning::Text(self.work.to_owned()),
            (None, "SCRATCH") => Meaning::Text(self.scratch.to_owned()),
            (None, "CACHE_DIR") => {
                self.cache.map_or(Meaning::Undefined, |path| Meaning::Text(path.to_owned()))
            }
            (None, "dir") => self.seen_dir(filled.command).map_or(Meaning::Undefined, Meaning::Text),
            (None, _) => Meaning::Undefined,
        }
    }

    /// The step's directory as the process sees it; without `dir` that is `WORKDIR`. `None` if it climbs
    /// out of it.
    pub(super) fn seen_dir(&self, command: &Command) -> Option<String> {
        below(seen("WORKDIR", self.work, command), self.dir.unwrap_or("."))
    }

    /// Where the script stands, as the process sees it.
    fn cmd_file(&self, command: &Command) -> String {
        format!("{}/{}", seen("SCRATCH", self.scratch, command), self.cmd_file_name())
    }

    /// The name of the script in `SCRATCH`.
    pub(crate) fn cmd_file_name(&self) -> String {
        format!("{}.cmd", self.step)
    }

    /// Where the file of variables stands: on this host, where the runner's program reads it.
    fn env_file(&self) -> String {
        format!("{}/{}", self.scratch, self.env_file_name())
    }

    /// The name of the file of variables in `SCRATCH`.
    pub(crate) fn env_file_name(&self) -> String {
        format!("{}.env", self.step)
    }
}

/// Where the process sees one of the directories: at its mount, else where it is on this host.
pub(super) fn seen<'a>(name: &str, host: &'a str, command: &'a Command) -> &'a str {
    command.mounts.get(name).map_or(host, String::as_str)
}

/// The script that the block gave, for `$cmd_file`.
pub(super) fn script<'a>(filled: &'a Filled<'_>) -> Option<&'a str> {
    match filled.params.get("cmd") {
        Some(Argument::Text(script)) => Some(script),
        _ => None,
    }
}

fn has_script(filled: &Filled<'_>) -> bool {
    script(filled).is_some()
}
