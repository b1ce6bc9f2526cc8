//! What happens, on standard output as it happens.

use crate::failure::Failure;
use crate::terminal::live::{End, Live};
use crate::terminal::{raw, wants_styles};
use pikoci_plan::event::{Encoding, Event, Stream};
use pikoci_plan::status::{Outcome, Status};
use std::fs::File;
use std::io::Write;
use std::time::Instant;
use tokio::sync::mpsc::Receiver;

/// How a step is called: `get`, `app`.
pub(super) type Name = (&'static str, String);

/// Something to show.
#[derive(Debug)]
pub(super) enum Shown {
    /// The steps that the next events speak of have these names.
    Steps(Vec<Name>),
    /// An event of an attempt.
    Event(Event),
    /// The end of all.
    End(Outcome, Option<String>),
}

/// Shows all that comes, until nothing more can. To be called where one may block.
///
/// # Errors
/// Standard output cannot be written.
pub(super) fn show(title: &str, mut shown: Receiver<Shown>) -> Result<(), Failure> {
    let out = raw().map_err(|error| Failure::output(&error))?;
    let mut screen = Screen::new(out, title.to_owned(), wants_styles());
    while let Some(shown) = shown.blocking_recv() {
        screen.show(shown)?;
    }
    Ok(())
}

struct Screen {
    out: File,
    title: String,
    began: Instant,
    live: Live,
    steps: Vec<Name>,
    step_began_ms: u64,
    bytes: Vec<u8>,
}

impl Screen {
    fn new(out: File, title: String, styles: bool) -> Self {
        let (live, steps, bytes) = (Live::new(styles), Vec::new(), Vec::new());
        Self { out, title, began: Instant::now(), live, steps, step_began_ms: 0, bytes }
    }

    fn show(&mut self, shown: Shown) -> Result<(), Failure> {
        self.bytes.clear();
        match shown {
            Shown::Steps(steps) => {
                // What follows is another attempt, whose steps begin at 0 again.
                self.live = Live::new(wants_styles());
                self.steps = steps;
            }
            Shown::Event(event) => self.event(event),
            Shown::End(outcome, message) => {
                let took = u64::try_from(self.began.elapsed().as_millis()).ok();
                let end = End { status: outcome.as_str(), message: message.as_deref(), duration_ms: took };
                self.live.build_ends(&self.title, end, &mut self.bytes);
            }
        }
        self.out.write_all(&self.bytes).map_err(|error| Failure::output(&error))
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::StepStarted { step, at_ms } => {
                self.step_began_ms = at_ms;
                let (kind, name) = self.name(step);
                self.live.step_begins(step, kind, &name, &mut self.bytes);
            }
            Event::Log(frame) => match (frame.stream, frame.encoding) {
                (_, Encoding::Zstd) => {} // only a worker compresses
                (Stream::Output, _) => self.live.log(frame.step, &frame.data, &mut self.bytes),
                (Stream::Note, _) => {
                    let text = String::from_utf8_lossy(&frame.data);
                    self.live.step_note(frame.step, text.trim_matches('\n'), &mut self.bytes);
                }
            },
            // A step that was not reached says nothing new: why stands at the one that ended the build.
            Event::StepEnded { status: Status::Skipped, .. } => {}
            Event::StepEnded { step, status, at_ms, message } => {
                let took = at_ms.saturating_sub(self.step_began_ms);
                let end =
                    End { status: status.as_str(), message: message.as_deref(), duration_ms: Some(took) };
                self.live.step_ends(step, end, &mut self.bytes);
            }
            Event::Versions { .. } | Event::Result { .. } => {}
        }
    }

    fn name(&self, step: u32) -> Name {
        let found = usize::try_from(step).ok().and_then(|step| self.steps.get(step)).cloned();
        found.unwrap_or_else(|| ("step", step.to_string()))
    }
}
