//! All that has a log of its own in a build: its services, its steps, and what is in these.

use crate::plan::{BuildPlan, Hooks, Step};

/// A line of an outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// `service`, `get`, `task`, `in_parallel`, `hook` …: the word of the language.
    pub kind: &'static str,
    /// How deep it stands in other steps; 0 is the job itself.
    pub depth: u32,
}

impl BuildPlan {
    /// All that events can speak of, at the place of its number: services, steps with what is in them and their
    /// hooks, the job's hooks.
    pub fn outline(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for service in &self.services {
            lines.push(Line { name: service.name.clone(), kind: "service", depth: 0 });
        }
        self.steps.iter().for_each(|step| add(step, 0, &mut lines));
        add_hooks(&self.hooks, 0, &mut lines);
        lines
    }

    /// Gives each service and step its number in the outline. Whoever makes a plan does this last.
    pub fn number(&mut self) {
        let mut next = 0;
        for service in &mut self.services {
            take(&mut service.id, &mut next);
        }
        self.steps.iter_mut().for_each(|step| number_step(step, &mut next));
        number_hooks(&mut self.hooks, &mut next);
    }
}

fn add(step: &Step, depth: u32, lines: &mut Vec<Line>) {
    lines.push(Line { name: step.name.clone(), kind: step.action.kind(), depth });
    step.action.steps().into_iter().for_each(|inner| add(inner, depth + 1, lines));
    add_hooks(&step.hooks, depth + 1, lines);
}

fn add_hooks(hooks: &Hooks, depth: u32, lines: &mut Vec<Line>) {
    for step in hooks.all().into_iter().flat_map(|(_, steps)| steps) {
        add(step, depth, lines);
    }
}

fn take(id: &mut u32, next: &mut u32) {
    *id = *next;
    *next += 1;
}

fn number_step(step: &mut Step, next: &mut u32) {
    take(&mut step.id, next);
    for inner in step.action.steps_mut() {
        number_step(inner, next);
    }
    number_hooks(&mut step.hooks, next);
}

fn number_hooks(hooks: &mut Hooks, next: &mut u32) {
    let Hooks { on_success, on_failure, on_error, on_cancel, ensure } = hooks;
    for step in [on_success, on_failure, on_error, on_cancel, ensure].into_iter().flatten() {
        number_step(step, next);
    }
}
