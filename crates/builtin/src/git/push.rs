//! `push`: publishes what HEAD of a clone points at.
//!
//! The clone has been in the hands of the build's steps: its settings and hooks are not to be trusted with the
//! credentials. So git pushes from a repository of ours that reads the clone's objects and nothing else of it.

use super::history;
use super::log::Commit;
use super::program::{Done, Git};
use super::pull;
use super::refs::{Refs, is_id};
use super::store;
use super::tags::major;
use super::version::{self, Line};
use super::watch::Watch;
use crate::Failure;
use crate::answer::{Object, note};
use crate::call::Call;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// How often a push that lost the race is rebased and tried again.
const TRIES: usize = 5;

/// What a put asks for.
struct Put {
    /// The branch; none where only a tag is pushed.
    branch: Option<String>,
    tag: Option<String>,
    is_forced: bool,
    is_rebased: bool,
}

/// Pushes, and answers with the version that was made, if the resource watches where it went.
///
/// # Errors
/// The server refuses it, somebody else was faster, or the parameters cannot be meant.
pub(crate) fn push(call: &Call) -> Result<Vec<Object>, Failure> {
    let git = Git::of(call)?;
    let watch = Watch::of(call)?;
    let put = Put::of(call, &git, &watch)?;
    let clone = match call.put("dir") {
        Some(dir) => call.below_work(dir)?,
        None => pull::directory(call, &git.address)?,
    };
    let mut bench = Bench::new(call, git, &clone)?;
    bench.publish(&put)?;
    let commit = bench.commit()?;
    let site = version::site(&bench.git.address, call.param("provider"));
    let made: Vec<Object> =
        put.line(&watch).iter().map(|line| version::of(&commit, line, site.as_ref())).collect();
    if made.is_empty() {
        note("git: the resource does not watch what was pushed to, so it has no version of it");
    }
    Ok(made)
}

impl Put {
    fn of(call: &Call, git: &Git, watch: &Watch) -> Result<Self, Failure> {
        let flag = |key: &str| Call::flag(key, call.put(key));
        let tag = call.put("tag").map(str::to_owned);
        let branch = match (call.put("branch"), &tag) {
            (Some(branch), _) => Some(branch.to_owned()),
            (None, Some(_)) => None,
            (None, None) => Some(own_branch(git, watch)?),
        };
        let put = Self { branch, tag, is_forced: flag("force")?, is_rebased: flag("rebase")? };
        if put.is_forced && put.is_rebased {
            return Err(Failure::new(
                "`force` and `rebase` are two answers to one question: give one of them",
            ));
        }
        if put.is_rebased && put.branch.is_none() {
            return Err(Failure::new("`rebase` is for a branch, and only a tag is pushed"));
        }
        Ok(put)
    }

    /// What the server is to change.
    fn refspecs(&self, head: &str) -> Vec<String> {
        let names = self.branch.iter().map(|branch| format!("refs/heads/{branch}"));
        let names = names.chain(self.tag.iter().map(|tag| format!("refs/tags/{tag}")));
        let force = if self.is_forced { "+" } else { "" };
        names.map(|name| format!("{force}{head}:{name}")).collect()
    }

    /// The line of work of the resource that the commit is now a version of.
    fn line(&self, watch: &Watch) -> Option<Line> {
        match (watch, &self.branch, &self.tag) {
            (Watch::Branch(own), Some(branch), _) if own.as_ref().is_none_or(|own| own == branch) => {
                Some(Line::Branch(branch.clone()))
            }
            (Watch::Spaces { branches, .. }, Some(branch), _) if branches.has(branch) => {
                Some(Line::OneBranch(branch.clone()))
            }
            (Watch::Tags(names), _, Some(tag)) if names.has(tag) => {
                Some(Line::Tag { name: tag.clone(), major: major(tag).to_owned() })
            }
            _ => None,
        }
    }
}

/// The branch of the resource.
fn own_branch(git: &Git, watch: &Watch) -> Result<String, Failure> {
    let (Watch::Branch(name), url) = (watch, git.address.text()) else {
        return Err(Failure::new(
            "the put must say to which `branch`, or as which `tag`: its resource has no single branch",
        ));
    };
    if let Some(name) = name {
        return Ok(name.clone());
    }
    let refs = Refs::ask(git, &["HEAD"])?;
    let none = || {
        Failure::new(format!("`{url}` does not say which is its branch"))
            .hint("give the put or the resource a `branch`")
    };
    refs.default_branch().map(str::to_owned).ok_or_else(none)
}

/// The repository that is pushed from, which goes with this.
struct Bench {
    git: Git,
    directory: TempDir,
    head: String,
}

impl Bench {
    fn new(call: &Call, git: Git, clone: &Path) -> Result<Self, Failure> {
        let (head, inner) = head(clone)?;
        let trouble = |error| Failure::new(format!("the push cannot be prepared in $SCRATCH: {error}"));
        // Several puts of a build may run side by side.
        let directory =
            tempfile::Builder::new().prefix("git-push-").tempdir_in(call.scratch()?).map_err(trouble)?;
        let bare = directory.path().join("bare");
        store::make(&bare, head.len() == 64).map_err(trouble)?;
        store::borrow(&bare, &inner.join("objects"))?;
        if inner.join("shallow").exists() {
            fs::copy(inner.join("shallow"), bare.join("shallow")).map_err(trouble)?;
        }
        let url = git.address.text().to_owned();
        let git = git.in_bare(&bare).with_setting("remote.origin.url", &url);
        Ok(Self { git, directory, head })
    }

