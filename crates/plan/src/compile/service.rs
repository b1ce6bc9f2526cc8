//! Services.

use super::Compiler;
use crate::plan::{Late, ReadyCheck, Service};
use pikoci_lang::{Command, ServiceType};

/// For how many milliseconds a service is asked whether it is ready, where its type says nothing else: one minute.
const READY_TIMEOUT_MS: u64 = 60_000;

/// The variable of the network, which is made where a command names it.
const NETWORK: &str = "BUILD_NETWORK";

impl Compiler<'_> {
    /// The service; `None` if the pipeline does not have its type.
    pub(super) fn service(&self, service: &pikoci_lang::Service) -> Option<Service> {
        let of = self.pipeline.service_types.get(&service.type_name.value)?;
        let command = |command: &Option<Command>| command.as_ref().and_then(|command| self.command(command));
        Some(Service {
            id: 0,
            name: service.name.value.clone(),
            type_name: of.name.clone(),
            params: self.values(&service.params),
            sensitive: sensitive(of, service),
            start: command(&of.start),
            ready_check: of.ready_check.as_ref().and_then(|check| self.ready_check(check)),
            logs: command(&of.logs),
            stop: command(&of.stop),
            isolated: of.isolated,
            free_port: !of.isolated
                && of.params.named.contains_key("port")
                && !service.params.contains_key("port"),
            network: of.commands().any(names_network),
            timeout_ms: service.timeout_ms.unwrap_or(0),
        })
    }

    fn ready_check(&self, check: &pikoci_lang::ReadyCheck) -> Option<ReadyCheck> {
        Some(ReadyCheck {
            command: self.command(&check.command)?,
            timeout_ms: check.command.timeout_ms.unwrap_or(READY_TIMEOUT_MS),
            interval_ms: check.interval_ms.unwrap_or(0),
        })
    }
}

/// The parameters of which the type says so, and that hold no secret anyway.
fn sensitive(of: &ServiceType, service: &pikoci_lang::Service) -> Vec<String> {
    let named = of.params.named.iter().filter(|(_, param)| param.sensitive);
    let names = named.map(|(name, _)| name);
    names.filter(|name| service.params.get(*name).is_some_and(|value| !value.is_secret())).cloned().collect()
}

fn names_network(command: &Command) -> bool {
    command.params.values().any(|value| holds(&value.value))
}

fn holds(late: &Late) -> bool {
    match late.elements() {
        Some(items) => items.iter().any(holds),
        None => late.as_str().is_some_and(|text| text.contains(NETWORK)),
    }
}
