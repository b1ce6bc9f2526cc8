//! Pipelines on disk: finding the files of one, reading them, and what they read in turn.

pub(crate) mod bundle;
mod files;

use crate::failure::Failure;
use crate::terminal;
use crate::variables::VarArgs;
use bundle::{Bundle, Recorder};
use files::OnDisk;
use pikoci_lang::{Diagnostic, LoadInput, Loaded, MAX_FILE_BYTES, Pipeline, SourceFile};
use pikoci_server::bundle::{is_part, joined};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The file that is taken where none is named,
const FILE: &str = "pipeline.hcl";
/// else the directory.
const DIRECTORY: &str = ".pikoci";

/// A pipeline that was loaded from disk.
#[derive(Debug)]
pub(crate) struct FromDisk {
    /// What was named or found: a file, or a directory.
    pub(crate) path: PathBuf,
    /// The text of its files, in their order.
    pub(crate) source: String,
    /// What came of it.
    pub(crate) loaded: Loaded,
    /// All that was read for it.
    pub(crate) bundle: Bundle,
}

impl FromDisk {
    /// The pipeline; warnings go to standard error.
    ///
    /// # Errors
    /// It has errors. They are on standard error already.
    pub(crate) fn pipeline(self) -> Result<Pipeline, Failure> {
        show(&self.loaded.diagnostics);
        pipeline_of(self.loaded)
    }

    /// The same, where most warnings say nothing about what is done: a note tells that there are some.
    ///
    /// # Errors
    /// As [`Self::pipeline`].
    pub(crate) fn pipeline_to_run(self) -> Result<Pipeline, Failure> {
        let path = terminal::clean(&self.path.display().to_string()).into_owned();
        match self.loaded.diagnostics.len() {
            _ if self.loaded.pipeline.is_none() => return self.pipeline(),
            0 => {}
            1 => terminal::note(&format!("{path} has a warning: `pikoci validate {path}` shows it")),
            many => {
                terminal::note(&format!("{path} has {many} warnings: `pikoci validate {path}` shows them"));
            }
        }
        pipeline_of(self.loaded)
    }
}

/// The pipeline that was loaded.
///
/// # Errors
/// It has errors, which have been shown: there is nothing more to say.
pub(crate) fn pipeline_of(loaded: Loaded) -> Result<Pipeline, Failure> {
    loaded.pipeline.ok_or_else(|| Failure::bad_input(""))
}

/// Writes diagnostics to standard error.
pub(crate) fn show(diagnostics: &[Diagnostic]) {
    let text = pikoci_lang::render_all(diagnostics, true);
    // If standard error is closed there is nobody left to tell.
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// Loads a pipeline: a file, or all `*.hcl` of a directory as one; without a path `pipeline.hcl`, else
/// `.pikoci/`. Its name is `name`, else the directory's or the file's.
///
/// # Errors
/// There is no such file, or one cannot be read. Errors within the files are in [`FromDisk::loaded`].
pub(crate) fn load_from_disk(
    path: Option<&Path>,
    name: Option<&str>,
    variables: &VarArgs,
) -> Result<FromDisk, Failure> {
    let path = match path {
        Some(path) => path.to_owned(),
        None => default_path(Path::new("."))?,
    };
    let (directory, files) = read(&path)?;
    let name = name.map_or_else(|| name_of(&path), str::to_owned);
    let source = joined(&files);
    let config = if path.is_dir() { ".".to_owned() } else { file_name(&path) };
    let own = files.iter().map(|file| (file_name(Path::new(&file.name)), file.bytes.clone())).collect();
    let (loaded, read) = load_recorded(name, &directory, files, variables)?;
    Ok(FromDisk { loaded, path, source, bundle: Bundle::new(config, own, read) })
}

/// Loads texts as one pipeline, which reads files below that directory.
///
/// # Errors
/// There is no such directory, or values of variables cannot be read.
pub(crate) fn load_texts(
    name: String,
    directory: &Path,
    files: Vec<SourceFile>,
    variables: &VarArgs,
) -> Result<Loaded, Failure> {
    load_recorded(name, directory, files, variables).map(|(loaded, _)| loaded)
}

/// The same, with what was read beside the texts.
fn load_recorded(
    name: String,
    directory: &Path,
    files: Vec<SourceFile>,
    variables: &VarArgs,
) -> Result<(Loaded, BTreeMap<String, Vec<u8>>), Failure> {
    let input = LoadInput { name, files, variables: variables.read()? };
    let on_disk = OnDisk::new(directory).map_err(|error| unreadable(directory, &error))?;
    let recorder = Recorder::new(&on_disk);
    let mut loaded = pikoci_lang::load(&input, &recorder);
    let read = recorder.into_read();
    loaded.diagnostics.extend(on_disk.into_warnings());
    Ok((loaded, read))
}

/// The last part of a path.
fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// `pipeline.hcl`, else `.pikoci/`.
fn default_path(here: &Path) -> Result<PathBuf, Failure> {
    let found = [FILE, DIRECTORY].into_iter().find(|name| here.join(name).exists());
    found.map(PathBuf::from).ok_or_else(|| {
        Failure::bad_input(format!("there is no {FILE} and no {DIRECTORY}/ here"))
            .hint("name the file: `--pipeline-config FILE` (of `validate`: `FILE`)")
    })
}

/// The directory of a pipeline, and its files in the order in which they count as one.
fn read(path: &Path) -> Result<(PathBuf, Vec<SourceFile>), Failure> {
    if path.is_dir() {
        let files = hcl_files(path).map_err(|error| unreadable(path, &error))?;
        if files.is_empty() {
            return Err(Failure::bad_input(format!("{} holds no file that ends in .hcl", path.display())));
        }
        let files = files.iter().map(|file| source_file(file)).collect::<Result<_, _>>()?;
        return Ok((path.to_owned(), files));
    }
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    Ok((directory.to_owned(), vec![source_file(path)?]))
}

/// What ends in `.hcl` in a directory, in name order. Hidden files are those of editors.
fn hcl_files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(is_part) && entry.path().is_file() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Reads one file.
///
/// # Errors
/// It is not there, or cannot be read.
pub(crate) fn source_file(path: &Path) -> Result<SourceFile, Failure> {
    let bytes = read_bounded(path).map_err(|error| unreadable(path, &error))?;
    Ok(SourceFile::new(path.display().to_string(), bytes))
}

/// A regular file's content, as much of it as the language takes and a byte more, by which it sees the limit.
fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => Failure::bad_input(format!("there is no {path}")),
        _ => Failure::bad_input(format!("cannot read {path}: {error}")),
    }
}

