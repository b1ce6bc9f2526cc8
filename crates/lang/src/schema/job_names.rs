//! What only a build knows, as the attributes of a job's steps, hooks and services may name it.

use crate::diagnostic::{did_you_mean, quoted_list};
use crate::eval::Value;
use crate::eval::error::{EvalError, EvalResult};
use crate::eval::scope::Names;
use crate::late::{Late, Reference};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// The keys of `build`.
const BUILD: &[&str] = &["id", "number", "job", "pipeline", "team", "url", "status"];

/// A root that names something of the job: `get`, `task`, `service`; and its name.
type Entry = (&'static str, String);

/// What the job holds, and what of it has ended where its steps are being read.
#[derive(Default)]
pub(super) struct Table {
    all: BTreeSet<Entry>,
    before: RefCell<BTreeSet<Entry>>,
    /// What was added to `before`, in order.
    added: RefCell<Vec<Entry>>,
}

impl Table {
    pub(super) fn new(all: BTreeSet<Entry>) -> Self {
        Self { all, ..Self::default() }
    }

    /// Notes that what follows comes after it.
    pub(super) fn passed(&self, root: &'static str, name: &str) {
        self.add((root, name.to_owned()));
    }

    fn add(&self, entry: Entry) {
        if self.before.borrow_mut().insert(entry.clone()) {
            self.added.borrow_mut().push(entry);
        }
    }

    /// Reads branches that run side by side: each sees what came before all of them, and what follows sees all.
    pub(super) fn side_by_side<T>(&self, branches: impl Iterator<Item = T>, mut read: impl FnMut(T)) {
        let begin = self.added.borrow().len();
        let mut of_branches = Vec::new();
        for branch in branches {
            read(branch);
            let of_branch = self.added.borrow_mut().split_off(begin);
            of_branch.iter().for_each(|entry| {
                self.before.borrow_mut().remove(entry);
            });
            of_branches.extend(of_branch);
        }
        of_branches.into_iter().for_each(|entry| self.add(entry));
    }
}

/// Where in a job an expression stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// In a service: before any step.
    Service,
    /// In a step.
    Step,
    /// In a hook, which knows how things ended.
    Hook,
}

/// The names of a job's attributes.
pub(super) struct JobNames<'a> {
    pub(super) outer: &'a dyn Names,
    pub(super) table: &'a Table,
    pub(super) position: Position,
}

impl JobNames<'_> {
    fn named(&self, root: &'static str, name: &str) -> EvalResult<()> {
        let entry = (root, name.to_owned());
        if self.position == Position::Service && root != "get" {
            return Err(EvalError::new(format!(
                "a service starts before the first step, and knows no `{root}`"
            ))
            .hint("a service knows `get`, `input` and `build`"));
        }
        // What a get takes is chosen before the build starts.
        let known = match self.position {
            Position::Service => &self.table.all,
            Position::Step | Position::Hook => &*self.table.before.borrow(),
        };
        if known.contains(&entry) {
            return Ok(());
        }
        if self.table.all.contains(&entry) {
            return Err(EvalError::new(format!(
                "the {root} `{name}` has not ended here: it comes later, or runs beside this step"
            ))
            .hint("write it before the step that needs it"));
        }
        let before = self.table.before.borrow();
        let all = self.table.all.iter().chain(&*before).filter(|(kind, _)| *kind == root);
        let names: Vec<&str> = all.map(|(_, name)| name.as_str()).collect();
        Err(EvalError::new(format!("there is no {root} `{name}` in this job"))
            .maybe_hint(did_you_mean(name, names)))
    }

    fn build(&self, key: &str) -> EvalResult {
        if !BUILD.contains(&key) {
            return Err(EvalError::new(format!("there is no `build.{key}`"))
                .maybe_hint(did_you_mean(key, BUILD.iter().copied())));
        }
        if key == "status" && self.position != Position::Hook {
            return Err(EvalError::new("`build.status` is known only in hooks")
                .hint("`on_failure`, `on_success` and the others are hooks, and `ensure` runs in any case"));
        }
        Ok(Late::Build(Reference::Build(key.to_owned())).into_value())
    }
}

impl Names for JobNames<'_> {
    fn member(&self, root: &str, key: &str) -> Option<EvalResult> {
        self.outer.member(root, key)
    }

    fn whole(&self, root: &str) -> Option<EvalResult> {
        if self.late_keys(root).is_some() {
            return Some(self.late(root, &[]));
        }
        self.outer.whole(root)
    }

    fn roots(&self) -> Vec<&str> {
        self.outer.roots().into_iter().chain(["get", "task", "service", "input", "build"]).collect()
    }

    fn late_keys(&self, root: &str) -> Option<usize> {
        match root {
            "get" | "task" | "service" => Some(2),
            "input" | "build" => Some(1),
            _ => None,
        }
    }

    fn late(&self, root: &str, keys: &[String]) -> EvalResult {
        match (root, keys) {
            ("get", [step, key]) => {
                self.named("get", step)?;
                Ok(Value::from(Reference::Get { step: step.clone(), key: key.clone() }))
            }
            ("task", [step, key]) => {
                self.named("task", step)?;
                Ok(Value::from(Reference::Task { step: step.clone(), key: key.clone() }))
            }
            ("service", [service, key]) => {
                self.named("service", service)?;
                Ok(Value::from(Reference::Service { service: service.clone(), key: key.clone() }))
            }
            ("input", [name]) => Err(EvalError::new(format!("there is no input `{name}` in this job"))
                .hint("blocks `input` are not there yet")),
            ("build", [key]) => self.build(key),
            ("build", _) => {
                Err(EvalError::new(format!("`build` is known key by key: {}", quoted_list("build.", BUILD))))
            }
            ("input", _) => Err(EvalError::new("`input` is known name by name: `input.NAME`")),
            (root, _) => Err(EvalError::new(format!("`{root}` is known key by key: `{root}.NAME.KEY`"))),
        }
    }
}

impl From<Reference> for Value {
    fn from(reference: Reference) -> Self {
        Late::Build(reference).into_value()
    }
}