    fn publish(&mut self, put: &Put) -> Result<(), Failure> {
        if let (true, Some(branch)) = (put.is_rebased, &put.branch) {
            for _ in 1..TRIES {
                self.rebase(branch)?;
                let done = self.push(put)?;
                if done.is_well() || !is_late(&done) {
                    return self.judged(done);
                }
                note(&format!("git: `{branch}` has moved meanwhile; once more"));
            }
            self.rebase(branch)?;
        }
        let done = self.push(put)?;
        self.judged(done)
    }

    fn push(&self, put: &Put) -> Result<Done, Failure> {
        let refspecs = put.refspecs(&self.head);
        let atomic = if refspecs.len() > 1 { "--atomic" } else { "--no-atomic" };
        let args = ["push", "--porcelain", atomic, "origin"].into_iter();
        self.git.run(args.chain(refspecs.iter().map(String::as_str)))
    }

    fn judged(&self, done: Done) -> Result<(), Failure> {
        if done.is_well() {
            return Ok(());
        }
        let is_late = is_late(&done);
        for line in done.text().lines().filter(|line| line.starts_with('!')) {
            note(line);
        }
        note(&done.error());
        let failure = Failure::new(format!("`{}` did not take the push", self.git.address.text()));
        Err(if is_late {
            failure.hint("it has commits that this clone does not: rebase = true puts the new ones on top, force = true throws the others away")
        } else {
            failure
        })
    }

    /// Puts the commits of HEAD on top of what the branch is by now, if there is such a branch.
    fn rebase(&mut self, branch: &str) -> Result<(), Failure> {
        let name = format!("refs/heads/{branch}");
        let Some(theirs) = Refs::ask(&self.git, &[&name])?.id(&name).map(str::to_owned) else {
            return Ok(());
        };
        let fetch = ["fetch", "-q", "--no-tags", "origin", &format!("+{name}:{}", store::at(&theirs))];
        let url = self.git.address.text();
        self.git.run(fetch)?.or_fail(|| Failure::new(format!("cannot fetch from `{url}`")))?;
        let theirs = store::at(&theirs);
        if self.git.run(["merge-base", "--is-ancestor", &theirs, &self.head])?.is_well() {
            return Ok(());
        }
        let tree = self.directory.path().join("tree");
        let place = tree.to_string_lossy();
        let trouble = || Failure::new("the clone cannot be checked out anew to rebase it");
        self.git
            .run(["worktree", "add", "-q", "--force", "--detach", &place, &self.head])?
            .or_fail(trouble)?;
        let rebased = self.rebased(&tree, &theirs);
        self.git.run(["worktree", "remove", "--force", &place])?;
        self.head = rebased?;
        Ok(())
    }

    fn rebased(&self, tree: &Path, theirs: &str) -> Result<String, Failure> {
        let who = self.git.run(["log", "-1", "--format=%cn%x00%ce", &self.head, "--"])?.text();
        let (name, email) = who.trim_end().split_once('\0').unwrap_or_default();
        let git = |args: &[&str]| {
            let mut command = self.git.command(args);
            command.env_remove("GIT_DIR").current_dir(tree);
            command.env("GIT_COMMITTER_NAME", name).env("GIT_COMMITTER_EMAIL", email);
            Done::run(command)
        };
        git(&["rebase", "-q", "--no-autostash", theirs])?.or_fail(|| {
            Failure::new("the new commits cannot be put on top of what the branch is by now: they conflict")
                .hint("get the newest version, and do the work again on it")
        })?;
        Ok(git(&["rev-parse", "HEAD"])?.text().trim_end().to_owned())
    }

    fn commit(&self) -> Result<Commit, Failure> {
        history::head(&self.git, &self.head)?.ok_or_else(|| Failure::new("what was pushed cannot be read"))
    }
}

/// Whether a push was refused because others have pushed since.
fn is_late(done: &Done) -> bool {
    let text = done.text();
    ["fetch first", "non-fast-forward", "stale info", "cannot lock ref", "failed to update ref"]
        .iter()
        .any(|reason| text.contains(reason))
}

/// What HEAD of a clone is, and the directory that holds its objects. This git gets no credentials and runs nothing,
/// so it does not matter whose the clone is: it may have been made in a container.
fn head(clone: &Path) -> Result<(String, PathBuf), Failure> {
    let none = || {
        Failure::new(format!("there is no repository with a commit in {}", clone.display()))
            .hint("`dir` of the put says where it is, below $WORKDIR")
    };
    if !clone.join(".git").exists() {
        return Err(none());
    }
    let args = ["rev-parse", "HEAD^{commit}", "--path-format=absolute", "--git-common-dir"];
    let mut command = std::process::Command::new("git");
    command.args(args).current_dir(clone).env("GIT_TERMINAL_PROMPT", "0");
    let any = [("COUNT", "1"), ("KEY_0", "safe.directory"), ("VALUE_0", "*")];
    command.envs(any.map(|(name, value)| (format!("GIT_CONFIG_{name}"), value)));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("param_")) {
        command.env_remove(name);
    }
    let text = Done::run(command)?.or_fail(none)?.text();
    match text.lines().collect::<Vec<_>>()[..] {
        [head, inner] if is_id(head) => Ok((head.to_owned(), PathBuf::from(inner))),
        _ => Err(none()),
    }
}
