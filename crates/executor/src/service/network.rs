//! The network of a build's containers, made when something first needs it.

use crate::attempt::Attempt;
use crate::environment::Variables;
use crate::home::{StopRecord, Stops};
use crate::process::prepared::Prepared;
use crate::process::stop::StopCommand;

/// A network of the container engine.
pub(super) struct Network {
    name: String,
    record: Option<StopRecord>,
}

impl Network {
    /// Makes it. The error is a sentence.
    pub(super) async fn make(attempt: &Attempt<'_>) -> Result<Self, String> {
        let name = attempt.name();
        let label = format!("pikoci.build={name}");
        let record = attempt.slot.record_stop(
            Stops::Network,
            &format!("{name}-network"),
            &remove(&name),
            &Variables::new(),
        );
        let record = record.map_err(|error| format!("its network could not be put on record: {error}"))?;
        match run(attempt, &["network", "create", "--label", &label, &name]).await {
            Ok(()) => Ok(Self { name, record: Some(record) }),
            Err(problem) => {
                record.remove();
                Err(format!("the build's network could not be made: {problem}"))
            }
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Removes it. If that fails it stays on record, for the next sweep.
    pub(super) async fn remove(mut self, attempt: &Attempt<'_>) {
        match run(attempt, &["network", "rm", &self.name]).await {
            Ok(()) => {
                if let Some(record) = self.record.take() {
                    record.remove();
                }
            }
            Err(problem) => attempt.problem(format!("the build's network could not be removed: {problem}")),
        }
    }
}

fn remove(name: &str) -> Vec<String> {
    ["docker", "network", "rm", name].map(str::to_owned).to_vec()
}

async fn run(attempt: &Attempt<'_>, args: &[&str]) -> Result<(), String> {
    let argv: Vec<String> = ["docker"].iter().chain(args).map(|arg| (*arg).to_owned()).collect();
    let environment = attempt.environment(&Variables::new()).pairs;
    let command = Prepared::new(&argv, environment, attempt.work())?;
    let limit = attempt.home().settings.service_timeout;
    StopCommand { command, group: attempt.running.group(), limit }.run().await
}
