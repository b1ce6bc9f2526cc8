//! Where the caches are of what runs without a work directory of its own: in the user's, by the XDG base
//! directory specification.

use std::ffi::OsString;
use std::path::PathBuf;

/// `$XDG_CACHE_HOME/pikoci/resources`, else `$HOME/.cache/pikoci/resources`; `None` if the environment names
/// neither. A path that is not absolute counts for nothing, as the specification says.
pub(super) fn of_user(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(base.join("pikoci/resources"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::home::Home;
    use crate::settings::Settings;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_cache_stays_under_its_key_and_is_the_owners_alone() {
        let directory = tempfile::tempdir().expect("a directory");
        let cache = |key| {
            let home = Home::open(&directory.path().join("home"), Settings::default()).expect("opened");
            home.0.cache(key).expect("made")
        };
        let one = cache("git.app https://example/app.git");
        std::fs::write(one.join("kept"), "").expect("written");
        assert_eq!(cache("git.app https://example/app.git"), one);
        assert!(one.join("kept").exists());
        assert_ne!(cache("../../git.app"), one);
        let mode = std::fs::metadata(&one).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(one.parent().is_some_and(|parent| parent.ends_with("home/cache")), "{one:?}");
    }

    #[test]
    fn the_environment_says_where() {
        /// An environment, and where caches are by it.
        type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);
        let cases: &[Case<'_>] = &[
            (&[("XDG_CACHE_HOME", "/x"), ("HOME", "/home/ada")], Some("/x/pikoci/resources")),
            (&[("HOME", "/home/ada")], Some("/home/ada/.cache/pikoci/resources")),
            (&[("XDG_CACHE_HOME", "x"), ("HOME", "/h")], Some("/h/.cache/pikoci/resources")),
            (&[("XDG_CACHE_HOME", ""), ("HOME", "")], None),
            (&[], None),
        ];
        for (environment, expected) in cases {
            let variable = |name: &str| {
                environment.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
            };
            assert_eq!(of_user(variable), expected.map(PathBuf::from), "{environment:?}");
        }
    }
}
