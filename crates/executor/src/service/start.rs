//! Starting a service, and waiting until it can be used.

use super::place::Places;
use super::voice::Voice;
use super::{Reach, Tried};
use crate::build::Build;
use crate::environment::{Variables, word};
use crate::home::{StopRecord, Stops};
use crate::log::StepLog;
use crate::output_file;
use crate::process::exit::{Cause, Exit};
use crate::process::port::free_port;
use crate::process::stop::StopCommand;
use crate::runner::{self, Filled, Names};
use crate::scope::Scope;
use crate::step::Ended;
use crate::step::command::{self, Run};
use pikoci_plan::plan::{Command, ReadyCheck, Service};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The pause between two ready checks that say none: from this,
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// doubling, to this.
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// How long one ready check may take before it is killed and tried again.
const ONE_CHECK: Duration = Duration::from_secs(10);

/// A service that could not even be tried.
pub(super) fn not_tried<'a>(build: &Build<'a>, service: &'a Service, ended: Ended) -> (Tried<'a>, Voice<'a>) {
    let log = build.log(service.id);
    let (stop, record) = (None, None);
    (Tried { service, stop, record, ended }, Voice { service, log, held: Vec::new(), is_up: false })
}

/// Runs `start`, whose `stop` is on record before.
pub(super) async fn start<'a>(
    build: &Build<'a>,
    service: &'a Service,
    places: &Places,
    scope: &Scope,
) -> (Tried<'a>, Voice<'a>) {
    let mut log = build.log(service.id);
    let prepared = prepare(build, service, places, scope, &mut log).await;
    let Prepared { variables, stop, record } = match prepared {
        Ok(prepared) => prepared,
        Err(ended) => return not_tried(build, service, ended),
    };
    let ran = match &service.start {
        Some(start) => run(build, start, variables, scope, &mut log).await,
        None => Ok((Ended::well(), Variables::new(), Vec::new())),
    };
    let (ended, told, held) = match ran {
        Ok((ended, told, held)) => (ended, told, held),
        Err(ended) => (ended, Variables::new(), Vec::new()),
    };
    build.is_reached(service, told);
    let is_up = ended.outcome == pikoci_plan::status::Outcome::Succeeded;
    (Tried { service, stop, record, ended }, Voice { service, log, held, is_up })
}

/// What is ready before `start` runs.
struct Prepared {
    variables: Variables,
    stop: Option<StopCommand>,
    record: Option<StopRecord>,
}

async fn prepare(
    build: &Build<'_>,
    service: &Service,
    places: &Places,
    scope: &Scope,
    log: &mut StepLog,
) -> Result<Prepared, Ended> {
    let resolver = build.resolver(scope, false);
    let mut params = resolver.variables("param_", &service.params, log).await?;
    if service.free_port {
        let port = free_port().map_err(|error| Ended::errored(format!("no port could be had: {error}")))?;
        params.insert("param_port".to_owned(), port.to_string());
    }
    places.take(build, service, &params, scope, log).await?;
    let mut variables = own_variables(build, service);
    variables.extend(params.clone());
    build.offers(service, params.clone());
    let (mut stop, mut record) = (None, None);
    if let Some(command) = &service.stop {
        let mut known = own_variables(build, service);
        let is_public = |name: &str| {
            let is_secret = service.params.get(name).is_some_and(|late| late.is_secret());
            !is_secret && !service.sensitive.iter().any(|sensitive| sensitive == name)
        };
        let public = service.params.keys().filter(|name| is_public(name));
        let public = public.map(|name| format!("param_{}", word(name)));
        known.extend(public.filter_map(|name| Some((name.clone(), params.get(&name)?.clone()))));
        let filled = resolver.filled(command, log).await?;
        let argv = argv(build, &filled.without_secrets(), &known)?;
        let id = format!("{}-stop", service_id(build, service));
        let written = build.attempt.slot.record_stop(Stops::Service, &id, &argv, &known);
        record = Some(written.map_err(|error| command::file_trouble(&error))?);
        let environment = build.attempt.environment(&known).pairs;
        let prepared = crate::process::prepared::Prepared::new(&argv, environment, build.attempt.work());
        stop = Some(StopCommand {
            command: prepared.map_err(|problem| Ended::errored(format!("its `stop`: {problem}")))?,
            group: build.attempt.running.group(),
            limit: build.attempt.home().settings.service_timeout,
        });
    }
    Ok(Prepared { variables, stop, record })
}

/// The argv of a command that is no step: `stop`, `ready_check`.
fn argv(build: &Build<'_>, filled: &Filled<'_>, known: &Variables) -> Result<Vec<String>, Ended> {
    let (work, scratch) =
        (build.attempt.work().to_string_lossy(), build.attempt.slot.scratch().to_string_lossy());
    let id = build.attempt.command_id();
    let names = Names {
        work: &work,
        scratch: &scratch,
        step: &id,
        dir: None,
        cache: None,
        network: None,
        exported: known,
    };
    let expanded = runner::expand(filled, &filled.command.run, &names).map_err(Ended::errored)?;
    command::make_files(build.attempt, &names, &expanded, filled.is_secret("cmd"))
        .map_err(|error| command::file_trouble(&error))?;
    Ok(expanded.argv)
}

