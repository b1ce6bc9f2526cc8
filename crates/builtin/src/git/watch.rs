//! What a resource watches.

use crate::Failure;
use crate::call::Call;
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// What versions a resource has.
#[derive(Debug)]
pub(super) enum Watch {
    /// The commits of one branch; without a name, of the one that the repository's HEAD names.
    Branch(Option<String>),
    /// Branches, pull requests, or both: each is a space.
    Spaces { branches: Names, pulls: bool },
    /// Tags, by major.
    Tags(Names),
}

/// Names that patterns choose.
#[derive(Debug)]
pub(super) struct Names {
    /// The patterns, as they were written.
    pub(super) patterns: Vec<String>,
    set: GlobSet,
}

impl Watch {
    /// What the parameters say.
    pub(super) fn of(call: &Call) -> Result<Self, Failure> {
        let branch = call.param("branch").map(str::to_owned);
        let branches = call.list("branches")?;
        let pulls = Call::flag("pr", call.param("pr"))?;
        let tag = call.param("tag").filter(|tag| *tag != "false");
        let spaces = !branches.is_empty() || pulls;
        if usize::from(branch.is_some()) + usize::from(spaces) + usize::from(tag.is_some()) > 1 {
            return Err(Failure::new("only one of `branch`, `branches` with `pr`, and `tag` can be watched")
                .hint("a branch and pull requests are branches = [\"main\"] with pr = true"));
        }
        if let Some(tag) = tag {
            let pattern = if tag == "true" { "**" } else { tag };
            return Ok(Self::Tags(Names::new(vec![pattern.to_owned()])?));
        }
        if spaces {
            return Ok(Self::Spaces { branches: Names::new(branches)?, pulls });
        }
        if let Some(pattern) = branch.as_ref().filter(|branch| branch.contains(['*', '?', '['])) {
            return Err(Failure::new(format!("the branch `{pattern}` is a pattern"))
                .hint(format!("write branches = [\"{pattern}\"]: each branch is then a line of its own")));
        }
        Ok(Self::Branch(branch))
    }
}

impl Names {
    fn new(patterns: Vec<String>) -> Result<Self, Failure> {
        let mut set = GlobSetBuilder::new();
        for pattern in &patterns {
            set.add(glob(pattern)?);
        }
        let set =
            set.build().map_err(|error| Failure::new(format!("the patterns cannot be used: {error}")))?;
        Ok(Self { patterns, set })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.set.is_match(name)
    }
}

/// `*` stays within one part of a name, `**` does not.
fn glob(pattern: &str) -> Result<Glob, Failure> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
    glob.map_err(|error| Failure::new(format!("`{pattern}` is no pattern: {}", error.kind())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(pairs: &[(&str, &str)]) -> Result<Watch, Failure> {
        Watch::of(&Call::of(pairs.iter().copied()))
    }

    #[test]
    fn patterns_choose_names() {
        let cases = [
            ("main", "main", true),
            ("main", "x/main", false),
            ("release/*", "release/1.0", true),
            ("release/*", "release/1.0/fix", false),
            ("release/**", "release/1.0/fix", true),
            ("v*", "v1.2.3", true),
            ("v[0-9]*", "vnext", false),
            ("{main,next}", "next", true),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(Names::new(vec![pattern.to_owned()]).unwrap().has(name), expected, "{pattern} {name}");
        }
        assert!(Names::new(vec!["[".to_owned()]).is_err());
    }

    #[test]
    fn parameters_say_what_is_watched() {
        assert!(matches!(watch(&[]), Ok(Watch::Branch(None))));
        assert!(
            matches!(watch(&[("param_branch", "next")]), Ok(Watch::Branch(Some(name))) if name == "next")
        );
        assert!(matches!(watch(&[("param_pr", "true")]), Ok(Watch::Spaces { pulls: true, .. })));
        assert!(matches!(watch(&[("param_tag", "true")]), Ok(Watch::Tags(names)) if names.has("a/b")));
        assert!(matches!(watch(&[("param_tag", "false")]), Ok(Watch::Branch(None))));
        for pairs in [
            [("param_branch", "main"), ("param_pr", "true")],
            [("param_branch", "main"), ("param_tag", "v*")],
            [("param_branches", "[\"main\"]"), ("param_tag", "true")],
        ] {
            assert!(watch(&pairs).unwrap_err().to_string().contains("only one of"));
        }
        assert!(watch(&[("param_branch", "v/*")]).unwrap_err().to_string().contains("branches = [\"v/*\"]"));
    }
}
