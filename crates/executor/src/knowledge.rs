//! What a build knows so far: for the environment of its processes, and for its late values.

use crate::environment::{self, Variables, word};
use crate::service::Reach;
use pikoci_lang::{LateError, Reference, Value};
use pikoci_plan::plan::{Action, BuildPlan, Step};
use pikoci_plan::values::BuildValues;
use pikoci_plan::version::Version;
use std::collections::BTreeMap;

/// What a build knows.
#[derive(Debug, Default)]
pub(crate) struct Knowledge {
    /// `BUILD_…`, `GET_…`, `TASK_…`: what every later process gets.
    variables: Variables,
    /// The versions that were chosen for its gets, fetched or not.
    versions: BTreeMap<String, Version>,
    /// What tasks wrote to `$PIKOCI_OUTPUT`.
    tasks: BTreeMap<String, Variables>,
    /// The services that run, by name.
    services: BTreeMap<String, Reach>,
    /// Whether only one get is in it, whose version has short names too.
    has_one_get: bool,
}

impl Knowledge {
    /// What is known at the beginning.
    pub(crate) fn of(plan: &BuildPlan, values: &BuildValues) -> Self {
        Self {
            variables: environment::of_build(plan, values),
            versions: values.inputs.clone(),
            has_one_get: plan.steps.iter().map(gets).sum::<usize>() == 1,
            ..Self::default()
        }
    }

    /// A get has fetched its version.
    pub(crate) fn fetched(&mut self, step: &str, version: &Version) {
        self.variables.extend(environment::of_get(step, version));
        if self.has_one_get {
            self.variables.extend(environment::of_version(version));
        }
    }

    /// A task has written these.
    pub(crate) fn wrote(&mut self, step: &str, output: Variables) {
        let name = word(step).to_uppercase();
        let exported =
            output.iter().map(|(key, value)| (format!("TASK_{name}_{}", word(key)), value.clone()));
        self.variables.extend(exported);
        self.tasks.insert(step.to_owned(), output);
    }

    /// A service can be reached.
    pub(crate) fn serves(&mut self, name: &str, reach: Reach) {
        self.services.insert(name.to_owned(), reach);
    }

    /// A service tells more of itself.
    pub(crate) fn tells(&mut self, name: &str, told: Variables) {
        if let Some(reach) = self.services.get_mut(name) {
            reach.told.extend(told);
        }
    }

    /// What a process gets that does, or does not, stand on the build's network.
    pub(crate) fn variables(&self, on_network: bool) -> Variables {
        let mut variables = self.variables.clone();
        for (name, reach) in &self.services {
            variables.extend(reach.variables(name, on_network));
        }
        variables
    }

    /// The value of a reference; null is one that is missing.
    pub(crate) fn value(
        &self,
        reference: &Reference,
        status: Option<&str>,
        on_network: bool,
    ) -> Result<Value, LateError> {
        let text = |text: Option<&str>| text.map_or(Value::Null, Value::string);
        Ok(match reference {
            Reference::Get { step, key } => {
                let version = self.versions.get(step);
                text(version.and_then(|version| version.get(key).or_else(|| version.get(&format!("_{key}")))))
            }
            Reference::Task { step, key } => {
                text(self.tasks.get(step).and_then(|output| output.get(key)).map(String::as_str))
            }
            Reference::Service { service, key } => {
                text(self.services.get(service).and_then(|reach| reach.value(key, on_network)).as_deref())
            }
            Reference::Input(_) => Value::Null,
            Reference::Build(key) => match key.as_str() {
                "status" => text(status),
                key => {
                    let name = match key {
                        "job" | "pipeline" | "team" => format!("BUILD_{}_NAME", key.to_uppercase()),
                        key => format!("BUILD_{}", key.to_uppercase()),
                    };
                    text(self.variables.get(&name).map(String::as_str))
                }
            },
        })
    }
}

fn gets(step: &Step) -> usize {
    let own = usize::from(matches!(step.action, Action::Get(_)));
    own + step.action.steps().into_iter().map(gets).sum::<usize>()
}
