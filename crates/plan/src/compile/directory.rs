//! Where below `$WORKDIR` a resource is fetched.

use pikoci_lang::Resource;

/// The parameter `name`; else of a git repository its own name, of anything else the resource's.
pub(super) fn of(resource: &Resource) -> String {
    let given = resource.params.get("name").filter(|name| !name.is_empty());
    let repository = || match resource.type_name.as_str() {
        "git" => resource.params.get("url").and_then(|url| repository(url)),
        _ => None,
    };
    given.cloned().or_else(repository).unwrap_or_else(|| resource.name.value.clone())
}

/// The name of a repository, as git itself finds it in an address: its last part, without `.git`.
fn repository(url: &str) -> Option<String> {
    let path = url.trim_end_matches('/');
    let path = path.strip_suffix("/.git").unwrap_or(path);
    let last = path.rsplit(['/', ':']).next().unwrap_or_default();
    let name = last.strip_suffix(".git").unwrap_or(last);
    (!matches!(name, "" | "." | "..")).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::repository;

    #[test]
    fn the_name_is_the_last_part() {
        let table = [
            ("https://github.com/org/app", Some("app")),
            ("https://github.com/org/app.git/", Some("app")),
            ("git@example.org:app.git", Some("app")),
            ("/srv/git/app/.git", Some("app")),
            ("app", Some("app")),
            (".", None),
            ("/", None),
        ];
        for (url, name) in table {
            assert_eq!(repository(url).as_deref(), name, "{url}");
        }
    }
}
