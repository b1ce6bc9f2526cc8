//! How long a server that went away is waited for: long enough for a restart.

use std::time::Duration;

/// How often in a row it is tried again, in all about two minutes.
const TRIES: u32 = 30;
/// The first pause between two tries; each is twice the one before,
const FIRST: Duration = Duration::from_millis(100);
/// up to this.
const LONGEST: Duration = Duration::from_secs(5);

/// What is left of it.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    failed: u32,
}

impl Patience {
    /// The pause before the next try, unless there have been enough.
    pub(crate) fn pause(&mut self) -> Option<Duration> {
        self.failed += 1;
        let pause = LONGEST.min(FIRST * 2_u32.saturating_pow(self.failed - 1));
        (self.failed <= TRIES).then_some(pause)
    }

    /// It was of use.
    pub(crate) fn restore(&mut self) {
        self.failed = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_bounded() {
        let mut patience = Patience::default();
        let pauses: Vec<_> = std::iter::from_fn(|| patience.pause()).map(|pause| pause.as_millis()).collect();
        assert_eq!(pauses[..8], [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(pauses.len(), 30);
        patience.restore();
        assert_eq!(patience.pause(), Some(FIRST));
    }
}
