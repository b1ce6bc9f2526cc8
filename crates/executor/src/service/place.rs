//! What of a host only one build can have at a time: a service that is not isolated, a port.

use super::prepared::Prepared;
use crate::build::Build;
use crate::cache::by;
use crate::home::{Guard, Kind, Shared, Tried};
use crate::log::StepLog;
use crate::process::port::{free_port, holder_of_port};
use crate::scope::Scope;
use crate::step::Ended;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a port may still be in use when it is ours: what had it before may just be ending.
const PORT_PATIENCE: Duration = Duration::from_secs(2);

/// How many ports are tried before it is given up to find one that no other build has in mind.
const FREE_PORTS: usize = 100;

/// How often it is looked whether it still is.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// What a build holds of the host until its services are stopped.
#[derive(Debug, Default)]
pub(super) struct Places(BTreeMap<Place, Guard>);

/// What is held. Everybody takes them in this order, so that no two builds wait for each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// A type that is not isolated.
    Type(String),
    /// A port.
    Port(u16),
}

impl Place {
    /// What the service needs.
    pub(super) fn needed(prepared: &Prepared<'_>) -> impl Iterator<Item = Self> {
        let of_type = (!prepared.service.isolated).then(|| Self::Type(prepared.service.type_name.clone()));
        of_type.into_iter().chain(prepared.port().map(Self::Port))
    }

    fn lock(&self) -> (Kind, String) {
        match self {
            Self::Type(name) => (Kind::Service, name.clone()),
            Self::Port(port) => (Kind::Port, port.to_string()),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Type(name) => write!(f, "the service type `{name}`"),
            Self::Port(port) => write!(f, "port {port}"),
        }
    }
}

impl Places {
    /// A port on which nobody listens, and which no other build has in mind.
    pub(super) fn free_port(&mut self) -> Result<u16, Ended> {
        let trouble = |why: String| Ended::errored(format!("no free port of this host could be had: {why}"));
        let shared = shared()?;
        for _ in 0..FREE_PORTS {
            let port = free_port().map_err(|error| trouble(error.to_string()))?;
            let tried = shared.try_lock(Kind::Port, &port.to_string());
            if let Tried::Held(guard) = tried.map_err(|error| trouble(error.to_string()))? {
                self.0.insert(Place::Port(port), guard);
                return Ok(port);
            }
        }
        Err(trouble("other builds have taken all that were tried".to_owned()))
    }

    /// Whether we have it.
    pub(super) fn has(&self, place: &Place) -> bool {
        self.0.contains_key(place)
    }

    /// Waits until the place is ours. A port is waited for if another build has it, and in vain if anybody else has.
    pub(super) async fn take(
        &mut self,
        build: &Build<'_>,
        place: Place,
        scope: &Scope,
        log: &mut StepLog,
    ) -> Result<(), Ended> {
        let (kind, name) = place.lock();
        let shared = shared()?;
        let wait = async |holder: Option<u32>| {
            let _ = build.attempt.note(log, &format!("waits for {place}, which {} has", by(holder))).await;
        };
        let guard = tokio::select! {
            guard = shared.lock(kind, &name, wait) => guard.map_err(|error| Ended::errored(error.to_string()))?,
            cause = scope.ends(build.attempt) => return Err(Ended::before(cause)),
        };
        if let Place::Port(port) = place {
            until_free(build, port, log).await?;
        }
        self.0.insert(place, guard);
        Ok(())
    }
}

fn shared() -> Result<Shared, Ended> {
    Shared::of_host().map_err(|error| Ended::errored(error.to_string()))
}

/// Waits a little for a port that is ours to be free.
async fn until_free(build: &Build<'_>, port: u16, log: &mut StepLog) -> Result<(), Ended> {
    let given_up = Instant::now() + PORT_PATIENCE;
    let mut is_told = false;
    while let Some(holder) = holder_of_port(port) {
        if Instant::now() >= given_up {
            return Err(Ended::errored(format!("port {port} of this host is in use by {holder}")));
        }
        if !std::mem::replace(&mut is_told, true) {
            let waits = format!("waits for port {port} of this host, which {holder} has");
            build.attempt.note(log, &waits).await?;
        }
        sleep(LOOK_AGAIN).await;
    }
    Ok(())
}
