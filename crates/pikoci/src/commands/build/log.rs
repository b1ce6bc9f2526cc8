//! `pikoci build log BUILD [--step NAME] [--lines A-B]`

use crate::address::{BuildAddress, Which};
use crate::client;
use crate::client::args::ConnectionArgs;
use crate::client::error::Error;
use crate::client::http::read;
use crate::client::model::Build;
use crate::client::path::{segment, with_query};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;
use crate::terminal::raw;
use http_body_util::BodyExt;
use hyper::body::Incoming;
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
        let body = client.open(&with_query(&path, &[("step", step), ("lines", lines)]), &[]).await?;
        copy(body).await?;
        Ok(Exit::Succeeded)
    })
}

/// Copies a body to standard output as it comes. No more of it is in memory than one piece.
async fn copy(mut body: Incoming) -> Result<(), Failure> {
    let mut out = raw().map_err(|error| Failure::output(&error))?;
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|error| Failure::from(Error::broken(error)).hint("the log is not whole"))?;
        if let Ok(bytes) = frame.into_data() {
            out.write_all(&bytes).map_err(|error| Failure::output(&error))?;
        }
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
