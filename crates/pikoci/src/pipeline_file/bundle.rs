//! What a pipeline was loaded from, so that a server can load the same: its files, what they read, and the values
//! of its variables.

use super::files::OnDisk;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pikoci_lang::{Files, Pipeline, ReadError, Variable};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The API's limit for a bundle, in bytes of its JSON.
pub(crate) const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Files by their paths below the pipeline's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bundle {
    files: BTreeMap<String, Vec<u8>>,
    /// Which of them is the pipeline; `.` for all `*.hcl` at the top.
    config: String,
}

impl Bundle {
    /// A pipeline's own files, and those that it read.
    pub(super) fn new(
        config: String,
        own: BTreeMap<String, Vec<u8>>,
        read: BTreeMap<String, Vec<u8>>,
    ) -> Self {
        let mut files = read;
        files.extend(own);
        Self { files, config }
    }

    /// The body of the request that sets the pipeline.
    pub(crate) fn request(&self, pipeline: &Pipeline) -> Value {
        let files: Map<_, _> = self.files.iter().map(|(path, bytes)| (path.clone(), file(bytes))).collect();
        let given = |variable: &Variable| {
            let value = variable.given.as_ref()?.value.clone()?;
            Some((variable.name.clone(), value))
        };
        let vars: Map<_, _> = pipeline.variables.iter().filter_map(given).collect();
        json!({ "files": files, "config": self.config, "vars": vars })
    }
}

fn file(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => json!({ "text": text }),
        Err(_) => json!({ "base64": STANDARD.encode(bytes) }),
    }
}

/// Keeps what a pipeline reads.
#[derive(Debug)]
pub(super) struct Recorder<'a> {
    disk: &'a OnDisk,
    read: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl<'a> Recorder<'a> {
    /// For a pipeline on disk.
    pub(super) fn new(disk: &'a OnDisk) -> Self {
        Self { disk, read: Mutex::default() }
    }

    /// All that was read, by its path. Of what was only found by a pattern the path is all that counts: it is empty.
    pub(super) fn into_read(self) -> BTreeMap<String, Vec<u8>> {
        self.read.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files for Recorder<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let bytes = self.disk.read(path)?;
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), bytes.clone());
        Ok(bytes)
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, ReadError> {
        self.disk.list(directory)
    }

    fn picked(&self, paths: &[&str]) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        for path in paths {
            read.entry((*path).to_owned()).or_default();
        }
    }

    fn fetch(&self, source: &str, checksum: Option<&str>) -> Result<Vec<u8>, ReadError> {
        self.disk.fetch(source, checksum)
    }
}

#[cfg(test)]
mod tests {
    use crate::pipeline_file::load_from_disk;
    use crate::variables::VarArgs;
    use serde_json::{Value, json};
    use std::fs;

    const PIPELINE: &str = r#"
        variable "tag" { default = "x" }
        locals { names = [for name in fileset("texts", "*.txt") : name] }
        job "test" {
          task "a" {
            run "shell" {
              cmd = join(" ", concat([file("a.sh"), fileexists("none"), var.tag], local.names))
            }
          }
        }
    "#;

    fn request(path: &str) -> Value {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("texts")).unwrap();
        for (name, text) in [
            ("pipeline.hcl", PIPELINE),
            ("a.sh", "echo"),
            ("other.sh", "echo"),
            ("texts/a.txt", "large"),
            ("texts/b.md", ""),
        ] {
            fs::write(dir.path().join(name), text).unwrap();
        }
        let loaded = load_from_disk(Some(&dir.path().join(path)), Some("shop"), &VarArgs::default()).unwrap();
        let bundle = loaded.bundle.clone();
        bundle.request(&loaded.pipeline().unwrap())
    }

    #[test]
    fn it_holds_what_was_read_and_no_more() {
        let files = json!({ "a.sh": { "text": "echo" }, "pipeline.hcl": { "text": PIPELINE },
            "texts/a.txt": { "text": "" } });
        let expected = json!({ "files": files, "config": "pipeline.hcl", "vars": {} });
        assert_eq!(request("pipeline.hcl"), expected);
        assert_eq!(request("")["config"], json!("."));
    }
}
