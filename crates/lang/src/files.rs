//! What a pipeline reads beside its own text. The language does no I/O: the caller does it, on the side that
//! loads the pipeline.

use std::collections::BTreeMap;
use std::fmt;

/// A file and its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The name, as it stands in messages: `pipeline.hcl`.
    pub name: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl SourceFile {
    /// A file of that name and content.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }
}

/// Reads files below the directory of the pipeline.
///
/// Paths are relative, separated by `/`, and hold no `.` and no `..`: the language has checked that before it
/// asks. An implementation must not follow a symbolic link out of the directory, and should refuse files beyond
/// [`crate::MAX_FILE_BYTES`] with [`ReadError::Other`].
pub trait Files: Sync {
    /// The content of a file.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;

    /// The paths of all files below a directory, in any order. The directory is empty for that of the pipeline,
    /// else it ends in `/`; one that is not there has no files. An implementation follows no symbolic links to
    /// directories, and gives up with [`ReadError::Other`] beyond 10,000 files.
    ///
    /// # Errors
    /// The files cannot be listed, or are not listed here, which is what a caller says that does not implement
    /// this.
    fn list(&self, directory: &str) -> Result<Vec<String>, ReadError> {
        let _ = directory;
        Err(ReadError::Other("files are not listed here".to_owned()))
    }

    /// Told the paths that a pattern has picked of [`Self::list`]: on them a pipeline depends as on what it reads.
    fn picked(&self, paths: &[&str]) {
        let _ = paths;
    }

    /// The text of a type at an address: `https://…`, `http://…` or `file://…`. `checksum` is the SHA-256 that it
    /// must have, as 64 lower-case hexadecimal digits, so that a copy kept earlier may be given instead; the
    /// language verifies it in any case.
    ///
    /// # Errors
    /// It is not there, cannot be read, or addresses are not read here, which is what a caller says that does
    /// not implement this. The text never quotes what was fetched.
    fn fetch(&self, source: &str, checksum: Option<&str>) -> Result<Vec<u8>, ReadError> {
        let _ = (source, checksum);
        Err(ReadError::Other("addresses are not read here".to_owned()))
    }
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// There is no such file.
    NotFound,
    /// Anything else, in words that follow "cannot read `path`: ".
    Other(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such file"),
            Self::Other(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for ReadError {}

/// No files: a pipeline that consists of its own text.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Err(ReadError::NotFound)
    }

    fn list(&self, _: &str) -> Result<Vec<String>, ReadError> {
        Ok(Vec::new())
    }
}

/// Files in memory: a bundle, or a test.
impl Files for BTreeMap<String, Vec<u8>> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.get(path).cloned().ok_or(ReadError::NotFound)
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, ReadError> {
        Ok(self.keys().filter(|path| path.starts_with(directory)).cloned().collect())
    }
}

/// The path in the form that [`Files`] takes, or what is wrong with it.
pub(crate) fn normal(path: &str) -> Result<String, String> {
    if path.starts_with('/') {
        return Err(format!("`{path}` is absolute; only files below the pipeline's directory can be read"));
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => {
                return Err(format!("`{path}` leaves the pipeline's directory"));
            }
            ".." => {}
            part if part.contains(['\\', '\0']) => return Err(format!("`{path}` is no path of a file")),
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        return Err(format!("`{path}` names no file"));
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn paths_stay_below_the_directory() {
        assert_eq!(normal("./types/../a.hcl").as_deref(), Ok("a.hcl"));
        assert_eq!(normal("a//b").as_deref(), Ok("a/b"));
        for path in ["/etc/passwd", "../a", "a/../../b", "", ".", "a\\b"] {
            assert!(normal(path).is_err(), "{path}");
        }
    }
}
