//! `pikoci server`: a complete CI/CD system in one process.

mod configured;
mod drain;
mod place;
mod start;
mod worker;

use crate::commands::run::EnvironmentArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::variables::VarArgs;
use clap::builder::BoolishValueParser;
use std::path::PathBuf;

/// The arguments of `pikoci server`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where history is kept: `mem` (gone at the end) or `sqlite` (a file)
    #[arg(long, value_name = "SYSTEM", default_value = "mem", env = "PIKOCI_DB_SYSTEM")]
    db_system: DbSystem,
    /// The SQLite file; without it `pikoci.db`
    #[arg(long, value_name = "FILE", env = "PIKOCI_DB_NAME")]
    db_name: Option<PathBuf>,
    /// What carries messages between servers and workers: `mem` is within this process
    #[arg(long, value_name = "SYSTEM", default_value = "mem", env = "PIKOCI_PUBSUB_SYSTEM")]
    pubsub_system: PubsubSystem,
    /// Run a worker in this process
    #[arg(long, env = "PIKOCI_RUN_WORKER", value_parser = BoolishValueParser::new())]
    run_worker: bool,
    /// How many builds run at once; without it as many as there are cores
    #[arg(long, value_name = "N", env = "PIKOCI_SLOTS", value_parser = clap::value_parser!(u32).range(1..=1000))]
    slots: Option<u32>,
    /// How many checks run at once
    #[arg(long, value_name = "N", default_value = "4", env = "PIKOCI_CHECK_SLOTS",
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    check_slots: u32,
    /// The worker's directory; without it beside the SQLite file, in memory below /tmp
    #[arg(long, value_name = "DIR", env = "PIKOCI_WORK_DIR")]
    work_dir: Option<PathBuf>,
    #[command(flatten)]
    environment: EnvironmentArgs,
    /// A pipeline to set: a file, or a directory of `*.hcl` files
    #[arg(long, short = 'c', value_name = "FILE", env = "PIKOCI_PIPELINE_CONFIG")]
    pipeline_config: Option<PathBuf>,
    /// The pipeline's name; without it that of the file or its directory
    #[arg(long, value_name = "NAME", env = "PIKOCI_PIPELINE_NAME")]
    pipeline_name: Option<String>,
    /// The address, or the host's name, to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", env = "PIKOCI_HOST")]
    host: String,
    /// The port to listen on; 0 is any free one
    #[arg(long, short, value_name = "PORT", default_value = "8080", env = "PIKOCI_PORT")]
    port: u16,
    /// After TERM or QUIT builds that run go on to their end, for at most this long; `none` or 0 is no limit
    #[arg(long, value_name = "DURATION", default_value = "10m", env = "PIKOCI_DRAIN_TIMEOUT",
          value_parser = drain::parse_limit)]
    drain_timeout: drain::Limit,
    /// What this server's worker offers to jobs that ask for it (`tags`); may be given more than once
    #[arg(long = "tag", value_name = "TAG", env = "PIKOCI_TAGS", value_delimiter = ',')]
    tags: Vec<String>,
    /// The address under which people reach this server: `BUILD_URL` begins with it
    #[arg(long, value_name = "URL", env = "PIKOCI_EXTERNAL_URL", value_parser = external_url)]
    external_url: Option<String>,
    /// Let pipelines that are set over the API take types from hosts in this server's own networks
    #[arg(long, env = "PIKOCI_ALLOW_PRIVATE_SOURCES", value_parser = BoolishValueParser::new())]
    allow_private_sources: bool,
    #[command(flatten)]
    variables: VarArgs,
}

/// Reads `https://ci.example.org`; a slash at its end is left out.
fn external_url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
    match host.is_empty()
        || host.starts_with(':')
        || text.contains(['?', '#'])
        || text.contains(char::is_whitespace)
    {
        true => Err("write it as https://ci.example.org, or http://…; a path may follow".into()),
        false => Ok(text.trim_end_matches('/').to_owned()),
    }
}

/// Where history is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum DbSystem {
    /// In memory.
    Mem,
    /// In a SQLite file.
    Sqlite,
}

/// What carries messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum PubsubSystem {
    /// Within this process.
    Mem,
}

/// How long reads that go on at the end may take.
const LAST_READS: std::time::Duration = std::time::Duration::from_secs(2);

/// Runs a server until a signal ends it.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let PubsubSystem::Mem = args.pubsub_system;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 4)))
        .thread_keep_alive(std::time::Duration::from_secs(2))
        .enable_all()
        .build()
        .map_err(|error| Failure::errored(format!("cannot start: {error}")))?;
    let ended = runtime.block_on(start::serve(args));
    // Connections go, and with the last of them the ledger is closed. A read that hangs must not keep the process.
    runtime.shutdown_timeout(LAST_READS);
    ended
}

#[cfg(test)]
mod tests {
    use super::{Args, external_url};
    use clap::{Args as _, FromArgMatches};

    fn parsed(words: &[&str]) -> Result<Args, clap::Error> {
        let command = Args::augment_args(clap::Command::new("server").no_binary_name(true));
        Args::from_arg_matches(&command.try_get_matches_from(words)?)
    }

    #[test]
    fn external_urls_are_those_of_the_web() {
        for (text, expected) in [
            ("https://ci.example.org/x/", Some("https://ci.example.org/x")),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("ci.example.org", None),
            ("ftp://ci.example.org", None),
            ("https://", None),
            ("https://:80", None),
            ("https://a b", None),
            ("https://a?b", None),
        ] {
            assert_eq!(external_url(text).ok().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_file_is_of_sqlite() {
        let place = |words: &[&str]| super::place::place(&parsed(words).unwrap());
        let refused = place(&["--db-name", "foo.db"]).unwrap_err();
        assert!(
            refused.what.contains("--db-name foo.db") && refused.hint.unwrap().contains("--db-system sqlite")
        );
        assert_eq!(place(&[]).unwrap(), None);
        assert_eq!(place(&["--db-system", "sqlite"]).unwrap(), Some("pikoci.db".into()));
    }

    /// `--var` has one for each variable: `PIKOCI_VAR_name`.
    #[test]
    fn every_flag_can_be_given_by_environment() {
        let command = Args::augment_args(clap::Command::new("server"));
        for argument in command.get_arguments().filter(|argument| argument.get_id() != "vars") {
            let long = argument.get_long().unwrap();
            let expected = match long {
                "tag" => "PIKOCI_TAGS".to_owned(),
                _ => format!("PIKOCI_{}", long.to_uppercase().replace('-', "_")),
            };
            assert_eq!(
                argument.get_env().and_then(|name| name.to_str()),
                Some(expected.as_str()),
                "--{long}"
            );
        }
    }
}
