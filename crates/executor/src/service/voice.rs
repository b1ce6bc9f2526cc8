//! What services have to say: their `logs` command, and what their own processes write.

use super::prepared::Prepared;
use crate::Cancel;
use crate::attempt::Attempt;
use crate::build::Build;
use crate::environment::Variables;
use crate::log::StepLog;
use crate::runner::Filled;
use crate::scope::Scope;
use crate::step::Ended;
use crate::step::command::{self, Run};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::io;
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, watch};

/// How much is read at a time, in bytes.
const READ_BYTES: usize = 64 * 1024;

/// The log of a service that has started, and where it comes from.
pub(super) struct Voice<'a> {
    log: StepLog,
    /// Pipes that what `start` left running still holds.
    held: Vec<pipe::Receiver>,
    /// What prints what it has to say, if it does not do so itself.
    logs: Option<(Filled<'a>, Variables)>,
}

/// All that is heard of the services of a build, until they are silenced.
#[derive(Default)]
pub(super) struct Voices(watch::Sender<Cancel>);

impl Voices {
    /// Hands on what the services say that come in by `started`, until none of them has anything more to say. Neither
    /// a cancel nor a limit ends it: a service is heard until it is stopped.
    pub(super) async fn listen<'a>(&self, build: &Build<'a>, mut started: mpsc::Receiver<Voice<'a>>) {
        let scope =
            Scope { cancel: self.0.subscribe(), deadlines: Vec::new(), status: None, is_afterwards: false };
        let mut speaking = FuturesUnordered::new();
        let mut more_may_come = true;
        while more_may_come || !speaking.is_empty() {
            tokio::select! {
                voice = started.recv(), if more_may_come => match voice {
                    Some(voice) => speaking.push(voice.follow(build, &scope)),
                    None => more_may_come = false,
                },
                Some(()) = speaking.next() => {}
            }
        }
    }

    /// What is still to be said is of no use any more.
    pub(super) fn silence(&self) {
        self.0.send_replace(Cancel::SkipHooks);
    }
}

impl<'a> Voice<'a> {
    pub(super) async fn new(
        build: &Build<'a>,
        prepared: &Prepared<'a>,
        (mut log, held): (StepLog, Vec<pipe::Receiver>),
        scope: &Scope,
    ) -> Result<Self, Ended> {
        let logs = match &prepared.service.logs {
            Some(command) => {
                let filled = build.filled(command, scope, &mut log).await?;
                let variables = prepared.variables(build, scope, filled.is_on_network());
                Some((filled, variables))
            }
            None => None,
        };
        Ok(Self { log, held, logs })
    }

    /// Hands on what the service writes until it has nothing more to say.
    async fn follow(mut self, build: &Build<'_>, scope: &Scope) {
        for pipe in self.held {
            // Who does not listen any more does not hear it.
            let _ = read(pipe, &mut self.log, build.attempt, scope).await;
        }
        if let Some((filled, variables)) = self.logs {
            let run = Run { variables, ..Run::new(filled, scope) };
            // How it ends is no concern of the build's: it does when its service is gone.
            let _ = command::run(build.attempt, &mut self.log, run).await;
        }
        let rest = self.log.finish();
        let _ = build.attempt.tell_frame(rest).await;
        build.put_away(self.log);
    }
}

/// Reads a pipe to its end, or until the scope ends.
async fn read(
    pipe: pipe::Receiver,
    log: &mut StepLog,
    attempt: &Attempt<'_>,
    scope: &Scope,
) -> Result<(), Ended> {
    let mut bytes = vec![0; READ_BYTES];
    loop {
        tokio::select! {
            ready = pipe.readable() => if ready.is_err() { break },
            _ = scope.ends(attempt) => {
                attempt.drain(pipe);
                return Ok(());
            }
        }
        match pipe.try_read(&mut bytes) {
            Ok(0) => break,
            Ok(count) => {
                let frame = log.output(&bytes[..count]);
                attempt.tell_frame(frame).await?;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
    }
    let rest = log.finish();
    attempt.tell_frame(rest).await?;
    if let Some(cut) = log.cut() {
        attempt.note(log, &cut).await?;
    }
    Ok(())
}
