//! Runs the commands of the type.

use super::repository::Repository;
use serde_json::Value as Json;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use tempfile::TempDir;

/// A resource of the type.
#[derive(Clone)]
pub(crate) struct Git {
    environment: Vec<(String, String)>,
    cache: Option<Arc<TempDir>>,
}

/// What a command did.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) work: Arc<TempDir>,
    pub(crate) scratch: TempDir,
}

impl Git {
    pub(crate) fn of(repository: &Repository) -> Self {
        Self::at(&repository.url())
    }

    /// The same repository through git's own transport, as if it were on another host.
    pub(crate) fn over_a_wire(repository: &Repository) -> Self {
        Self::at(&format!("file://{}", repository.url()))
    }

    /// Read where it is, over a wire, and over a wire with a cache.
    pub(crate) fn all(repository: &Repository) -> [Self; 3] {
        [Self::of(repository), Self::over_a_wire(repository), Self::over_a_wire(repository).cached()]
    }

    pub(crate) fn at(url: &str) -> Self {
        let environment = vec![("RESOURCE_NAME".to_owned(), "resource".to_owned())];
        Self { environment, cache: None }.param("url", url)
    }

    pub(crate) fn param(self, name: &str, value: &str) -> Self {
        self.variable(&format!("param_{name}"), value)
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a directory that persists from command to command.
    pub(crate) fn cached(self) -> Self {
        Self { cache: Some(Arc::new(tempfile::tempdir().unwrap())), ..self }
    }

    /// The directory that persists.
    pub(crate) fn cache(&self) -> &Path {
        self.cache.as_ref().unwrap().path()
    }

    /// Sets a setting of git.
    pub(crate) fn config(self, key: &str, value: &str) -> Self {
        self.variable("GIT_CONFIG_COUNT", "1")
            .variable("GIT_CONFIG_KEY_0", key)
            .variable("GIT_CONFIG_VALUE_0", value)
    }

    /// A check that knows the commit.
    pub(crate) fn check(&self, known: Option<&str>) -> Run {
        let version = known.map(|known| ("ref".to_owned(), Json::from(known)));
        self.check_after(&Json::Object(version.into_iter().collect()))
    }

    /// A check that knows the version.
    pub(crate) fn check_after(&self, version: &Json) -> Run {
        self.run("check", version, Arc::new(tempfile::tempdir().unwrap()))
    }

    pub(crate) fn pull(&self, version: &str) -> Run {
        self.pull_version(&serde_json::json!({"ref": version}))
    }

    pub(crate) fn pull_version(&self, version: &Json) -> Run {
        self.run("pull", version, Arc::new(tempfile::tempdir().unwrap()))
    }

    /// A push from where an earlier pull has put things.
    pub(crate) fn push(&self, work: &Arc<TempDir>, put: &[(&str, &str)]) -> Run {
        let put = put.iter().map(|(key, value)| (format!("put_{key}"), (*value).to_owned()));
        let mut git = self.clone();
        git.environment.extend(put);
        git.run("push", &Json::Null, work.clone())
    }

    pub(crate) fn run(&self, name: &str, version: &Json, work: Arc<TempDir>) -> Run {
        let scratch = tempfile::tempdir().unwrap();
        let binary = env!("CARGO_BIN_EXE_pikoci-builtin");
        let mut command = Command::new(binary);
        command.args(["builtin", "git", name]).env_clear().current_dir(work.path()).stdin(Stdio::null());
        command
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", scratch.path())
            .env("PIKOCI", binary);
        command.env("WORKDIR", work.path()).env("SCRATCH", scratch.path());
        command.envs(self.cache.as_ref().map(|cache| ("CACHE_DIR", cache.path())));
        command.envs(self.environment.iter().cloned());
        for (key, value) in version.as_object().into_iter().flatten() {
            command.env(format!("version_{key}"), value.as_str().unwrap());
        }
        let output = command.output().unwrap();
        Run {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            work,
            scratch,
        }
    }
}

impl Run {
    pub(crate) fn versions(&self) -> Vec<Json> {
        assert_eq!(self.code, 0, "{}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    /// That it did what it should.
    pub(crate) fn well(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self
    }

    /// That it failed and said this.
    pub(crate) fn failed(&self, part: &str) {
        assert_eq!(self.code, 1, "{}", self.stdout);
        assert!(self.stderr.contains(part), "{}", self.stderr);
    }
}

pub(crate) fn messages(versions: &[Json]) -> Vec<String> {
    texts(versions, "_message")
}

/// The values of one key; of a version without it, the empty text.
pub(crate) fn texts(versions: &[Json], key: &str) -> Vec<String> {
    versions.iter().map(|version| version[key].as_str().unwrap_or_default().to_owned()).collect()
}

/// A PATH whose `git` writes down how it is called before it does it: each line is the arguments of one.
pub(crate) fn listening_path(directory: &Path, log: &Path) -> String {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::var("PATH").unwrap();
    let real = std::env::split_paths(&path).map(|part| part.join("git")).find(|git| git.is_file()).unwrap();
    let script = format!("#!/bin/sh\necho \"$*\" >>'{}'\nexec '{}' \"$@\"\n", log.display(), real.display());
    std::fs::write(directory.join("git"), script).unwrap();
    std::fs::set_permissions(directory.join("git"), std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{path}", directory.display())
}
