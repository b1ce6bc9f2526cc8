//! A build's stream of events on standard output.

use crate::client::error::Error;
use crate::client::http::read;
use crate::client::model::{Build, LogPiece, Output, Reason, Step};
use crate::client::sse::Event;
use crate::failure::Failure;
use crate::terminal::live::{End, Live, Look};
use crate::terminal::names::{Line, Name, names};
use crate::terminal::{clean, raw, style, table::cell, wants_styles};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;

/// Shows events as they come, for people or as lines of JSON.
#[derive(Debug)]
pub(super) struct Screen {
    out: File,
    view: View,
    as_json: bool,
    bytes: Vec<u8>,
}

/// A build, as people see it.
#[derive(Debug)]
struct View {
    live: Live,
    /// Steps that were not to run.
    skipped: BTreeSet<u32>,
    /// How many workers it has been lost with.
    losses: u64,
}

/// What an event says about the build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// Its state now.
    State(String),
    /// Its final state: nothing more comes.
    End(String),
    /// Nothing about its state.
    Other,
}

impl Screen {
    /// A screen on standard output, for a build whose steps may be known already.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(super) fn new(as_json: bool, build: &Build) -> Result<Self, Failure> {
        let steps = &build.steps;
        let out = raw().map_err(|error| Failure::output(&error))?;
        let mut live = Live::new(Look { styles: wants_styles(), tame: false });
        let lines: Vec<_> =
            steps.iter().map(|step| Line { kind: &step.kind, name: &step.name, depth: step.depth }).collect();
        for (step, name) in steps.iter().zip(names(&lines)) {
            live.name_step(step.index, name);
        }
        let view = View { live, skipped: BTreeSet::new(), losses: build.losses };
        Ok(Self { out, view, as_json, bytes: Vec::new() })
    }

    /// Shows why a build waits. Machines ask the API for that.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(super) fn waits(&mut self, build: &Build, reasons: &[Reason]) -> Result<(), Failure> {
        if self.as_json {
            return Ok(());
        }
        self.bytes.clear();
        let live = &mut self.view.live;
        for reason in reasons {
            live.remark(&format!("{} pending: {}", build.address(), reason.sentence), &mut self.bytes);
            if let Some(unblock) = &reason.unblock {
                live.say(style::DIM, &format!("  to go on: {}", clean(unblock)), &mut self.bytes);
            }
        }
        self.write()
    }

    fn write(&mut self) -> Result<(), Failure> {
        self.out.write_all(&self.bytes).map_err(|error| Failure::output(&error))
    }

    /// Shows an event.
    ///
    /// # Errors
    /// It cannot be read, or standard output cannot be written.
    pub(super) fn show(&mut self, event: &Event) -> Result<Seen, Failure> {
        let data: Value = serde_json::from_str(&event.data)
            .map_err(|error| Error::Garbled(format!("an event: {error}")))?;
        self.bytes.clear();
        if self.as_json {
            let line = json!({ "event": event.event, "id": event.id, "data": data });
            self.bytes.extend_from_slice(format!("{line}\n").as_bytes());
        } else {
            render(&mut self.view, &event.event, data.clone(), &mut self.bytes)?;
        }
        self.write()?;
        Ok(match event.event.as_str() {
            "state" => Seen::State(read::<Build>(data)?.status),
            "end" => Seen::End(read::<Build>(data)?.status),
            _ => Seen::Other,
        })
    }
}

/// Turns one event into what is seen of it. Kinds of the future are passed over.
fn render(view: &mut View, kind: &str, data: Value, out: &mut Vec<u8>) -> Result<(), Error> {
    match kind {
        "state" => state(view, &read(data)?, out),
        "step" => step(view, &read(data)?, out),
        "log" => return log(&mut view.live, &read(data)?, out),
        "end" => end(view, &read(data)?, out),
        _ => {}
    }
    Ok(())
}

fn state(view: &mut View, build: &Build, out: &mut Vec<u8>) {
    let address = build.address();
    view.live.title(&format!("{address} ({})", build.cause_text()), out);
    if build.losses > view.losses && !build.has_ended() {
        view.skipped.clear();
        view.live.begins_anew(&format!("{address} begins anew: its worker was lost"), out);
    }
    view.losses = build.losses;
    let live = &mut view.live;
    match &build.waiting_for {
        _ if build.cancelling => live.remark(&format!("{address} cancelling"), out),
        Some(reason) => live.remark(&format!("{address} {}: {reason}", build.status), out),
        None => {}
    }
}

fn step(view: &mut View, step: &Step, out: &mut Vec<u8>) {
    let live = &mut view.live;
    if !live.knows(step.index) {
        live.name_step(step.index, Name::new(&step.kind, &step.name));
    }
    let end =
        End { status: step.shown_status(), message: step.message.as_deref(), duration_ms: step.duration_ms };
    match step.status.as_str() {
        "pending" => {}
        // A hook of another outcome was never to run.
        "skipped" if step.kind == "hook" => {}
        "skipped" => drop(view.skipped.insert(step.index)),
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

fn end(view: &mut View, build: &Build, out: &mut Vec<u8>) {
    let live = &mut view.live;
    live.end_logs(out);
    let names: Vec<_> = view.skipped.iter().filter_map(|step| live.title_of(*step)).collect();
    if !names.is_empty() {
        live.say(style::DIM, &format!("skipped: {}", names.join(", ")), out);
    }
    for made in &build.outputs {
        live.say(style::DIM, &made_line(made), out);
    }
    let message = build.message.as_deref();
    live.build_ends(
        &build.address(),
        End { status: build.shown_status(), message, duration_ms: build.duration_ms },
        out,
    );
}

/// `made image.app digest=sha256:9c1e`
fn made_line(made: &Output) -> String {
    cell(&format!("made {} {}", made.resource, made.version.line()))
}
