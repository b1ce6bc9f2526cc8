//! `pikoci resource check [RESOURCE]` on a server, `pikoci resource check FILE TYPE.NAME` on this machine

use super::check_file;
use crate::address::{AddressError, ResourceAddress};
use crate::client::http::read;
use crate::client::model::{Checked, Version};
use crate::commands::ask::{AskArgs, Said};
use crate::commands::run::EnvironmentArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve::{self, MemberRef};
use crate::terminal::clean;
use crate::variables::VarArgs;
use crate::version_text::version;
use std::path::Path;

/// The arguments of `pikoci resource check`.
#[derive(Debug, clap::Args)]
#[command(override_usage = "\
pikoci resource check [OPTIONS] [RESOURCE]
       pikoci resource check [OPTIONS] FILE TYPE.NAME")]
pub(crate) struct Args {
    /// A resource of a server: `git.app`, or `shop/git.app` where several pipelines have one; without it, the only one.
    /// With a second argument a pipeline: a file, or a directory of `*.hcl` files
    #[arg(value_name = "RESOURCE|FILE")]
    subject: Option<String>,
    /// The resource of that pipeline, which is checked on this machine: `git.app`
    #[arg(value_name = "TYPE.NAME", conflicts_with_all = ["no_wait", "ConnectionArgs"])]
    pub(super) resource: Option<String>,
    /// The version that is known, after which newer ones are looked for: '{"ref": "3f2a…"}'; on this machine only
    #[arg(long, value_name = "JSON", value_parser = version, requires = "resource")]
    pub(super) from: Option<pikoci_plan::version::Version>,
    /// Ask the server for the check, and do not wait for what it finds
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    pub(super) environment: EnvironmentArgs,
    #[command(flatten)]
    pub(super) variables: VarArgs,
    #[command(flatten)]
    pub(super) ask: AskArgs,
}

/// Has a resource checked, and shows what is new. A check that fails ends with exit code 1.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    if let (Some(file), Some(resource)) = (&args.subject, &args.resource) {
        return check_file::run(args, Path::new(file), resource);
    }
    let address = args.subject.as_deref().map(address).transpose()?;
    args.ask.work(async |client| {
        let resource = resolve::ask::resource(client, address.as_ref()).await?;
        let wait = if args.no_wait { "" } else { "?wait=true" };
        let answer = client.post(&format!("{}/check{wait}", resource.path())).await?;
        let checked: Checked = read(answer.clone())?;
        let plain = match args.no_wait {
            true => format!("{resource} will be checked\n"),
            false => render(&resource, &checked),
        };
        Said { json: answer, plain }.show(args.ask.format())?;
        outcome(&resource, &checked)
    })
}

fn address(text: &str) -> Result<ResourceAddress, Failure> {
    if text.ends_with(".hcl") && Path::new(text).is_file() {
        let file = clean(text);
        return Err(Failure::bad_input(format!(
            "{file} is a file: which of its resources is to be checked?"
        ))
        .hint(format!("to check on this machine: `pikoci resource check {file} TYPE.NAME`")));
    }
    text.parse().map_err(|error: AddressError| Failure::bad_input(format!("`{}`: {error}", clean(text))))
}

fn render(resource: &MemberRef, checked: &Checked) -> String {
    match checked.new_versions.as_slice() {
        [] if checked.error.is_some() => String::new(),
        [] => format!("{resource} has no new version\n"),
        versions => versions.iter().map(|version| line(resource, version)).collect(),
    }
}

fn line(resource: &MemberRef, version: &Version) -> String {
    let message = version.message().map(|message| format!("  {message}")).unwrap_or_default();
    format!("{}\n", clean(&format!("{resource} {}{message}", version.line())))
}

fn outcome(resource: &MemberRef, checked: &Checked) -> Result<Exit, Failure> {
    match &checked.error {
        None => Ok(Exit::Succeeded),
        Some(error) => {
            // What a check printed may have several lines, each of which may hold the reason.
            let lines: Vec<_> = error.trim().lines().map(clean).collect();
            Err(Failure::new(Exit::Failed, format!("the check of {resource} failed: {}", lines.join("\n"))))
        }
    }
}
