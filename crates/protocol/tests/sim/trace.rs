//! What happened, as text: kept where somebody wants to read it, and always as a digest.

use std::hash::{DefaultHasher, Hash, Hasher};

/// A run's trace.
pub(crate) struct Trace {
    keep: bool,
    pub(crate) lines: Vec<String>,
    digest: DefaultHasher,
}

impl Trace {
    pub(crate) fn new(keep: bool) -> Self {
        Self { keep, lines: Vec::new(), digest: DefaultHasher::new() }
    }

    pub(crate) fn add(&mut self, now: u64, what: &str) {
        (now, what).hash(&mut self.digest);
        if self.keep {
            self.lines.push(format!("{now:>8} {what}"));
        }
    }

    /// What two equal traces have in common.
    pub(crate) fn digest(&self) -> u64 {
        self.digest.finish()
    }
}

/// The beginning of something's debug form; what does not fit is not even made.
pub(crate) fn brief(of: &dyn std::fmt::Debug, length: usize) -> String {
    struct Brief(String, usize);
    impl std::fmt::Write for Brief {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            let fits = self.1.saturating_sub(self.0.len());
            self.0.extend(text.chars().take(fits));
            if fits == 0 { Err(std::fmt::Error) } else { Ok(()) }
        }
    }
    let mut brief = Brief(String::new(), length);
    let _cut = std::fmt::Write::write_fmt(&mut brief, format_args!("{of:?}"));
    brief.0
}
