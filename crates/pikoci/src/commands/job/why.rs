//! `pikoci job why [JOB]`

use crate::address::JobAddress;
use crate::client::model::Why;
use crate::commands::ask::{AskArgs, Said};
use crate::commands::reasons;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve::{self, MemberRef};
use crate::terminal::clean;

/// The arguments of `pikoci job why`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The job: `test`, or `shop/test` where several pipelines have one. Without it, the only job
    job: Option<JobAddress>,
    #[command(flatten)]
    ask: AskArgs,
}

/// Says why a job does not run, and what would let it.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    args.ask.show(async |client| {
        let job = resolve::ask::job(client, args.job.as_ref()).await?;
        let answer = client.get(&format!("{}/why", job.path())).await?;
        Said::object(answer, |why| render(&job, why))
    })
}

fn render(job: &MemberRef, why: &Why) -> String {
    let number = why.build.as_ref().map(|build| format!("#{}", build.number)).unwrap_or_default();
    let subject = clean(&format!("{job}{number}")).into_owned();
    match why.reasons.is_empty() {
        true => format!("{subject}: nothing keeps it from running\n"),
        false => format!("{subject}\n{}", reasons::lines(&why.reasons)),
    }
}
