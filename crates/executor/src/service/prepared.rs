//! What the commands of a service get: computed once, so that it is the same for all of them.

use super::Reach;
use crate::build::Build;
use crate::environment::{self, Variables, word};
use crate::log::StepLog;
use crate::scope::Scope;
use crate::step::Ended;
use pikoci_plan::plan::Service;

/// What the variables of parameters begin with.
const PREFIX: &str = "param_";

/// The variable of the port.
const PORT: &str = "param_port";

/// A service whose parameters are known.
#[derive(Debug, Clone)]
pub(super) struct Prepared<'a> {
    pub(super) service: &'a Service,
    /// A name that is unique for ever, and that Docker takes for a container.
    pub(super) id: String,
    /// Its name on the build's network.
    alias: String,
    /// `param_<key>`.
    pub(super) params: Variables,
}

impl<'a> Prepared<'a> {
    /// Computes the parameters. From here on the build knows what they say.
    pub(super) async fn new(
        build: &Build<'a>,
        service: &'a Service,
        scope: &Scope,
        log: &mut StepLog,
    ) -> Result<Self, Ended> {
        let params = build.resolver(scope, false).variables(PREFIX, &service.params, log).await?;
        let id = format!("{}-s{}", build.attempt.name(), service.id);
        Ok(Self { service, id, alias: alias(&service.name), params })
    }

    /// The port that is to be its own, if its parameters name one.
    pub(super) fn port(&self) -> Option<u16> {
        self.params.get(PORT)?.parse().ok()
    }

    /// Gives it a port.
    pub(super) fn set_port(&mut self, port: u16) {
        self.params.insert(PORT.to_owned(), port.to_string());
    }

    /// What can be known of it before it runs.
    pub(super) fn reach(&self) -> Reach {
        let told = self.params.iter().map(|(name, value)| {
            let key = name.strip_prefix(PREFIX).unwrap_or(name);
            (key.to_uppercase(), value.clone())
        });
        Reach { alias: self.service.network.then(|| self.alias.clone()), told: told.collect() }
    }

    /// What its commands get, `stop` excepted.
    pub(super) fn variables(&self, build: &Build<'_>, scope: &Scope, on_network: bool) -> Variables {
        let mut variables = build.variables(scope, on_network);
        variables.extend(self.own(build));
        variables.extend(self.params.clone());
        variables
    }

    /// What its `stop` gets. That goes on record, so it is nothing that must not be seen.
    pub(super) fn public(&self, build: &Build<'_>) -> Variables {
        let mut variables = environment::of_build(build.plan, build.values);
        variables.extend(self.own(build));
        let public = self.service.params.keys().filter(|name| !self.service.sensitive.contains(name));
        let params = public.map(|name| format!("{PREFIX}{}", word(name))).chain([PORT.to_owned()]);
        variables.extend(params.filter_map(|name| Some((name.clone(), self.params.get(&name)?.clone()))));
        variables.retain(|_, value| !build.attempt.hides(value));
        variables
    }

    fn own(&self, build: &Build<'_>) -> Variables {
        let mut variables = Variables::from([
            ("SERVICE_NAME".to_owned(), self.service.name.clone()),
            ("SERVICE_ID".to_owned(), self.id.clone()),
            ("SERVICE_ALIAS".to_owned(), self.alias.clone()),
        ]);
        variables.extend(build.network().map(|network| ("BUILD_NETWORK".to_owned(), network)));
        variables
    }
}

/// A host name made of the service's.
fn alias(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    name.chars().map(plain).collect()
}
