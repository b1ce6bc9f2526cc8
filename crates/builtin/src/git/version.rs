//! Versions: which keys they have.

use super::address::Address;
use super::forge::Site;
use super::history::VERSIONS;
use super::log::Commit;
use crate::answer::{Object, note};
use serde_json::Value;

/// What a version is of, beside its commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// The one branch of the resource. It is no key: there is only one line of work.
    Branch(String),
    /// One of its branches.
    OneBranch(String),
    /// A pull request.
    Pull { number: u64, is_untrusted: bool, about: Object },
    /// A tag.
    Tag { name: String, major: String },
}

/// The version of a commit.
pub(super) fn of(commit: &Commit, line: &Line, site: Option<&Site>) -> Object {
    let mut version = Object::new();
    let mut set = |key: &str, value: &str| drop(version.insert(key.to_owned(), Value::from(value)));
    set("ref", &commit.id);
    match line {
        Line::Branch(_) => {}
        Line::OneBranch(name) => {
            set("branch", name);
            set("space", &format!("branch/{name}"));
        }
        Line::Pull { number, is_untrusted, .. } => {
            set("pr", &number.to_string());
            set("space", &format!("pr/{number}"));
            if *is_untrusted {
                set("untrusted", "true");
            }
        }
        Line::Tag { name, major } => {
            set("tag", name);
            set("space", &format!("tag/{major}"));
        }
    }
    set("_message", &commit.message);
    set("_author", &commit.author);
    set("_time", &commit.time);
    if let Line::Branch(name) = line {
        set("_branch", name);
    }
    if let Some(site) = site {
        set("_url", &site.commit(&commit.id));
    }
    if let Line::Pull { about, .. } = line {
        version.extend(about.clone());
    }
    version
}

/// The site where the commits of an address can be looked at.
pub(super) fn site(address: &Address, provider: Option<&str>) -> Option<Site> {
    Site::of(address, provider).ok().flatten()
}

/// The most bytes that an answer with every space may have: what is taken at a time is more than that.
const ANSWER_BYTES: usize = 200_000;

/// The newest of an answer that names every space: what is left out would never be asked for again.
pub(super) fn newest(mut versions: Vec<Object>) -> Vec<Object> {
    let mut bytes = 0;
    let fitting = versions.iter().rev().take_while(|version| {
        bytes +=
            version.iter().map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum::<usize>();
        bytes <= ANSWER_BYTES
    });
    let fitting = fitting.take(VERSIONS).count();
    let left_out = versions.len() - fitting;
    if left_out > 0 {
        note(&format!(
            "git: only the newest {fitting} of {} are looked at: choose fewer by patterns",
            versions.len()
        ));
    }
    versions.split_off(left_out)
}
