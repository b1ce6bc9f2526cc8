//! What a pipeline on disk may read: files below its directory, and texts of types at addresses.

use super::{read_bounded, terminal};
use pikoci_lang::{Diagnostic, Files, MAX_FILE_BYTES, ReadError};
use pikoci_server::bundle::Sources;
use pikoci_source::{Policy, default_cache};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// So many files are listed.
const MOST_FILES: usize = 10_000;

/// Reads what a pipeline names.
#[derive(Debug)]
pub(super) struct OnDisk {
    /// Without symbolic links in it.
    directory: PathBuf,
    sources: Sources,
}

impl OnDisk {
    /// What the pipeline in a directory reads.
    ///
    /// # Errors
    /// The directory is not there.
    pub(super) fn new(directory: &Path) -> io::Result<Self> {
        // Whoever loads a pipeline from disk owns the machine.
        let sources = Sources::new(Policy::OWN).with_cache(default_cache());
        Ok(Self { directory: directory.canonicalize()?, sources })
    }

    /// What is to be said of texts that were read, but not as they should.
    pub(super) fn into_warnings(self) -> Vec<Diagnostic> {
        let mut warnings = self.sources.into_warnings();
        for warning in &mut warnings {
            warning.message = terminal::clean(&warning.message).into_owned();
        }
        warnings
    }
}

impl Files for OnDisk {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let other = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => ReadError::NotFound,
            _ => ReadError::Other(error.to_string()),
        };
        let file = self.directory.join(path).canonicalize().map_err(other)?;
        if !file.starts_with(&self.directory) {
            return Err(ReadError::Other("it is a link that leaves the pipeline's directory".into()));
        }
        match read_bounded(&file).map_err(other)? {
            bytes if bytes.len() > MAX_FILE_BYTES => Err(ReadError::Other("it is over 1 MiB".into())),
            bytes => Ok(bytes),
        }
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, ReadError> {
        let mut found = Vec::new();
        let mut open = vec![directory.trim_end_matches('/').to_owned()];
        while let Some(below) = open.pop() {
            let entries = match fs::read_dir(self.directory.join(&below)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries.map_err(|error| ReadError::Other(error.to_string()))?,
            };
            for entry in entries {
                let entry = entry.map_err(|error| ReadError::Other(error.to_string()))?;
                let kind = entry.file_type().map_err(|error| ReadError::Other(error.to_string()))?;
                // What no pipeline can name is left out.
                let Ok(name) = entry.file_name().into_string() else { continue };
                let path = if below.is_empty() { name } else { format!("{below}/{name}") };
                match kind.is_dir() {
                    true => open.push(path),
                    false => found.push(path),
                }
            }
            if found.len() + open.len() > MOST_FILES {
                return Err(ReadError::Other(format!("there are more than {MOST_FILES} files")));
            }
        }
        Ok(found)
    }

    fn fetch(&self, source: &str, checksum: Option<&str>) -> Result<Vec<u8>, ReadError> {
        self.sources.fetch(source, checksum).map_err(|error| match error {
            ReadError::NotFound => ReadError::NotFound,
            ReadError::Other(why) => ReadError::Other(terminal::clean(&why).into_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn files_are_read_below_the_directory_only() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "s").unwrap();
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("types")).unwrap();
        fs::write(dir.path().join("types/git.hcl"), "T").unwrap();
        symlink(outside.path().join("secret"), dir.path().join("out")).unwrap();
        symlink("types/git.hcl", dir.path().join("in")).unwrap();
        fs::write(dir.path().join("large"), vec![b'x'; MAX_FILE_BYTES + 1]).unwrap();
        let files = OnDisk::new(dir.path()).unwrap();
        assert_eq!(files.read("types/git.hcl"), Ok(b"T".to_vec()));
        assert_eq!(files.read("in"), Ok(b"T".to_vec()));
        assert_eq!(files.read("none"), Err(ReadError::NotFound));
        let mut listed = files.list("").unwrap();
        listed.sort();
        assert_eq!(listed, ["in", "large", "out", "types/git.hcl"]);
        assert_eq!(files.list("types/"), Ok(vec!["types/git.hcl".to_owned()]));
        assert_eq!(files.list("none/"), Ok(Vec::new()));
        for refused in ["out", "large", "types"] {
            assert!(matches!(files.read(refused), Err(ReadError::Other(_))), "{refused}");
        }
    }

    #[test]
    fn addresses_are_read_anywhere() {
        let outside = tempfile::tempdir().unwrap();
        let path = outside.path().join("git.hcl");
        fs::write(&path, "T").unwrap();
        let dir = tempfile::tempdir().unwrap();
        let files = OnDisk::new(dir.path()).unwrap();
        assert_eq!(files.fetch(&format!("file://{}", path.display()), None), Ok(b"T".to_vec()));
        let refused = files.fetch("http://127.0.0.1:1/git.hcl", None);
        assert!(matches!(refused, Err(ReadError::Other(why)) if why.contains("127.0.0.1:1")));
        assert_eq!(files.into_warnings(), []);
    }
}
