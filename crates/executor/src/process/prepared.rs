//! Everything that is needed to start a process, looked up and in the form that the system takes.

use super::program;
use super::spawn::Start;
use nix::errno::Errno;
use std::ffi::{CString, OsStr};
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// A process, ready to be started.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    program: CString,
    argv: Vec<CString>,
    environment: Vec<CString>,
    directory: CString,
}

impl Prepared {
    /// Looks up the program in the `PATH` of the environment. The error is a sentence.
    pub(crate) fn new(argv: &[String], environment: Vec<CString>, directory: &Path) -> Result<Self, String> {
        let name = argv.first().map_or("", String::as_str);
        let path = environment.iter().find_map(|pair| pair.to_str().ok()?.strip_prefix("PATH="));
        let file =
            program::find(name, path, directory).ok_or_else(|| program::not_found(name, path, directory))?;
        let text =
            |text: Vec<u8>| CString::new(text).map_err(|_| "an argument has a NUL byte in it".to_owned());
        Ok(Self {
            program: text(file.into_os_string().into_vec())?,
            argv: argv
                .iter()
                .map(|argument| text(argument.clone().into_bytes()))
                .collect::<Result<_, _>>()?,
            environment,
            directory: text(directory.as_os_str().as_bytes().to_vec())?,
        })
    }

    /// How to start it.
    pub(crate) fn start<'a>(&'a self, output: BorrowedFd<'a>, error: BorrowedFd<'a>) -> Start<'a> {
        Start {
            program: &self.program,
            argv: &self.argv,
            environment: &self.environment,
            directory: &self.directory,
            output,
            error,
        }
    }

    /// Its whole environment, `KEY=VALUE` each.
    pub(crate) fn environment(&self) -> &[CString] {
        &self.environment
    }

    /// The directory it starts in.
    pub(crate) fn directory(&self) -> &Path {
        Path::new(OsStr::from_bytes(self.directory.as_bytes()))
    }

    /// What to say when the system refused to start it.
    pub(crate) fn refused(&self, error: Errno) -> String {
        let file = PathBuf::from(OsStr::from_bytes(self.program.as_bytes()));
        program::refused(error, &file, self.directory())
    }
}
