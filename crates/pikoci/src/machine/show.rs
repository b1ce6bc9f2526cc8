//! Shows what happens, as it happens.

use super::json::Lines;
use super::shell;
use super::shown::Shown;
use super::story::Story;
use crate::failure::Failure;
use crate::terminal::live::Look;
use crate::terminal::region::Region;
use crate::terminal::{clean, is_live, note, raw, raw_error, size, spinner, wants_styles};
use pikoci_plan::event::Event;
use std::fs::File;
use std::io::{self, Write};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::runtime;
use tokio::sync::mpsc::Receiver;

/// Where and how it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To {
    /// On standard output, for people.
    People,
    /// On standard output, as lines of JSON.
    Machines,
    /// On standard error: the answer to the command is something else.
    Aside,
}

/// Shows all that comes, until nothing more can. To be called where one may block.
///
/// # Errors
/// It cannot be written.
pub(crate) fn show(to: To, mut shown: Receiver<Shown>) -> Result<(), Failure> {
    let runtime = runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|error| Failure::errored(format!("cannot start: {error}")))?;
    let mut screen = Screen::new(to).map_err(|error| Failure::output(&error))?;
    runtime
        .block_on(async {
            loop {
                match screen.due_in() {
                    None => match shown.recv().await {
                        Some(next) => screen.take(next)?,
                        None => return screen.end(),
                    },
                    Some(due) => match tokio::time::timeout(due, shown.recv()).await {
                        Ok(Some(next)) => screen.take(next)?,
                        Ok(None) => return screen.end(),
                        Err(_) => {}
                    },
                }
                screen.refresh()?;
            }
        })
        .map_err(|error: io::Error| Failure::output(&error))
}

/// Standard output, and how it is used.
struct Screen {
    to: To,
    out: File,
    view: View,
    clock: Clock,
    bytes: Vec<u8>,
}

enum View {
    /// Text, written as it comes.
    Text(Story),
    /// Text above a region that shows what runs now.
    Live(Story, Region),
    /// Lines of JSON.
    Json(Lines),
}

impl Screen {
    fn new(to: To) -> io::Result<Self> {
        let story = |tame| Story::new(Look { styles: wants_styles(), tame });
        let view = match to {
            To::Machines => View::Json(Lines::default()),
            To::People if is_live() => View::Live(story(true), Region::default()),
            To::People => View::Text(story(false)),
            To::Aside => View::Text(Story::new(Look::default())),
        };
        let out = if to == To::Aside { raw_error()? } else { raw()? };
        Ok(Self { to, out, view, clock: Clock::start(), bytes: Vec::new() })
    }

    /// After what time the region is to be drawn, where there is one.
    fn due_in(&self) -> Option<Duration> {
        match &self.view {
            View::Live(_, region) => Some(Duration::from_millis(region.due_in(self.clock.now_ms()))),
            View::Text(_) | View::Json(_) => None,
        }
    }

    fn take(&mut self, shown: Shown) -> io::Result<()> {
        if self.to == To::Aside && matches!(shown, Shown::Event(Event::Versions { .. })) {
            return Ok(()); // they are the answer to the command
        }
        let now_ms = self.clock.now_ms();
        match &mut self.view {
            View::Text(story) => story.tell(&shown, now_ms, &mut self.bytes),
            View::Live(story, region) => {
                story.resize(size().width);
                story.tell(&shown, now_ms, region.above());
            }
            View::Json(lines) => lines.tell(&shown, &mut self.bytes),
        }
        match shown {
            Shown::Note(text) => {
                self.make_room()?;
                note(&clean(&text));
            }
            Shown::Cancelling(text) => {
                self.make_room()?;
                note(text);
            }
            Shown::Shell(shell) => {
                self.make_room()?;
                shell::open(shell);
            }
            _ => {}
        }
        self.write()
    }

    /// Draws the region, if there is one and it is time to.
    fn refresh(&mut self) -> io::Result<()> {
        if let View::Live(story, region) = &mut self.view {
            let (now_ms, size) = (self.clock.now_ms(), size());
            region.paint(now_ms, size, || story.now(now_ms, size, spinner()), &mut self.bytes);
        }
        self.write()
    }

    /// Has the region away, and all written that was to be.
    fn make_room(&mut self) -> io::Result<()> {
        if let View::Live(_, region) = &mut self.view {
            region.clear(size(), &mut self.bytes);
        }
        self.write()
    }

    fn end(&mut self) -> io::Result<()> {
        self.make_room()
    }

    fn write(&mut self) -> io::Result<()> {
        let written = self.out.write_all(&self.bytes);
        self.bytes.clear();
        written
    }
}

/// Milliseconds since 1970, which never go back.
struct Clock {
    began: Instant,
    began_ms: u64,
}

impl Clock {
    fn start() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { began: Instant::now(), began_ms: ms(since) }
    }

    fn now_ms(&self) -> u64 {
        self.began_ms.saturating_add(ms(self.began.elapsed()))
    }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
