//! Where a secret is: paths of the API, and short ones.

use crate::Failure;

/// Where a KV engine is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    /// Without slashes around it.
    pub(super) path: String,
    /// Whether it is of version 2.
    pub(super) is_second: bool,
}

impl Mount {
    /// The path of the API for what a path means.
    pub(super) fn place(&self, path: &str) -> String {
        let name = path.strip_prefix(&self.path).map_or(path, |rest| rest.trim_start_matches('/'));
        if !self.is_second || name.starts_with("data/") {
            return path.to_owned();
        }
        format!("{}/data/{name}", self.path)
    }
}

/// A path without what people put before it.
pub(super) fn clean(path: &str) -> Result<String, Failure> {
    let clean = path.trim_matches('/');
    let clean = clean.strip_prefix("v1/").unwrap_or(clean);
    let is_whole = !clean.is_empty() && clean.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if !is_whole || clean.contains(['?', '#', '%']) || clean.contains(char::is_control) {
        return Err(Failure::new(format!("`{path}` is no path of a secret")));
    }
    Ok(clean.to_owned())
}

/// Whether it has `data` after what may be the mount.
pub(super) fn looks_like_api(path: &str) -> bool {
    path.split('/').skip(1).any(|part| part == "data")
}

/// The paths of the API to try where the mounts are not known: as it is, and as version 2 at a mount of one part.
pub(super) fn guesses(path: &str) -> Vec<String> {
    let mut guesses = Vec::new();
    if let Some((mount, name)) = path.split_once('/').filter(|_| !looks_like_api(path)) {
        guesses.push(format!("{mount}/data/{name}"));
    }
    guesses.push(path.to_owned());
    guesses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_paths_become_paths_of_the_api() {
        let cases = [
            ("secret", true, "secret/db", "secret/data/db"),
            ("secret", true, "secret/data/db", "secret/data/db"),
            ("secret", true, "secret/a/data/b", "secret/data/a/data/b"),
            ("kv", false, "kv/db", "kv/db"),
            ("kv", false, "kv/data/db", "kv/data/db"),
            ("team/kv", true, "team/kv/db", "team/kv/data/db"),
        ];
        for (mount, is_second, path, expected) in cases {
            let mount = Mount { path: mount.to_owned(), is_second };
            assert_eq!(mount.place(path), expected);
        }
        assert_eq!(guesses("secret/db"), ["secret/data/db", "secret/db"]);
        assert_eq!(guesses("secret/data/db"), ["secret/data/db"]);
    }

    #[test]
    fn paths_are_cleaned_and_cannot_lead_elsewhere() {
        assert_eq!(clean("/v1/secret/db/").unwrap(), "secret/db");
        for path in ["", "/", "a/../sys/raw", "a//b", "a?list=true", "a%2fb", "a\nb"] {
            assert!(clean(path).is_err(), "{path}");
        }
    }
}
