//! `pikoci build log BUILD [--step NAME] [--lines A-B]`

use crate::address::{BuildAddress, Which};
use crate::client::args::ConnectionArgs;
use crate::client::error::Error;
use crate::client::http::{Headers, read};
use crate::client::model::Build;
use crate::client::path::{segment, with_query};
use crate::client::patience::Patience;
use crate::client::{self, Client};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;
use crate::terminal::raw;
use http_body_util::BodyExt;
use hyper::StatusCode;
use std::fs::File;
use std::io::Write;
use std::str::FromStr;

/// The arguments of `pikoci build log`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The build, or one step of it: `shop/test#7`, `test#failed:unit`, an id or a URL
    #[arg(long_help = super::ADDRESS_HELP)]
    build: BuildAddress,
    /// Only this step, by its name or index
    #[arg(long, value_name = "STEP")]
    step: Option<String>,
    /// Only these lines, counted from 1: `10-20`, `10-`, `7`
    #[arg(long, value_name = "A-B")]
    lines: Option<Lines>,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// A range of lines, as the API wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lines(String);

impl FromStr for Lines {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |part: &str| part.parse::<u64>().ok().filter(|number| *number > 0);
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let first = number(first).ok_or("write `10-20`, `10-` or `7`; lines count from 1")?;
        match last {
            "" => Ok(Self(format!("{first}-"))),
            last => match number(last) {
                Some(last) if last >= first => Ok(Self(format!("{first}-{last}"))),
                _ => Err("the last line comes before the first".into()),
            },
        }
    }
}

/// Writes a log to standard output, byte for byte as the processes wrote it.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    client::block_on(async {
        let client = args.connection.client()?;
        let build: Build = read(resolve::ask::build(&client, &args.build, Some(Which::Last)).await?)?;
        let step = args.step.clone().or_else(|| args.build.step.clone());
        let lines = args.lines.clone().map(|lines| lines.0);
        let path = format!("/api/v1/builds/{}/log", segment(&build.id));
        copy(&client, &with_query(&path, &[("step", step), ("lines", lines)])).await?;
        Ok(Exit::Succeeded)
    })
}

/// Copies what is at a path to standard output as it comes. No more of it is in memory than one piece. If the
/// connection breaks, the rest is asked for.
async fn copy(client: &Client, path: &str) -> Result<(), Failure> {
    let mut out = raw().map_err(|error| Failure::output(&error))?;
    let mut patience = Patience::default();
    let mut written = 0;
    loop {
        let before = written;
        let error = match copy_from(client, path, &mut written, &mut out).await {
            Ok(()) => return Ok(()),
            Err(Stop::Output(failure)) => return Err(failure),
            Err(Stop::Answer(error)) => error,
        };
        if written > before {
            patience.restore();
        }
        // What never began is no broken log: it is told at once.
        match patience.pause().filter(|_| error.may_pass() && written > 0) {
            Some(pause) => tokio::time::sleep(pause).await,
            None if written > 0 => return Err(Failure::from(error).hint("the log is not whole")),
            None => return Err(error.into()),
        }
    }
}

/// Why the copying stopped.
enum Stop {
    /// Standard output cannot be written.
    Output(Failure),
    /// The answer broke off, or there was none.
    Answer(Error),
}

/// Copies from that byte on; `written` grows as they are.
async fn copy_from(client: &Client, path: &str, written: &mut u64, out: &mut File) -> Result<(), Stop> {
    let range = format!("bytes={written}-");
    let headers: Headers<'_> = if *written == 0 { &[] } else { &[("range", &range)] };
    let answer = match client.open(path, headers).await {
        // All was there already when the connection broke.
        Err(Error::Problem(problem)) if problem.status == 416 && *written > 0 => return Ok(()),
        answer => answer.map_err(Stop::Answer)?,
    };
    // Who passes over ranges sends all.
    let mut known = if answer.status() == StatusCode::PARTIAL_CONTENT { 0 } else { *written };
    let mut body = answer.into_body();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Stop::Answer(Error::broken(error)))?;
        let Ok(bytes) = frame.into_data() else { continue };
        let skipped = known.min(bytes.len() as u64);
        known -= skipped;
        let fresh = &bytes[usize::try_from(skipped).unwrap_or(bytes.len())..];
        out.write_all(fresh).map_err(|error| Stop::Output(Failure::output(&error)))?;
        *written += fresh.len() as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_lines() {
        for (text, expected) in [
            ("10-20", Some("10-20")),
            ("10-", Some("10-")),
            ("7", Some("7-7")),
            ("0", None),
            ("9-3", None),
            ("-4", None),
        ] {
            let lines = text.parse::<Lines>().ok().map(|lines| lines.0);
            assert_eq!(lines.as_deref(), expected, "{text}");
        }
    }
}
