//! `pikoci pipeline set [FILE]`

use super::proposal::{Proposal, ProposalArgs, Proposed};
use super::shown::render;
use crate::client::Client;
use crate::client::error::Error;
use crate::client::http::read;
use crate::client::model::{Diff, Pipeline, SetDone};
use crate::commands::ask::{AskArgs, Said};
use crate::commands::confirm::{Answer, ConfirmArgs};
use crate::commands::output::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{clean, note, print, time};
use serde_json::Value;
use std::time::SystemTime;

/// The arguments of `pikoci pipeline set`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The pipeline is read here first, with all files that it names; what is wrong with it is told as `validate` tells it, \
and nothing is sent. It is set only if it still is what the difference was shown to.

Examples:
  pikoci pipeline set
  pikoci pipeline set ci/shop.hcl --name shop --var tag=v1
  pikoci pipeline set --yes          in a script")]
pub(crate) struct Args {
    #[command(flatten)]
    proposal: ProposalArgs,
    /// Only show what it would change
    #[arg(long, conflicts_with = "yes", help_heading = None)]
    dry_run: bool,
    #[command(flatten)]
    confirm: ConfirmArgs,
    #[command(flatten)]
    ask: AskArgs,
}

/// Shows what changes, asks, and sets.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let proposal = args.proposal.load()?;
    args.ask.work(async |client| {
        let Proposed { json, diff } = proposal.compare(client).await?;
        let is_same = diff.pipeline == "unchanged";
        if is_same || args.dry_run {
            let plain = if is_same {
                format!("{} is as it is on the server\n", clean(&proposal.name))
            } else {
                render(&proposal.name, &diff)
            };
            Said { json, plain }.show(args.ask.format())?;
            return Ok(Exit::Succeeded);
        }
        if args.ask.format() == Format::Plain {
            print(&render(&proposal.name, &diff))?;
        }
        if args.confirm.ask("Set?")? == Answer::No {
            note("nothing was set");
            return Ok(Exit::Cancelled);
        }
        set(&proposal, &diff, client).await?.show(args.ask.format())?;
        Ok(Exit::Succeeded)
    })
}

async fn set(proposal: &Proposal, diff: &Diff, client: &Client) -> Result<Said, Failure> {
    match proposal.set(client, diff.revision.from).await {
        Ok(answer) => said(proposal, answer),
        Err(Error::Problem(problem)) if problem.status == 412 => {
            Err(conflict(proposal, diff, client.get(&proposal.path()).await.and_then(read).ok()))
        }
        Err(error) => Err(proposal.refused(error)),
    }
}

fn said(proposal: &Proposal, answer: Value) -> Result<Said, Failure> {
    let name = clean(&proposal.name);
    let done: SetDone = read(answer.clone())?;
    proposal.tell(&done.warnings);
    let sentence = match done.changed {
        true => format!("{name} is set, revision {}", done.revision),
        false => format!("{name} was set so already, revision {}", done.revision),
    };
    Ok(Said::done(answer, &sentence))
}

/// Somebody else was faster. `now` is what there is, if the server could say.
fn conflict(proposal: &Proposal, diff: &Diff, now: Option<Pipeline>) -> Failure {
    let name = clean(&proposal.name).into_owned();
    let by = now.as_ref().and_then(|now| now.set_by.as_deref()).map(|by| format!(" by {by}"));
    let at = now.as_ref().and_then(|now| now.set_at.as_deref());
    let at = at.map(|at| format!(", {}", time::ago(at, SystemTime::now())));
    let number = now.as_ref().map(|now| format!(" to revision {}", now.revision));
    let shown = match diff.revision.from {
        Some(from) => format!("revision {from}"),
        None => "no pipeline of that name".into(),
    };
    let what = format!(
        "{name} was set{}{}{} meanwhile; the difference was shown to {shown}",
        number.unwrap_or_default(),
        by.unwrap_or_default(),
        at.unwrap_or_default()
    );
    let hint = format!(
        "nothing was set. `pikoci pipeline get {name}` shows what there is now; \
         `pikoci pipeline set` again shows the difference to it"
    );
    Failure {
        code: Some("revision_conflict".into()),
        ..Failure::bad_input(clean(&what).into_owned()).hint(hint)
    }
}
