//! What a job says about when and where its builds run.

use super::reading::Reading;
use crate::diagnostic::{Report, closest, did_you_mean};
use crate::eval::{Value, types};
use crate::pipeline::{Interruptible, OnWorkerLoss, Scheduling, Untrusted};
use crate::span::{Span, Spanned};

/// Reads it from the body of the job at `span`. What counts for all instances together must be the same for all of
/// them, and is read in `outer`, where no instance is known.
pub(super) fn read(reading: &Reading<'_>, outer: &Reading<'_>, span: Span) -> Scheduling {
    let together = Reading { scope: outer.scope, ..*reading };
    Scheduling {
        concurrency: reading.count("concurrency").map_or(0, |count| count.value),
        max_in_flight: together.count("max_in_flight").map_or(0, |count| count.value),
        serial_groups: serial_groups(reading),
        tags: reading.texts("tags").unwrap_or_default().into_iter().map(|tag| tag.value).collect(),
        interruptible: interruptible(reading).unwrap_or(Spanned::new(Interruptible::Never, span)),
        on_worker_loss: on_worker_loss(reading).unwrap_or_default(),
        disable_retry: reading.flag("disable_retry").is_some_and(|flag| flag.value),
        untrusted: one_of(reading, "untrusted", [("allow", Untrusted::Allow), ("skip", Untrusted::Skip)])
            .unwrap_or_default(),
    }
}

/// Names of groups; `team/x` is shared by all pipelines of the team.
fn serial_groups(reading: &Reading<'_>) -> Vec<Spanned<String>> {
    let groups = reading.texts("serial_groups").unwrap_or_default();
    let good = |group: Spanned<String>| {
        let own = group.strip_prefix("team/").unwrap_or(&group).to_owned();
        reading.name(&own, "serial group", group.span).map(|_| group)
    };
    groups.into_iter().filter_map(good).collect()
}

fn interruptible(reading: &Reading<'_>) -> Option<Spanned<Interruptible>> {
    let value = reading.value("interruptible")?;
    let read = match &value.value {
        Value::Null => return None,
        Value::String(text) if &**text == "waiting" => Interruptible::Waiting,
        other => match types::to_bool(other) {
            Ok(true) => Interruptible::Always,
            Ok(false) => Interruptible::Never,
            Err(_) => {
                let report =
                    Report::error("value", value.span, "`interruptible` is `true`, `false` or \"waiting\"");
                let hint = other.as_str().and_then(|text| closest(text, ["waiting"]));
                reading.sink.add(report.maybe_hint(hint.map(|word| format!("did you mean \"{word}\"?"))));
                return None;
            }
        },
    };
    Some(Spanned::new(read, value.span))
}

fn on_worker_loss(reading: &Reading<'_>) -> Option<OnWorkerLoss> {
    one_of(reading, "on_worker_loss", [("error", OnWorkerLoss::Error), ("retry", OnWorkerLoss::Retry)])
}

/// What one of two words stands for.
fn one_of<T: Copy>(reading: &Reading<'_>, name: &str, words: [(&str, T); 2]) -> Option<T> {
    let text = reading.text(name)?;
    if let Some((_, known)) = words.iter().find(|(word, _)| *word == text.as_str()) {
        return Some(*known);
    }
    let [first, second] = words.map(|(word, _)| word);
    let report = Report::error("value", text.span, format!("`{name}` is \"{first}\" or \"{second}\""));
    reading.sink.add(report.maybe_hint(did_you_mean(&text, [first, second])));
    None
}