/// The name of a pipeline that says none: a file's own, unless it has one of the two that all have; then that
/// of the directory around it.
fn name_of(path: &Path) -> String {
    let absolute = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let end = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let stem = || path.file_stem().map(|name| name.to_string_lossy().into_owned());
    let is_common = [FILE, DIRECTORY].iter().any(|common| absolute.ends_with(common));
    let name = match (is_common, absolute.is_dir()) {
        (false, true) => end(&absolute),
        (false, false) => stem(),
        (true, _) => absolute.parent().and_then(|around| match around.ends_with(DIRECTORY) {
            true => around.parent().and_then(end),
            false => end(around),
        }),
    };
    name.unwrap_or_else(|| "pipeline".into())
}

/// What a pipeline holds, in a few words: `2 jobs, 1 resource`.
pub(crate) fn summary(pipeline: &Pipeline) -> String {
    let count = |number: usize, word: &str| match number {
        1 => format!("1 {word}"),
        _ => format!("{number} {word}s"),
    };
    let text =
        format!("{}, {}", count(pipeline.jobs.len(), "job"), count(pipeline.resources.len(), "resource"));
    terminal::clean(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    #[test]
    fn names() {
        let dir = tree(&[
            ("shop/pipeline.hcl", ""),
            ("shop/ci.hcl", ""),
            ("shop/.pikoci/a.hcl", ""),
            ("shop/.pikoci/pipeline.hcl", ""),
        ]);
        for (path, name) in [
            ("shop/pipeline.hcl", "shop"),
            ("shop/ci.hcl", "ci"),
            ("shop", "shop"),
            ("shop/.pikoci", "shop"),
            ("shop/.pikoci/", "shop"),
            ("shop/.pikoci/pipeline.hcl", "shop"),
            ("shop/.pikoci/a.hcl", "a"),
        ] {
            assert_eq!(name_of(&dir.path().join(path)), name, "{path}");
        }
    }

    #[test]
    fn the_file_comes_before_the_directory() {
        let dir = tree(&[(".pikoci/a.hcl", "")]);
        assert_eq!(default_path(dir.path()), Ok(PathBuf::from(".pikoci")));
        fs::write(dir.path().join("pipeline.hcl"), "").unwrap();
        assert_eq!(default_path(dir.path()), Ok(PathBuf::from("pipeline.hcl")));
        assert_eq!(default_path(&dir.path().join("none")).unwrap_err().exit, crate::exit::Exit::BadInput);
    }

    #[test]
    fn a_directory_is_its_hcl_files_in_name_order() {
        let dir = tree(&[("b.hcl", "B"), ("a.hcl", "A"), ("README.md", ""), (".c.hcl", ""), ("d.hcl/x", "")]);
        let (_, files) = read(dir.path()).unwrap();
        let texts: Vec<_> =
            files.iter().map(|file| String::from_utf8_lossy(&file.bytes).into_owned()).collect();
        assert_eq!(texts, ["A", "B"]);
    }
}
