//! What a service has to say: its `logs` command, and what its own processes write.

use super::start::own_variables;
use crate::attempt::Attempt;
use crate::build::Build;
use crate::log::StepLog;
use crate::scope::Scope;
use crate::step::command::{self, Run};
use pikoci_plan::event::Event;
use pikoci_plan::plan::Service;
use tokio::net::unix::pipe;

/// How much is read at a time, in bytes.
const READ_BYTES: usize = 64 * 1024;

/// The log of a service, and where it comes from.
pub(super) struct Voice<'a> {
    pub(super) service: &'a Service,
    pub(super) log: StepLog,
    /// Pipes that what `start` left running still holds.
    pub(super) held: Vec<pipe::Receiver>,
    pub(super) is_up: bool,
}

impl Voice<'_> {
    /// Hands on what the service writes until it has nothing more to say.
    pub(super) async fn follow(&mut self, build: &Build<'_>, scope: &Scope) {
        for pipe in std::mem::take(&mut self.held) {
            read(&pipe, &mut self.log, build.attempt, scope).await;
        }
        let Some(logs) = self.service.logs.as_ref().filter(|_| self.is_up) else { return };
        let resolver = build.resolver(scope, false);
        let Ok(filled) = resolver.filled(logs, &mut self.log).await else { return };
        let run = Run { variables: own_variables(build, self.service), ..Run::new(filled, scope) };
        // How it ends is no concern of the build's: it does when its service is gone.
        let _ = command::run(build.attempt, &mut self.log, run).await;
    }

    /// Tells what was held back.
    pub(super) async fn end(mut self, build: &Build<'_>) {
        if let Some(rest) = self.log.finish() {
            let _ = build.attempt.tell(Event::Log(rest)).await;
        }
    }
}

/// Reads a pipe to its end, or until the scope ends.
async fn read(pipe: &pipe::Receiver, log: &mut StepLog, attempt: &Attempt<'_>, scope: &Scope) {
    let mut bytes = vec![0; READ_BYTES];
    loop {
        tokio::select! {
            ready = pipe.readable() => if ready.is_err() { return },
            _ = scope.ends(attempt) => return,
        }
        match pipe.try_read(&mut bytes) {
            Ok(0) => return,
            Ok(count) => {
                if let Some(frame) = log.output(&bytes[..count])
                    && attempt.tell(Event::Log(frame)).await.is_err()
                {
                    return;
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}
