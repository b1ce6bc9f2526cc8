//! What a command is given: its environment.

use crate::Failure;
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

/// The environment of one command. A variable that is empty counts as none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Call {
    variables: HashMap<String, String>,
}

impl Call {
    pub(crate) fn of_this_process() -> Self {
        let pairs = std::env::vars_os();
        let texts =
            pairs.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self { variables: texts.collect() }
    }

    #[cfg(test)]
    pub(crate) fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self {
            variables: pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        }
    }

    /// A variable as it is.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A parameter of the resource or of the secret type.
    pub(crate) fn param(&self, key: &str) -> Option<&str> {
        self.variable(&format!("param_{key}"))
    }

    /// A parameter that must be there.
    pub(crate) fn needs(&self, key: &str) -> Result<&str, Failure> {
        self.param(key).ok_or_else(|| Failure::new(format!("the parameter `{key}` is missing")))
    }

    /// A key of the version that is known, or is to be fetched.
    pub(crate) fn version(&self, key: &str) -> Option<&str> {
        self.variable(&format!("version_{key}"))
    }

    /// An attribute of the put.
    pub(crate) fn put(&self, key: &str) -> Option<&str> {
        self.variable(&format!("put_{key}"))
    }

    /// All attributes of the put, by their keys, also empty ones.
    pub(crate) fn puts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().filter_map(|(name, value)| Some((name.strip_prefix("put_")?, value.as_str())))
    }

    /// What a flag says, which is false where it is not given. `name` is what people know it by.
    pub(crate) fn flag(name: &str, value: Option<&str>) -> Result<bool, Failure> {
        match value {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Failure::new(format!("`{name}` is `{other}`, and can be `true` or `false`"))),
        }
    }

    /// A parameter that is a list of texts, or one text.
    pub(crate) fn list(&self, key: &str) -> Result<Vec<String>, Failure> {
        let Some(text) = self.param(key) else { return Ok(Vec::new()) };
        if !text.starts_with('[') {
            return Ok(vec![text.to_owned()]);
        }
        let no_list = || Failure::new(format!("the parameter `{key}` is no list of texts: {text}"));
        let items: Vec<Value> = serde_json::from_str(text).map_err(|_| no_list())?;
        items.into_iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(no_list)).collect()
    }

    /// Where a build's files are.
    pub(crate) fn work(&self) -> Result<PathBuf, Failure> {
        self.directory("WORKDIR")
    }

    /// Where temporary files go; nobody else can read there.
    pub(crate) fn scratch(&self) -> Result<PathBuf, Failure> {
        self.directory("SCRATCH")
    }

    /// What persists between commands of the resource, if it has such a place.
    pub(crate) fn cache(&self) -> Option<PathBuf> {
        self.variable("CACHE_DIR").map(PathBuf::from)
    }

    fn directory(&self, name: &str) -> Result<PathBuf, Failure> {
        let missing =
            || Failure::new(format!("the variable `{name}` is not set: this command is called by PikoCI"));
        self.variable(name).map(PathBuf::from).ok_or_else(missing)
    }

    /// The directory below `$WORKDIR` of that name; `.` is `$WORKDIR` itself.
    pub(crate) fn below_work(&self, name: &str) -> Result<PathBuf, Failure> {
        let is_below =
            |component: Component<'_>| matches!(component, Component::Normal(_) | Component::CurDir);
        if name.is_empty() || !Path::new(name).components().all(is_below) {
            return Err(Failure::new(format!("`{name}` is no directory below $WORKDIR")));
        }
        Ok(self.work()?.join(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_json_or_one_text() {
        let cases: [(&str, Result<&[&str], ()>); 6] = [
            ("", Ok(&[])),
            ("main", Ok(&["main"])),
            ("[]", Ok(&[])),
            (r#"["main","release/*"]"#, Ok(&["main", "release/*"])),
            ("[1]", Err(())),
            ("[oops", Err(())),
        ];
        for (text, expected) in cases {
            let list = Call::of([("param_branches", text)]).list("branches");
            match expected {
                Ok(expected) => assert_eq!(list.unwrap(), expected, "{text}"),
                Err(()) => assert!(list.unwrap_err().to_string().contains("no list of texts"), "{text}"),
            }
        }
    }

    #[test]
    fn flags_are_true_or_false() {
        assert!(!Call::flag("pr", None).unwrap() && !Call::flag("pr", Some("false")).unwrap());
        assert!(Call::flag("pr", Some("true")).unwrap());
        assert!(Call::flag("pr", Some("yes")).is_err());
    }

    #[test]
    fn names_stay_below_the_work_directory() {
        let call = Call::of([("WORKDIR", "/w")]);
        for (name, expected) in [("app", Some("/w/app")), (".", Some("/w")), ("a/b", Some("/w/a/b"))] {
            assert_eq!(call.below_work(name).ok(), expected.map(PathBuf::from), "{name}");
        }
        for name in ["", "..", "../x", "a/../../x", "/etc"] {
            assert!(call.below_work(name).is_err(), "{name}");
        }
    }
}
