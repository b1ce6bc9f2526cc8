//! The network of a build's containers, made when something first needs it.

use crate::attempt::Attempt;
use crate::environment::Variables;
use crate::home::{StopRecord, Stops};
use crate::process::prepared::Prepared;
use crate::process::stop::StopCommand;
use pikoci_plan::plan::Service;

/// A network of the container engine.
pub(super) struct Network {
    name: String,
    record: Option<StopRecord>,
}

impl Network {
    /// Makes it, for that service. The error is a sentence.
    pub(super) async fn make(attempt: &Attempt<'_>, service: &Service) -> Result<Self, String> {
        let name = attempt.name();
        let create =
            docker(attempt, &["network", "create", "--label", &format!("pikoci.build={name}"), &name])
                .map_err(|problem| {
                    let of = &service.type_name;
                    format!(
                        "a service of type `{of}` is a container, and needs Docker on this host (its package is `docker.io` in Debian and Ubuntu): {problem}"
                    )
                })?;
        let record = attempt
            .slot
            .record_stop(Stops::Network, &format!("{name}-network"), &remove(&name), &Variables::new())
            .map_err(|error| format!("the build's network could not be put on record: {error}"))?;
        let network = Self { name, record: Some(record) };
        match create.run().await {
            Ok(()) => Ok(network),
            Err(problem) => {
                // The engine may have made it all the same.
                network.remove_quietly(attempt).await;
                Err(format!("the build's network could not be made: {problem}"))
            }
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Removes it. If that fails it stays on record, for the next sweep.
    pub(super) async fn remove(self, attempt: &Attempt<'_>) {
        if let Err(problem) = self.try_remove(attempt).await {
            attempt.problem(format!("the build's network could not be removed: {problem}"));
        }
    }

    /// Removes it, if it is there.
    async fn remove_quietly(mut self, attempt: &Attempt<'_>) {
        let record = self.record.take();
        let _ = self.try_remove(attempt).await;
        if let Some(record) = record {
            record.remove();
        }
    }

    async fn try_remove(self, attempt: &Attempt<'_>) -> Result<(), String> {
        docker(attempt, &["network", "rm", &self.name])?.run().await?;
        if let Some(record) = self.record {
            record.remove();
        }
        Ok(())
    }
}

fn remove(name: &str) -> Vec<String> {
    ["docker", "network", "rm", name].map(str::to_owned).to_vec()
}

/// The engine's client; the error says that there is none.
fn docker(attempt: &Attempt<'_>, args: &[&str]) -> Result<StopCommand, String> {
    let argv: Vec<String> = ["docker"].iter().chain(args).map(|arg| (*arg).to_owned()).collect();
    let environment = attempt.environment(&Variables::new()).pairs;
    let command = Prepared::new(&argv, environment, attempt.slot.path())?;
    let limit = attempt.home().settings.service_timeout;
    Ok(StopCommand { command, group: attempt.running.group(), limit })
}
