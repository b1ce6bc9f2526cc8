//! What of a host only one build can have at a time: a service that is not isolated, a port that is fixed.

use crate::build::Build;
use crate::cache::by;
use crate::environment::Variables;
use crate::home::{Guard, Kind, Shared};
use crate::log::StepLog;
use crate::process::port::holder_of_port;
use crate::scope::Scope;
use crate::step::Ended;
use pikoci_plan::event::Event;
use pikoci_plan::plan::Service;
use std::cell::RefCell;

/// What a build holds of the host until its services are stopped.
#[derive(Debug, Default)]
pub(super) struct Places(RefCell<Vec<(String, Guard)>>);

impl Places {
    /// Waits until the service can have its place. A type that is not isolated is one build's at a time; a port is
    /// waited for if another build has it, and in vain if anybody else has.
    pub(super) async fn take(
        &self,
        build: &Build<'_>,
        service: &Service,
        params: &Variables,
        scope: &Scope,
        log: &mut StepLog,
    ) -> Result<(), Ended> {
        if !service.isolated {
            let name = &service.type_name;
            self.lock(build, (Kind::Service, name), &format!("the service `{name}`"), scope, log).await?;
        }
        let Some(port) = params.get("param_port").filter(|port| !port.is_empty()) else { return Ok(()) };
        let is_ours = self.0.borrow().iter().any(|(held, _)| held == &key(Kind::Port, port));
        self.lock(build, (Kind::Port, port), &format!("port {port}"), scope, log).await?;
        match port.parse().ok().and_then(holder_of_port) {
            Some(holder) => Err(Ended::errored(format!("port {port} of this host is in use by {holder}"))),
            None if is_ours => Err(Ended::errored(format!(
                "another service of this job has port {port}; leave it out for a free one"
            ))),
            None => Ok(()),
        }
    }

    async fn lock(
        &self,
        build: &Build<'_>,
        (kind, name): (Kind, &str),
        what: &str,
        scope: &Scope,
        log: &mut StepLog,
    ) -> Result<(), Ended> {
        if self.0.borrow().iter().any(|(held, _)| held == &key(kind, name)) {
            return Ok(());
        }
        let shared = Shared::of_host().map_err(|error| Ended::errored(error.to_string()))?;
        let wait = async |holder: Option<u32>| {
            let note = format!("waits for {what}, which {} has", by(holder));
            let _ = build.attempt.tell(Event::Log(log.note(&note))).await;
        };
        tokio::select! {
            guard = shared.lock(kind, name, wait) => match guard {
                Ok(guard) => {
                    self.0.borrow_mut().push((key(kind, name), guard));
                    Ok(())
                }
                Err(error) => Err(Ended::errored(error.to_string())),
            },
            cause = scope.ends(build.attempt) => Err(Ended::before(cause)),
        }
    }
}

fn key(kind: Kind, name: &str) -> String {
    format!("{kind:?} {name}")
}
