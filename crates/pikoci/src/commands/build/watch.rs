//! `pikoci build watch BUILD`, and `pikoci job trigger --watch`

use super::screen::{Screen, Seen};
use super::waiting::Waiting;
use crate::address::{BuildAddress, Which};
use crate::client::Client;
use crate::client::events::{Events, Heard};
use crate::client::http::read;
use crate::client::model::Build;
use crate::client::path::segment;
use crate::commands::ask::AskArgs;
use crate::commands::output::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;
use crate::terminal::note;

/// The arguments of `pikoci build watch`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The build: `shop/test#7`, `test#last`, `'#7'` (quoted: to a shell a lone # is a comment), an id or a URL
    #[arg(long_help = super::ADDRESS_HELP)]
    build: BuildAddress,
    #[command(flatten)]
    ask: AskArgs,
}

/// Follows a build from its beginning.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    args.ask.work(async |client| {
        if args.build.step.is_some() {
            return Err(Failure::bad_input("a build is watched whole")
                .hint("for the log of one step: `pikoci build log`"));
        }
        let build: Build = read(resolve::ask::build(client, &args.build, Some(Which::Last)).await?)?;
        follow(client, &build, args.ask.format()).await
    })
}

/// Shows a build's events until its end, whose exit code it gives. Ctrl-C leaves the build alone.
pub(in crate::commands) async fn follow(
    client: &Client,
    build: &Build,
    format: Format,
) -> Result<Exit, Failure> {
    let mut events = Events::new(client, format!("/api/v1/builds/{}/events", segment(&build.id)));
    let mut screen = Screen::new(format == Format::Json, build)?;
    let mut waiting = Waiting::new(client, build);
    let interrupt = interrupted();
    tokio::pin!(interrupt);
    let mut is_lost = false;
    loop {
        let heard = tokio::select! {
            heard = events.next() => heard.map_err(|error| left(error.into(), build))?,
            () = &mut interrupt => return Ok(detach(build)),
            reasons = waiting.next() => {
                screen.waits(build, &reasons).map_err(|failure| closed(failure, build))?;
                continue;
            }
        };
        match heard {
            Heard::Event(event) => {
                is_lost = false;
                match screen.show(&event).map_err(|failure| closed(failure, build))? {
                    Seen::End(status) => return Ok(Exit::of_build(&status)),
                    Seen::State(status) => waiting.state(&status),
                    Seen::Other => {}
                }
            }
            Heard::Lost(error) => {
                if !is_lost {
                    note(&format!("{}; trying again, for about two minutes", Failure::from(error).what));
                }
                is_lost = true;
            }
        }
    }
}

/// Waits for Ctrl-C. If the system gives no such signal it never comes.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn detach(build: &Build) -> Exit {
    let address = build.address();
    note(&format!(
        "no longer watching; the build goes on. Come back with `pikoci build watch {address}`, \
         end it with `pikoci build cancel {address}`"
    ));
    Exit::Cancelled
}

/// A reader that left ends the watching, as Ctrl-C does: how the build ends is not known.
fn closed(failure: Failure, build: &Build) -> Failure {
    match failure.what.is_empty() {
        true => Failure { exit: Exit::Cancelled, ..failure },
        false => left(failure, build),
    }
}

/// The watching failed, which says nothing about the build.
fn left(failure: Failure, build: &Build) -> Failure {
    let back = format!("the build may go on; come back with `pikoci build watch {}`", build.address());
    match failure.hint {
        Some(_) => failure,
        None => failure.hint(back),
    }
}
