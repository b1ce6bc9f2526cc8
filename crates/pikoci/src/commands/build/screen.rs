//! A build's stream of events on standard output.

use crate::client::error::Error;
use crate::client::http::read;
use crate::client::model::{Build, LogPiece, Step};
use crate::client::sse::Event;
use crate::failure::Failure;
use crate::terminal::live::{End, Live, Look};
use crate::terminal::names::{Line, Name, names};
use crate::terminal::{raw, wants_styles};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write;

/// Shows events as they come, for people or as lines of JSON.
#[derive(Debug)]
pub(super) struct Screen {
    out: File,
    live: Live,
    as_json: bool,
    bytes: Vec<u8>,
}

impl Screen {
    /// A screen on standard output, for a build with these steps, as far as they are known.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(super) fn new(as_json: bool, steps: &[Step]) -> Result<Self, Failure> {
        let out = raw().map_err(|error| Failure::output(&error))?;
        let mut live = Live::new(Look { styles: wants_styles(), tame: false });
        let lines: Vec<_> =
            steps.iter().map(|step| Line { kind: &step.kind, name: &step.name, depth: step.depth }).collect();
        for (step, name) in steps.iter().zip(names(&lines)) {
            live.name_step(step.index, name);
        }
        Ok(Self { out, live, as_json, bytes: Vec::new() })
    }

    /// Shows an event. The one that ends the stream gives the build's final state.
    ///
    /// # Errors
    /// It cannot be read, or standard output cannot be written.
    pub(super) fn show(&mut self, event: &Event) -> Result<Option<String>, Failure> {
        let data: Value = serde_json::from_str(&event.data)
            .map_err(|error| Error::Garbled(format!("an event: {error}")))?;
        self.bytes.clear();
        if self.as_json {
            let line = json!({ "event": event.event, "id": event.id, "data": data });
            self.bytes.extend_from_slice(format!("{line}\n").as_bytes());
        } else {
            render(&mut self.live, &event.event, data.clone(), &mut self.bytes)?;
        }
        self.out.write_all(&self.bytes).map_err(|error| Failure::output(&error))?;
        match event.event.as_str() {
            "end" => Ok(Some(read::<Build>(data)?.status)),
            _ => Ok(None),
        }
    }
}

/// Turns one event into what is seen of it. Kinds of the future are passed over.
fn render(live: &mut Live, kind: &str, data: Value, out: &mut Vec<u8>) -> Result<(), Error> {
    match kind {
        "state" => state(live, &read(data)?, out),
        "step" => step(live, &read(data)?, out),
        "log" => return log(live, &read(data)?, out),
        "end" => end(live, &read(data)?, out),
        _ => {}
    }
    Ok(())
}

fn state(live: &mut Live, build: &Build, out: &mut Vec<u8>) {
    let address = build.address();
    live.title(&format!("{address} ({})", build.cause_text()), out);
    match &build.waiting_for {
        _ if build.cancelling => live.remark(&format!("{address} cancelling"), out),
        Some(reason) => live.remark(&format!("{address} {}: {reason}", build.status), out),
        None => {}
    }
}

fn step(live: &mut Live, step: &Step, out: &mut Vec<u8>) {
    if !live.knows(step.index) {
        live.name_step(step.index, Name::new(&step.kind, &step.name));
    }
    let end =
        End { status: step.shown_status(), message: step.message.as_deref(), duration_ms: step.duration_ms };
    match step.status.as_str() {
        // A step that was not reached says nothing new: why stands at the one that ended the build.
        "pending" | "skipped" => {}
        "running" => live.step_begins(step.index, out),
        _ => live.step_ends(step.index, end, out),
    }
}

fn log(live: &mut Live, piece: &LogPiece, out: &mut Vec<u8>) -> Result<(), Error> {
    let decoded = match (&piece.text, &piece.base64) {
        (Some(text), _) => text.clone().into_bytes(),
        (None, Some(text)) => {
            STANDARD.decode(text).map_err(|error| Error::Garbled(format!("a log: {error}")))?
        }
        (None, None) => Vec::new(),
    };
    match piece.stream.as_str() {
        "note" => live.step_note(piece.step, &String::from_utf8_lossy(&decoded), out),
        _ => live.log(piece.step, &decoded, out),
    }
    Ok(())
}

fn end(live: &mut Live, build: &Build, out: &mut Vec<u8>) {
    let message = build.message.as_deref();
    live.build_ends(
        &build.address(),
        End { status: build.shown_status(), message, duration_ms: build.duration_ms },
        out,
    );
}
