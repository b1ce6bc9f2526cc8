//! `pikoci type show KIND/NAME`

use crate::commands::output::{Format, OutputArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::suggest::not_found;
use crate::terminal::table::table;
use crate::terminal::{clean, print, print_json, style};
use pikoci_lang::{BuiltinType, Param, builtin_types};
use serde_json::json;

/// The arguments of `pikoci type show`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The type: `git`, or `secret/vault` where types of several kinds have the name
    #[arg(value_name = "[KIND/]NAME")]
    name: String,
    /// Only its text, to begin a type of one's own with
    #[arg(long)]
    source: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Shows a built-in type.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let types: Vec<_> = builtin_types().collect();
    let one = find(&types, &args.name)?;
    match args.output.output {
        _ if args.source => print(one.text)?,
        Format::Plain => print(&page(one))?,
        Format::Json => {
            let param = |(name, param): (&String, &Param)| {
                json!({
                    "name": name, "description": param.description, "required": param.required,
                    "sensitive": param.sensitive, "default": default(param),
                })
            };
            print_json(&json!({
                "kind": one.kind, "name": one.name, "description": one.description,
                "params": one.params.named.iter().map(param).collect::<Vec<_>>(), "source": one.text,
            }))?;
        }
    }
    Ok(Exit::Succeeded)
}

/// The type of that name; with a kind before it where several have it.
fn find<'a>(types: &'a [BuiltinType], wanted: &str) -> Result<&'a BuiltinType, Failure> {
    let is_it = |one: &&BuiltinType| one.name == wanted || full_name(one) == wanted;
    let found: Vec<_> = types.iter().filter(is_it).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let name =
                |one: &BuiltinType| if wanted.contains('/') { full_name(one) } else { one.name.to_owned() };
            let names: Vec<String> = types.iter().map(name).collect();
            Err(not_found(format!("there is no built-in type `{}`", clean(wanted)), wanted, &names))
        }
        several => {
            let names: Vec<_> = several.iter().map(|one| format!("`{}`", full_name(one))).collect();
            Err(Failure::bad_input(format!("`{}` could be {}", clean(wanted), names.join(" or "))))
        }
    }
}

/// `secret/vault`
fn full_name(one: &BuiltinType) -> String {
    format!("{}/{}", one.kind, one.name)
}

fn page(one: &BuiltinType) -> String {
    let head = style::HEAD;
    let row = |(name, param): (&String, &Param)| {
        let default =
            if param.required { "(required)".to_owned() } else { default(param).unwrap_or_default() };
        let secret = if param.sensitive { " (kept out of sight)" } else { "" };
        let text = format!("{}{secret}", param.description.as_deref().unwrap_or_default());
        [name.as_str(), &default, &text].map(|text| clean(text).into_owned())
    };
    let rows: Vec<_> = one.params.named.iter().map(row).collect();
    let params = match rows.is_empty() {
        true => "it takes any parameters\n".to_owned(),
        false => table(["PARAMETER", "DEFAULT", "MEANING"], &rows),
    };
    format!("{head}{}{head:#}\n{}\n\n{params}\n{}", full_name(one), one.description, one.text)
}

fn default(param: &Param) -> Option<String> {
    param.default.as_ref().map(|value| value.to_text().unwrap_or_default())
}
