//! Which changes count: `paths` and `ignore_paths`, patterns as in a `.gitignore`.

use crate::Failure;
use crate::call::Call;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What a change must touch.
#[derive(Debug, Default)]
pub(super) struct Filter {
    wanted: Option<Gitignore>,
    ignored: Option<Gitignore>,
    /// The patterns as they were written.
    pub(super) text: String,
}

impl Filter {
    /// What the parameters say.
    pub(super) fn of(call: &Call) -> Result<Self, Failure> {
        let (paths, ignored) = (call.list("paths")?, call.list("ignore_paths")?);
        let text = if paths.is_empty() && ignored.is_empty() {
            String::new()
        } else {
            format!("{paths:?} {ignored:?}")
        };
        Ok(Self { wanted: patterns("paths", &paths)?, ignored: patterns("ignore_paths", &ignored)?, text })
    }

    /// Whether every change counts, so that nobody need look.
    pub(super) fn takes_all(&self) -> bool {
        self.wanted.is_none() && self.ignored.is_none()
    }

    /// Whether a change of these paths counts: one of them is wanted, and not ignored.
    pub(super) fn takes(&self, paths: &[Vec<u8>]) -> bool {
        self.takes_all() || paths.iter().any(|path| self.takes_path(Path::new(OsStr::from_bytes(path))))
    }

    fn takes_path(&self, path: &Path) -> bool {
        let matches = |patterns: &Gitignore| {
            !path.has_root() && patterns.matched_path_or_any_parents(path, false).is_ignore()
        };
        self.wanted.as_ref().is_none_or(matches) && !self.ignored.as_ref().is_some_and(matches)
    }
}

fn patterns(name: &str, lines: &[String]) -> Result<Option<Gitignore>, Failure> {
    if lines.is_empty() {
        return Ok(None);
    }
    let mut builder = GitignoreBuilder::new("");
    for line in lines {
        let wrong = |error| Failure::new(format!("`{line}` in `{name}` is no pattern: {error}"));
        builder.add_line(None, line).map_err(wrong)?;
    }
    let wrong = |error| Failure::new(format!("`{name}` cannot be used: {error}"));
    builder.build().map(Some).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_if_a_path_is_wanted_and_not_ignored() {
        let cases = [
            (r#"[]"#, r#"[]"#, "any", true),
            (r#"["src/**"]"#, r#"[]"#, "src/a/b.rs", true),
            (r#"["src/"]"#, r#"[]"#, "src/a/b.rs", true),
            (r#"["src"]"#, r#"[]"#, "web/src/b.rs", true),
            (r#"["/src"]"#, r#"[]"#, "web/src/b.rs", false),
            (r#"["*.rs"]"#, r#"[]"#, "a/b.rs", true),
            (r#"["src/**","!src/doc/**"]"#, r#"[]"#, "src/doc/x", false),
            (r#"[]"#, r#"["*.md","docs/"]"#, "docs/a/b", false),
            (r#"[]"#, r#"["*.md","docs/"]"#, "src/b", true),
            (r#"["src/**"]"#, r#"["*.md"]"#, "src/README.md", false),
        ];
        for (paths, ignored, path, expected) in cases {
            let call = Call::of([("param_paths", paths), ("param_ignore_paths", ignored)]);
            let filter = Filter::of(&call).unwrap();
            assert_eq!(filter.takes(&[path.into()]), expected, "{paths} {ignored} {path}");
        }
        let filter = Filter::of(&Call::of([("param_ignore_paths", "*.md")])).unwrap();
        assert!(filter.takes(&["a.md".into(), "b".into()]) && !filter.takes(&["a.md".into()]));
        assert!(!filter.takes(&[]), "a commit that changes nothing");
    }
}
