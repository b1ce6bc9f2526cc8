//! What is said of a build that was just started, by a trigger or a rerun.

use super::watch;
use crate::client::Client;
use crate::client::model::Build;
use crate::commands::ask::Said;
use crate::commands::output::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::clean;
use serde_json::Value;

/// Shows the build, or follows it.
///
/// # Errors
/// Standard output cannot be written; those of following.
pub(in crate::commands) async fn started(
    client: &Client,
    answer: Value,
    build: &Build,
    watch: bool,
    format: Format,
) -> Result<Exit, Failure> {
    if watch {
        return watch::follow(client, build, format).await;
    }
    Said { json: answer, plain: render(build) }.show(format)?;
    Ok(Exit::Succeeded)
}

fn render(build: &Build) -> String {
    let address = build.address();
    let waiting = build.waiting_for.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let said = clean(&format!("{address} {}{waiting}", build.status)).into_owned();
    format!("{said}\nFollow it with: pikoci build watch {}\n", clean(&address))
}
