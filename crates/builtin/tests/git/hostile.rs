//! What comes from outside is only text.

use super::command::{Git, messages};
use super::repository::Repository;

#[test]
fn hostile_commits_are_only_text() {
    let hostile = [
        r#"quotes " and \ and \n and ${HOME} $(touch /tmp/pwned) `id`"#,
        "tab\there, bell \u{7}, escape \u{1b}[31m, delete \u{7f}",
        "ünïcödé 🚀 日本語 \u{202e}",
        "%s %n {\"ref\":\"forged\"} ]",
        "-rf --output=/tmp/x",
        "'; exit 0; '",
    ];
    let repository = Repository::new();
    let known = repository.commit("start");
    repository.commits(hostile);
    let found = Git::of(&repository).check(Some(&known)).versions();
    assert_eq!(messages(&found), hostile);
}

#[test]
fn what_is_no_utf_8_becomes_replacement_characters() {
    let repository = Repository::new();
    let known = repository.commit("start");
    repository.raw_commit(b"bad \xff\xc3 \xed\xa0\x80 \xc3\xa4 end");
    let found = Git::of(&repository).check(Some(&known)).versions();
    assert_eq!(messages(&found), ["bad \u{fffd}\u{fffd} \u{fffd}\u{fffd}\u{fffd} ä end"]);
}

#[test]
fn a_commit_without_a_message_is_a_version() {
    let repository = Repository::new();
    let known = repository.commit("start");
    repository.commit("");
    repository.commit("after");
    assert_eq!(messages(&Git::of(&repository).check(Some(&known)).versions()), ["", "after"]);
}

#[test]
fn parameters_are_never_parsed_as_shell_or_options() {
    let repository = Repository::new();
    repository.commit("one");
    let traps = [
        "$(touch pwned)",
        "`touch pwned`",
        "'; touch pwned; '",
        "--upload-pack=touch pwned",
        "ext::touch pwned",
        "*",
    ];
    for trap in traps {
        assert_ne!(Git::at(trap).check(None).code, 0, "url {trap}");
        assert_ne!(Git::of(&repository).param("branch", trap).check(None).code, 0, "branch {trap}");
        assert_ne!(Git::of(&repository).check(Some(trap)).code, 0, "known {trap}");
        assert_ne!(Git::of(&repository).pull(trap).code, 0, "version {trap}");
        let run = Git::of(&repository).param("name", trap).pull(&repository.head());
        assert!(
            !run.work.path().join("pwned").exists() && !run.work.path().join(trap).join("pwned").exists()
        );
    }
}
