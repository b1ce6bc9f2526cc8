//! The files of a bundle, as the language reads them.

use super::error::BundleError;
use super::{Sources, is_part};
use pikoci_lang::{Diagnostic, Files, MAX_FILE_BYTES, ReadError, SourceFile};
use std::collections::BTreeMap;

/// The directory of a pipeline within its bundle (empty, or with `/` at its end), and its files in the order in which
/// they count as one.
pub(super) fn parts(
    files: &BTreeMap<String, Vec<u8>>,
    config: &str,
) -> Result<(String, Vec<SourceFile>), BundleError> {
    let config = config.trim_end_matches('/');
    let config = if config == "." { "" } else { config.trim_start_matches("./") };
    if let Some(bytes) = files.get(config) {
        let directory =
            config.rsplit_once('/').map_or(String::new(), |(directory, _)| format!("{directory}/"));
        return Ok((directory, vec![SourceFile::new(config, bytes.as_slice())]));
    }
    let directory = if config.is_empty() { String::new() } else { format!("{config}/") };
    let parts: Vec<_> = files
        .iter()
        .filter(|(path, _)| {
            path.strip_prefix(&directory).is_some_and(|name| !name.contains('/') && is_part(name))
        })
        .map(|(path, bytes)| SourceFile::new(path.as_str(), bytes.as_slice()))
        .collect();
    match parts.is_empty() {
        false => Ok((directory, parts)),
        true if config.is_empty() => {
            Err(BundleError::Bundle("the bundle holds no file that ends in .hcl in its top directory".into()))
        }
        true => {
            Err(BundleError::Bundle(format!("the bundle holds no `{config}`, and no *.hcl files below it")))
        }
    }
}

/// What a pipeline reads: files below its directory in the bundle, and texts of types at addresses.
pub(super) struct InBundle {
    files: BTreeMap<String, Vec<u8>>,
    directory: String,
    sources: Sources,
}

impl InBundle {
    pub(super) fn new(files: BTreeMap<String, Vec<u8>>, directory: String, sources: Sources) -> Self {
        Self { files, directory, sources }
    }

    pub(super) fn into_warnings(self) -> Vec<Diagnostic> {
        self.sources.into_warnings()
    }
}

impl Files for InBundle {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match self.files.get(&format!("{}{path}", self.directory)) {
            None => Err(ReadError::NotFound),
            Some(bytes) if bytes.len() > MAX_FILE_BYTES => Err(ReadError::Other("it is over 1 MiB".into())),
            Some(bytes) => Ok(bytes.clone()),
        }
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, ReadError> {
        let below = self.files.keys().filter_map(|path| path.strip_prefix(&self.directory));
        Ok(below.filter(|path| path.starts_with(directory)).map(str::to_owned).collect())
    }

    fn fetch(&self, source: &str, checksum: Option<&str>) -> Result<Vec<u8>, ReadError> {
        self.sources.fetch(source, checksum)
    }
}
