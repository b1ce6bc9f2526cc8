//! `pikoci type list`

use crate::commands::output::{Format, OutputArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::table::table;
use crate::terminal::{print, print_json};
use pikoci_lang::{BuiltinType, builtin_types};
use serde_json::json;

/// The arguments of `pikoci type list`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    output: OutputArgs,
}

/// Lists the built-in types.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let types: Vec<_> = builtin_types().collect();
    match args.output.output {
        Format::Json => {
            let item = |one: &BuiltinType| json!({ "kind": one.kind, "name": one.name, "description": one.description });
            print_json(&json!({ "items": types.iter().map(item).collect::<Vec<_>>() }))?;
        }
        Format::Plain => {
            let row = |one: &BuiltinType| [one.kind, one.name, &one.description].map(str::to_owned);
            print(&table(["KIND", "NAME", "DESCRIPTION"], &types.iter().map(row).collect::<Vec<_>>()))?;
        }
    }
    Ok(Exit::Succeeded)
}