async fn run(
    build: &Build<'_>,
    start: &Command,
    variables: Variables,
    scope: &Scope,
    log: &mut StepLog,
) -> Result<(Ended, Variables, Vec<tokio::net::unix::pipe::Receiver>), Ended> {
    let filled = build.resolver(scope, false).filled(start, log).await?;
    let run = Run { variables, keeps_output: true, ..Run::new(filled, scope) };
    let ran = command::run(build.attempt, log, run).await?;
    let ended = match (ran.end.cause, ran.end.exit) {
        (Some(Cause::Cancelled), _) => Ended::cancelled(),
        (Some(cause), _) => Ended::failed(cause.sentence()),
        (None, Exit::Code(0)) => Ended::well(),
        (None, exit) => Ended::errored(format!("it could not be started: {}", exit.sentence())),
    };
    let told = output_file::read(&ran.output).map_err(Ended::errored)?;
    Ok((ended, told, ran.held))
}

/// Waits until the service can be used.
pub(super) async fn ready(build: &Build<'_>, service: &Service, scope: &Scope) -> Ended {
    let Some(check) = &service.ready_check else { return Ended::well() };
    let limit = if service.timeout_ms > 0 { service.timeout_ms } else { check.timeout_ms };
    let scope = scope.within(build.attempt, limit, Cause::StepTimeout);
    match prepare_check(build, service, check, &scope).await {
        Ok(command) => tokio::select! {
            ended = until_ready(&command, check) => ended,
            cause = scope.ends(build.attempt) => match cause {
                Cause::StepTimeout(limit) => not_ready(&command, limit).await,
                cause => Ended::before(cause),
            },
        },
        Err(ended) => ended,
    }
}

async fn prepare_check(
    build: &Build<'_>,
    service: &Service,
    check: &ReadyCheck,
    scope: &Scope,
) -> Result<StopCommand, Ended> {
    // Its output is not the service's: what it says is told only if it never succeeds.
    let mut quiet = StepLog::new(service.id, 0, build.attempt.masker.clone());
    let resolver = build.resolver(scope, false);
    let mut variables = resolver.variables("param_", &service.params, &mut quiet).await?;
    variables.extend(own_variables(build, service));
    variables.extend(build.known(false));
    let filled = resolver.filled(&check.command, &mut quiet).await?;
    let argv = argv(build, &filled, &variables)?;
    let environment = build.attempt.environment(&variables).pairs;
    let command = crate::process::prepared::Prepared::new(&argv, environment, build.attempt.work());
    Ok(StopCommand {
        command: command.map_err(|problem| Ended::errored(format!("its `ready_check`: {problem}")))?,
        group: build.attempt.running.group(),
        limit: ONE_CHECK,
    })
}

async fn until_ready(command: &StopCommand, check: &ReadyCheck) -> Ended {
    let mut pause = match check.interval_ms {
        0 => FIRST_PAUSE,
        milliseconds => Duration::from_millis(milliseconds),
    };
    loop {
        let began = Instant::now();
        if command.run().await.is_ok() {
            return Ended::well();
        }
        sleep(pause.saturating_sub(began.elapsed())).await;
        if check.interval_ms == 0 {
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }
}

/// Once more, for what it says.
async fn not_ready(command: &StopCommand, limit: Duration) -> Ended {
    let last = StopCommand { limit: LAST_PAUSE, ..command.clone() };
    match last.run().await {
        Ok(()) => Ended::well(),
        Err(problem) => {
            let limit = crate::process::exit::duration(limit);
            Ended::errored(format!("it was not ready within {limit}; its `ready_check` says: {problem}"))
        }
    }
}

/// A name for the service that is unique for ever, and that Docker takes for a container.
fn service_id(build: &Build<'_>, service: &Service) -> String {
    format!("{}-s{}", build.attempt.name(), service.id)
}

/// Its name on the build's network.
pub(super) fn alias(service: &Service) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    service.name.chars().map(plain).collect()
}

/// What every command of the service knows.
pub(super) fn own_variables(build: &Build<'_>, service: &Service) -> Variables {
    let mut variables = Variables::from([
        ("SERVICE_NAME".to_owned(), service.name.clone()),
        ("SERVICE_ID".to_owned(), service_id(build, service)),
        ("SERVICE_ALIAS".to_owned(), alias(service)),
    ]);
    if let Some(network) = build.network() {
        variables.insert("BUILD_NETWORK".to_owned(), network);
    }
    variables
}

impl<'a> Build<'a> {
    /// What a service's parameters say, before it runs.
    fn offers(&self, service: &Service, params: Variables) {
        let told =
            params.into_iter().map(|(name, value)| (name.trim_start_matches("param_").to_uppercase(), value));
        let alias = service.network.then(|| alias(service));
        self.serves(service, Reach { alias, told: told.collect() });
    }

    /// What its `start` has written is known from here on.
    fn is_reached(&self, service: &Service, told: Variables) {
        let told = told.into_iter().map(|(key, value)| (word(&key).to_uppercase(), value));
        self.tells(service, told.collect());
    }
}
