//! Values for a pipeline's variables: `--var`, `--vars` and `PIKOCI_VAR_n`.

use crate::failure::Failure;
use pikoci_lang::{MAX_FILE_BYTES, SourceFile, Variables};
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What a variable of the environment begins with that is a value.
const PREFIX: &str = "PIKOCI_VAR_";

/// The flags, the same in every command that loads a pipeline.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Variables")]
pub(crate) struct VarArgs {
    /// A value for a variable of the pipeline; the last one for a name counts
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair)]
    vars: Vec<(String, String)>,
    /// A file of values, JSON or HCL; `-` is standard input. Later files win, --var wins over all.
    /// Below both stands PIKOCI_VAR_NAME of the environment
    #[arg(long = "vars", value_name = "FILE", env = "PIKOCI_VARS", value_delimiter = ',')]
    files: Vec<PathBuf>,
}

impl VarArgs {
    /// All values, from the flags, the files and the environment.
    ///
    /// # Errors
    /// A file cannot be read, or a value of the environment is no text.
    pub(crate) fn read(&self) -> Result<Variables, Failure> {
        Ok(Variables {
            flags: self.vars.iter().cloned().collect(),
            files: self.files.iter().map(|path| values_file(path)).collect::<Result<_, _>>()?,
            environment: from_environment(std::env::vars_os())?.into_iter().collect(),
        })
    }
}

/// `name=value`; the value may be empty, and may hold more of `=`.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".into()),
    }
}

fn values_file(path: &Path) -> Result<SourceFile, Failure> {
    let name = path.display();
    let mut bytes = Vec::new();
    let limit = MAX_FILE_BYTES as u64 + 1;
    let read = match path.as_os_str() == "-" {
        true => std::io::stdin().lock().take(limit).read_to_end(&mut bytes),
        false => std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)),
    };
    match read {
        Ok(size) if size > MAX_FILE_BYTES => {
            Err(Failure::bad_input(format!("the file of values {name} is over 1 MiB")))
        }
        Ok(_) => Ok(SourceFile::new(name.to_string(), bytes)),
        Err(error) => Err(Failure::bad_input(format!("cannot read the file of values {name}: {error}"))),
    }
}

fn from_environment(
    all: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, Failure> {
    let mut found = Vec::new();
    for (name, value) in all {
        let Some(name) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        match value.into_string() {
            Ok(value) => found.push((name.to_owned(), value)),
            Err(_) => {
                return Err(Failure::bad_input(format!("{PREFIX}{name} holds something that is not UTF-8")));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt;

    #[test]
    fn pairs() {
        assert_eq!(pair("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(pair("a="), Ok(("a".into(), String::new())));
        assert!(pair("a").is_err() && pair("=b").is_err());
    }

    #[test]
    fn the_environment_gives_what_begins_with_our_prefix() {
        let variable = |name: &str, value: &[u8]| (name.into(), OsString::from_vec(value.to_vec()));
        let all = [variable("PIKOCI_VAR_tag", b"v1"), variable("PIKOCI_URL", b"x"), variable("HOME", b"/")];
        assert_eq!(from_environment(all.into_iter()), Ok(vec![("tag".into(), "v1".into())]));
        let failure = from_environment([variable("PIKOCI_VAR_a", b"\xff")].into_iter()).unwrap_err();
        assert_eq!(failure.what, "PIKOCI_VAR_a holds something that is not UTF-8");
    }
}
