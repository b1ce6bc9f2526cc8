//! Where in which file something stands.

use std::cell::RefCell;
use std::fmt;
use std::ops::{Deref, Range};

/// One of the files that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

impl FileId {
    /// No file at all: where what is computed stands in none.
    pub(crate) const NONE: Self = Self(u32::MAX);
}

/// A range of bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// The range of bytes `range` of `file`.
    pub(crate) fn new(file: FileId, range: Range<usize>) -> Self {
        Self { file, start: clamp(range.start), end: clamp(range.end) }
    }
}

/// Files are at most 1 MiB, so every offset fits.
fn clamp(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// A value, and where it stands.
#[derive(Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value` as it stands at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Spanned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// The text of a file, by the name that messages call it.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The name, as it stands in messages.
    pub(crate) name: String,
    /// The text, without a byte order mark.
    pub(crate) text: String,
}

/// All files that were read for one pipeline.
#[derive(Debug, Default)]
pub(crate) struct SourceMap(RefCell<Vec<Source>>);

impl SourceMap {
    pub(crate) fn add(&self, name: &str, text: String) -> FileId {
        let mut files = self.0.borrow_mut();
        files.push(Source { name: name.to_owned(), text });
        FileId(clamp(files.len() - 1))
    }

    /// Calls `look` with a file.
    pub(crate) fn with<T>(&self, file: FileId, look: impl FnOnce(&Source) -> Option<T>) -> Option<T> {
        look(self.0.borrow().get(file.0 as usize)?)
    }

    /// Where `span` begins, in words for who looks at `beside`: `line 3`, and in another file `line 3 of b.hcl`.
    pub(crate) fn place(&self, span: Span, beside: Span) -> Option<String> {
        let line = format!("line {}", self.line(span)?);
        match span.file == beside.file {
            true => Some(line),
            false => self.with(span.file, |source| Some(format!("{line} of {}", source.name))),
        }
    }

    /// The line (from 1) at which `span` begins.
    pub(crate) fn line(&self, span: Span) -> Option<usize> {
        self.with(span.file, |source| {
            let before = source.text.as_bytes().get(..span.start as usize)?;
            Some(before.iter().filter(|byte| **byte == b'\n').count() + 1)
        })
    }
}
