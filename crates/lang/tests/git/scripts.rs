//! Runs the scripts of the type.

use super::repository::Repository;
use pikoci_lang::{Command, LoadInput, NoFiles, SourceFile, Value, load};
use serde_json::Value as Json;
use std::process::Stdio;

/// A resource of the type.
pub(crate) struct Git {
    environment: Vec<(String, String)>,
}

/// What a script did.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) work: tempfile::TempDir,
}

impl Git {
    pub(crate) fn of(repository: &Repository) -> Self {
        Self::at(&repository.url())
    }

    /// The same repository through git's own transport, as if it were on another host.
    pub(crate) fn over_a_wire(repository: &Repository) -> Self {
        Self::at(&format!("file://{}", repository.url()))
    }

    pub(crate) fn both(repository: &Repository) -> [Self; 2] {
        [Self::of(repository), Self::over_a_wire(repository)]
    }

    pub(crate) fn at(url: &str) -> Self {
        let environment = vec![("RESOURCE_NAME".to_owned(), "resource".to_owned())];
        Self { environment }.param("url", url)
    }

    pub(crate) fn param(mut self, name: &str, value: &str) -> Self {
        self.environment.push((format!("param_{name}"), value.to_owned()));
        self
    }

    /// Sets a setting of git.
    pub(crate) fn config(mut self, key: &str, value: &str) -> Self {
        let settings = [("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", key), ("GIT_CONFIG_VALUE_0", value)];
        self.environment.extend(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
        self
    }

    pub(crate) fn check(&self, known: Option<&str>) -> Run {
        self.run(|of| of.check.clone(), known)
    }

    pub(crate) fn pull(&self, version: &str) -> Run {
        self.run(|of| of.pull.clone(), Some(version))
    }

    fn run(
        &self,
        which: impl Fn(&pikoci_lang::ResourceType) -> Option<Command>,
        version: Option<&str>,
    ) -> Run {
        let (work, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let argv = argv(which);
        let mut command = std::process::Command::new(&argv[0]);
        command.args(&argv[1..]).env_clear().current_dir(&work).stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", scratch.path());
        command.env("WORKDIR", work.path()).env("SCRATCH", scratch.path());
        command.envs(self.environment.iter().cloned()).envs(version.map(|version| ("version_ref", version)));
        let output = command.output().unwrap();
        Run {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            work,
        }
    }
}

impl Run {
    pub(crate) fn versions(&self) -> Vec<Json> {
        assert_eq!(self.code, 0, "{}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

pub(crate) fn messages(versions: &[Json]) -> Vec<String> {
    versions.iter().map(|version| version["_message"].as_str().unwrap().to_owned()).collect()
}

pub(crate) fn refs(versions: &[Json]) -> Vec<&str> {
    versions.iter().map(|version| version["ref"].as_str().unwrap()).collect()
}

/// The program and arguments of a command of the type.
fn argv(which: impl Fn(&pikoci_lang::ResourceType) -> Option<Command>) -> Vec<String> {
    let text = "resource \"git\" \"resource\" {\n  params {\n    url = \"x\"\n  }\n}\n";
    let files = vec![SourceFile::new("pipeline.hcl", text)];
    let loaded = load(&LoadInput { files, ..LoadInput::default() }, &NoFiles);
    let pipeline = loaded.pipeline.expect("the type loads");
    let command = which(&pipeline.resource_types["git"]).expect("the type has the command");
    let Value::List(args) = &command.params["args"].value else { panic!("args is a list") };
    let path = std::iter::once(&command.params["path"].value);
    path.chain(args.items()).map(|value| value.to_text().unwrap()).collect()
}
