//! Steps and hooks.

use super::Compiler;
use crate::plan::{Action, Branch, Decision, Get, Hooks, InParallel, Put, Step, Task};
use pikoci_lang as lang;
use std::collections::BTreeMap;

impl Compiler<'_> {
    /// Steps, in written order.
    pub(super) fn steps(&self, steps: &[lang::Step]) -> Vec<Step> {
        steps.iter().filter_map(|step| self.step(step)).collect()
    }

    /// Hooks.
    pub(super) fn hooks(&self, hooks: &lang::Hooks) -> Hooks {
        Hooks {
            on_success: self.steps(&hooks.on_success),
            on_failure: self.steps(&hooks.on_failure),
            on_error: self.steps(&hooks.on_error),
            on_cancel: self.steps(&hooks.on_cancel),
            ensure: self.steps(&hooks.ensure),
        }
    }

    /// A step; `None` if the pipeline does not have what it names.
    fn step(&self, step: &lang::Step) -> Option<Step> {
        let options = &step.options;
        Some(Step {
            id: 0,
            name: step.name.value.clone(),
            action: self.action(&step.action)?,
            timeout_ms: options.timeout_ms.or_else(|| self.timeout_of_type(&step.action)).unwrap_or(0),
            attempts: options.attempts.max(1),
            backoff_ms: options.backoff_ms.unwrap_or(0),
            allow_failure: options.allow_failure,
            hooks: self.hooks(&options.hooks),
        })
    }

    fn action(&self, action: &lang::Action) -> Option<Action> {
        Some(match action {
            lang::Action::Get(get) => Action::Get(self.get(get)?),
            lang::Action::Task(task) => Action::Task(self.task(task)?),
            lang::Action::Put(put) => Action::Put(self.put(put)?),
            lang::Action::Hook(command) => Action::Hook(self.hook(command)?),
            lang::Action::InParallel(parallel) => Action::InParallel(InParallel {
                limit: parallel.limit,
                fail_fast: parallel.fail_fast,
                steps: self.steps(&parallel.steps),
            }),
            lang::Action::Do(steps) => Action::Do(self.steps(steps)),
            lang::Action::If(branches) => {
                Action::If(branches.iter().map(|branch| self.branch(branch)).collect())
            }
        })
    }

    fn get(&self, get: &lang::Get) -> Option<Get> {
        let resource = self.pipeline.resource(&get.resource)?;
        let pull = self.pipeline.type_of(resource)?.pull.as_ref();
        Some(Get {
            resource: self.resource(resource),
            directory: resource.directory.clone(),
            pull: pull.and_then(|pull| self.command(pull)),
        })
    }

    fn put(&self, put: &lang::Put) -> Option<Put> {
        let resource = self.pipeline.resource(&put.resource)?;
        let push = self.pipeline.type_of(resource)?.push.as_ref();
        Some(Put {
            resource: self.resource(resource),
            push: push.and_then(|push| self.command(push)),
            attributes: self.values(&put.attributes),
        })
    }

    fn task(&self, task: &lang::Task) -> Option<Task> {
        Some(Task {
            command: self.command(&task.run)?,
            env: self.values(&task.env),
            dir: task.dir.as_ref().map(|dir| self.late(&dir.value)),
            inputs: task.inputs.iter().map(|path| self.late(&path.value)).collect(),
            outputs: task.outputs.iter().map(|path| self.late(&path.value)).collect(),
        })
    }

    fn hook(&self, command: &lang::Command) -> Option<Task> {
        let command = self.command(command)?;
        Some(Task { command, env: BTreeMap::new(), dir: None, inputs: Vec::new(), outputs: Vec::new() })
    }

    fn branch(&self, branch: &lang::Branch) -> Branch {
        let condition = branch.condition.as_ref().map(|condition| match condition {
            lang::Decision::Value(late) => Decision::Value(self.late(late)),
            lang::Decision::Condition(condition) => Decision::Condition(condition.clone()),
        });
        Branch { condition, steps: self.steps(&branch.steps) }
    }

    /// What the type's own command says about its time, where the step says nothing.
    fn timeout_of_type(&self, action: &lang::Action) -> Option<u64> {
        let of = |resource: &str| self.pipeline.type_of(self.pipeline.resource(resource)?);
        match action {
            lang::Action::Get(get) => of(&get.resource)?.pull.as_ref()?.timeout_ms,
            lang::Action::Put(put) => of(&put.resource)?.push.as_ref()?.timeout_ms,
            _ => None,
        }
    }
}
